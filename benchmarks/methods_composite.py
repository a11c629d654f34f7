"""Expensive losses after cheap models for `benchmarks.methods`: losses after equal numbers of loss gradients."""

from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from solvers.numeric import Composite, minimize

SEEDS = 3
BUDGETS = (10, 30, 200)
SEPARABLE = ("logistic, linear", "robust, network")
"""Tasks whose loss is a sum over targets, so that its Hessian is diagonal, which Gauss-Newton takes for granted."""
RATES = (1.0, 0.3, 0.1, 0.03, 0.01)


def logistic(seed: int) -> tuple[Composite, Any]:
    """Logistic loss of 400 samples after a linear model, 20 variables whose scales spread over two decades."""
    draw = np.random.default_rng(seed)
    a = draw.normal(size=(400, 20)) * np.logspace(-1, 1, 20)
    b = np.sign(a @ (draw.normal(size=20) / np.logspace(-1, 1, 20)) + 0.5 * draw.normal(size=400))
    return Composite(lambda z: jnp.sum(jnp.logaddexp(0.0, -b * z)), lambda x: a @ x), np.zeros(20)


def network(seed: int) -> tuple[Composite, Any]:
    """A robust loss of 300 samples with outliers after a network of 16 hidden units, 65 variables."""
    draw = np.random.default_rng(seed)
    a = draw.uniform(-1, 1, size=(300, 2))
    b = np.sin(3 * a[:, 0]) + a[:, 0] * a[:, 1] + 0.05 * draw.standard_t(2, size=300)

    def model(x: Any) -> Any:
        return jnp.tanh(a @ x[:32].reshape(16, 2).T + x[32:48]) @ x[48:64] + x[64]

    start = np.concatenate((draw.normal(size=32), np.zeros(16), 0.25 * draw.normal(size=16), [0.0]))
    return Composite(lambda z: 0.01 * jnp.sum(jnp.sqrt(1 + ((z - b) / 0.1) ** 2) - 1), model), start


def coupled(seed: int) -> tuple[Composite, Any]:
    """A loss that couples 100 targets badly, condition some 1e4, after 12 cosines; not convex."""
    draw = np.random.default_rng(seed)
    sums, goal = np.tril(np.ones((100, 100))) / 10, np.tanh(np.cumsum(draw.normal(size=100)) / 3)
    waves = np.cos(np.pi * np.outer(np.linspace(0, 1, 100), np.arange(12)))
    return (
        Composite(lambda z: jnp.sum((jnp.tanh(sums @ z) - goal) ** 2), lambda x: jnp.sinh(waves @ x)),
        np.zeros(12),
    )


TASKS: dict[str, Callable[[int], tuple[Composite, Any]]] = {
    "logistic, linear": logistic, "robust, network": network, "coupled targets": coupled,
}  # fmt: skip
Course = list[tuple[float, float]]
"""Loss gradients spent, and the least loss so far."""


def _surrogate(problem: Composite, start: Any) -> Course:
    return [(float(spent), float(value)) for spent, value in minimize(problem, start, time_limit=600).history]


def _adam(problem: Composite, start: Any) -> Course:
    """The best of five rates, which are not charged, each decayed by a cosine over the whole budget."""

    def run(rate: float) -> Any:
        method = optax.adam(optax.cosine_decay_schedule(rate, problem.evaluations))

        def step(carry: Any, _: Any) -> Any:
            x, state = carry
            value, slope = jax.value_and_grad(lambda y: problem.loss(problem.model(y)))(x)
            change, state = method.update(slope, state)
            return (optax.apply_updates(x, change), state), value

        x = jnp.asarray(start)
        return jax.jit(
            lambda x: jax.lax.scan(step, (x, method.init(x)), None, length=problem.evaluations)[1]
        )(x)

    courses = [np.minimum.accumulate(np.nan_to_num(run(rate), nan=np.inf)) for rate in RATES]
    return list(enumerate(min(courses, key=lambda values: values[-1]).tolist(), 1))


def _lbfgs(problem: Composite, start: Any) -> Course:
    """L-BFGS of optax on the whole."""

    def whole(x: Any) -> Any:
        return problem.loss(problem.model(x))

    method, seen = optax.lbfgs(), optax.value_and_grad_from_state(whole)

    @jax.jit
    def step(x: Any, state: Any) -> Any:
        value, slope = seen(x, state=state)
        change, state = method.update(slope, state, x, value=value, grad=slope, value_fn=whole)
        return optax.apply_updates(x, change), state

    x, spent, course = jnp.asarray(start), 1, list[tuple[float, float]]()
    state = method.init(x)
    while spent < problem.evaluations:
        x, state = step(x, state)
        tried = int(state[-1].info.num_linesearch_steps)
        spent += max(1, tried)
        course.append((spent, float(optax.tree.get(state, "value"))))
    return course


def _gauss_newton(problem: Composite, start: Any) -> Course:
    """Levenberg's and Marquardt's steps with the diagonal of the loss's Hessian, which costs one more gradient."""
    loss, model = jax.jit(jax.value_and_grad(problem.loss)), jax.jit(problem.model)
    curve = jax.jit(jax.grad(lambda z: jnp.sum(jax.grad(problem.loss)(z))))
    slopes, x, damping = jax.jit(jax.jacfwd(problem.model)), jnp.asarray(start), 1e-2
    z = model(x)
    (value, slope), spent = loss(z), 1
    course = [(1.0, float(value))]
    while spent < problem.evaluations and damping < 1e10:
        jacobian, spent = slopes(x), spent + 1
        hessian = jacobian.T @ (curve(z)[:, None] * jacobian)
        while spent < problem.evaluations and damping < 1e10:
            shift = damping * jnp.trace(hessian) / len(x) * jnp.eye(len(x))
            candidate = x - jnp.linalg.solve(hessian + shift, jacobian.T @ slope)
            targets = model(candidate)
            (value_then, slope_then), spent = loss(targets), spent + 1
            if float(value_then) < float(value):
                x, z, value, slope, damping = (
                    candidate,
                    targets,
                    value_then,
                    slope_then,
                    max(damping / 10, 1e-12),
                )
                break
            damping *= 10
        course.append((float(spent), float(value)))
    return course


RUNS: dict[str, Callable[[Composite, Any], Course]] = {
    "target-surrogate": _surrogate, "Adam, rates not charged": _adam, "L-BFGS": _lbfgs,
    "Gauss-Newton": _gauss_newton,
}  # fmt: skip


def composite() -> Iterator[str]:
    """The loss after some gradients of the loss, by seed."""
    yield f"| Task | Method | {' | '.join(f'Loss after {count}, by seed' for count in BUDGETS)} |"
    yield f"| --- | --- |{' --- |' * len(BUDGETS)}"
    for title, make in TASKS.items():
        for name, run in RUNS.items():
            if run is _gauss_newton and title not in SEPARABLE:
                continue
            with jax.enable_x64(True):
                courses = [run(*make(seed)) for seed in range(SEEDS)]
            cells = [
                ", ".join(
                    f"{[value for spent, value in course if spent <= count][-1]:.4g}" for course in courses
                )
                for count in BUDGETS
            ]
            yield f"| {title} | {name} | {' | '.join(cells)} |"
