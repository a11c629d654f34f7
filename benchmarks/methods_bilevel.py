"""Bilevel problems for `benchmarks.methods`: hyper-parameters of regressions, by four methods."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import minimize as scipy_minimize

from solvers.numeric import Bilevel, minimize
from solvers.numeric.methods.bilevel.hypergradients import least

SEEDS = 3
DRAWS = 100


class Task(NamedTuple):
    """A bilevel problem, where x begins, and the box that random search draws x from."""

    problem: Bilevel
    start: Any
    lower: float
    upper: float


def _logistic(a: Any, b: Any, y: Any) -> Any:
    return jnp.logaddexp(0.0, -b * (a @ y))


def one_ridge(seed: int) -> Task:
    """Ridge regression, 60 samples of 40 features: the logarithm of one weight, for 60 samples held out."""
    draw = np.random.default_rng(seed)
    a, v = draw.normal(size=(60, 40)), draw.normal(size=(60, 40))
    truth = draw.normal(size=40)
    b, w = a @ truth + 4 * draw.normal(size=60), v @ truth + 4 * draw.normal(size=60)
    problem = Bilevel(
        lambda _, y: jnp.mean((v @ y - w) ** 2),
        lambda x, y: jnp.mean((a @ y - b) ** 2) + jnp.exp(x[0]) * jnp.sum(y**2),
        np.zeros(40),
    )
    return Task(problem, np.array([-5.0]), -8.0, 4.0)


def many_ridges(seed: int) -> Task:
    """Logistic regression, 100 samples of 30 features, 6 of use: the logarithm of a weight for each feature."""
    draw = np.random.default_rng(seed)
    truth = np.where(np.arange(30) < 6, draw.normal(size=30) * 2, 0.0)
    a, v = draw.normal(size=(100, 30)), draw.normal(size=(200, 30))
    b = np.sign(a @ truth + draw.normal(size=100))
    w = np.sign(v @ truth + draw.normal(size=200))
    problem = Bilevel(
        lambda x, y: jnp.mean(_logistic(v, w, y)) + 1e-3 * jnp.mean(x**2),
        lambda x, y: jnp.mean(_logistic(a, b, y)) + jnp.sum(jnp.exp(x) * y**2),
        np.zeros(30),
    )
    return Task(problem, np.full(30, -5.0), -8.0, 2.0)


def weights(seed: int) -> Task:
    """Logistic regression, 200 samples of 10 features, 40 % of the labels turned: a weight for each sample."""
    draw = np.random.default_rng(seed)
    truth = draw.normal(size=10)
    a, v = draw.normal(size=(200, 10)), draw.normal(size=(50, 10))
    b = np.sign(a @ truth) * np.where(draw.uniform(size=200) < 0.4, -1, 1)
    w = np.sign(v @ truth)
    problem = Bilevel(
        lambda x, y: jnp.mean(_logistic(v, w, y)) + 1e-3 * jnp.mean(x**2),
        lambda x, y: jnp.mean(jax.nn.sigmoid(x) * _logistic(a, b, y)) + 1e-2 * jnp.sum(y**2),
        np.zeros(10),
    )
    return Task(problem, np.zeros(200), -5.0, 5.0)


TASKS: dict[str, Callable[[int], Task]] = {
    "one ridge weight": one_ridge, "30 ridge weights": many_ridges, "200 sample weights": weights,
}  # fmt: skip


class _Counted:
    """F(x, y*(x)), each search for y begun at the last y; what is spent is counted, and the best value kept."""

    def __init__(self, task: Task, tolerance: float) -> None:
        problem = task.problem

        @jax.jit
        def value(x: Any, y: Any) -> Any:
            found = least(lambda y: problem.lower(x, y), y, tolerance)
            return problem.upper(x, found.y), found.y, found.spent

        self._value, self._y = value, jnp.asarray(problem.inner, float)
        self.spent, self.best = 0, np.inf

    def __call__(self, x: Any) -> float:
        value, self._y, spent = self._value(jnp.asarray(x, float), self._y)
        self.spent, self.best = self.spent + int(spent), min(self.best, float(value))
        return float(value)


class Ended(NamedTuple):
    """The least F(x, y*(x)) and the gradients spent."""

    value: float
    spent: int


def _by_name(name: str) -> Callable[[Task, int], Ended]:
    def run(task: Task, seed: int) -> Ended:
        del seed
        found = minimize(task.problem, task.start, method=name, time_limit=600)
        return Ended(found.objective, found.evaluations)

    return run


def _by_differences(task: Task, seed: int) -> Ended:
    """SciPy's L-BFGS-B with finite differences, which need searches for y of more accuracy."""
    del seed
    value = _Counted(task, 1e-9)
    scipy_minimize(value, task.start, method="L-BFGS-B", options={"maxfun": 2_000, "eps": 1e-4})
    return Ended(value.best, value.spent)


def _by_chance(task: Task, seed: int) -> Ended:
    """Uniform draws from the box."""
    value, draw = _Counted(task, 1e-5), np.random.default_rng(seed)
    for _ in range(DRAWS):
        value(draw.uniform(task.lower, task.upper, len(task.start)))
    return Ended(value.best, value.spent)


RUNS: dict[str, Callable[[Task, int], Ended]] = {
    "implicit": _by_name("implicit"), "penalty": _by_name("penalty"),
    "finite differences": _by_differences, f"{DRAWS} random draws": _by_chance,
}  # fmt: skip


def bilevel() -> Iterator[str]:
    """Where each method ends, and the gradients of both functions spent; a product with a Hessian counts as two."""
    yield "| Task | Method | Validation loss at the end, by seed | Gradients, by seed |"
    yield "| --- | --- | --- | --- |"
    for title, make in TASKS.items():
        for name, run in RUNS.items():
            with jax.enable_x64(True):
                ends = [run(make(seed), seed) for seed in range(SEEDS)]
            values, spent = (
                ", ".join(cells)
                for cells in zip(*((f"{e.value:.5g}", str(e.spent)) for e in ends), strict=True)
            )
            yield f"| {title} | {name} | {values} | {spent} |"
