"""Composite problems, solved: many cheap steps on a surrogate for each expensive gradient.

Source: Lavington et al., Target-based Surrogates for Stochastic Optimization, arXiv:2302.02607, with all samples. At
targets z = model(x), with the slope p of the loss there, the surrogate is

    loss(z) + p'(model(y) - z) + |model(y) - z|^2 / (2 t),

an upper bound of loss(model(y)) where 1 / t is at least the curvature of the loss.
"""

import math
import time
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from solvers.errors import ModelError
from solvers.numeric.methods.answer import MethodResult, answered
from solvers.numeric.methods.composite.record import Composite
from solvers.numeric.nl.model import Floats
from solvers.numeric.outcome import Outcome

AUTO = "target-surrogate"
LENGTHENED, SHORTENED = 2.0, 4.0
FORGIVEN = 1e-14
"""Roundoff, relative to the loss."""
SHORTEST = 1e-12
"""Of t, below which no surrogate will bring anything."""


def solve_composite(problem: Composite, start: Any, *, method: str, deadline: float) -> MethodResult:
    """The x that surrogates lead to; `evaluations` counts those of the loss with its gradient.

    A point is taken where the surrogate was an upper bound, which ensures descent; t is doubled then, else quartered.

    Args:
        problem: loss and model.
        start: (n,).
        method: target-surrogate, or auto.
        deadline: on `time.monotonic()`.

    Raises:
        ModelError: the problem is malformed, or there is no such method for composite problems.
    """
    if method not in ("auto", AUTO):
        raise ModelError(f"there is no method {method!r} for composite problems; take auto or {AUTO}")
    x = _checked(problem, start)
    loss = jax.jit(jax.value_and_grad(problem.loss))
    model, pulled, proposed = _programs(problem.model, problem.inner)
    z = model(x)
    value, slope = loss(z)
    steep, length, spent, steps = float(jnp.max(jnp.abs(pulled(x, slope)))), 1.0, 1, 0
    outcome, history = Outcome.LIMIT, [(1.0, float(value))]
    if not (math.isfinite(float(value)) and math.isfinite(steep)):
        outcome = Outcome.UNDEFINED
    while outcome is Outcome.LIMIT:
        if steep <= problem.tolerance * max(1.0, abs(float(value))):
            outcome = Outcome.SOLVED
        elif length < SHORTEST:
            outcome = Outcome.STALLED
        elif spent >= problem.evaluations or time.monotonic() >= deadline:
            break
        else:
            candidate = proposed(x, z, slope, length)
            targets = model(candidate)
            move = targets - z
            bound = value + slope @ move + move @ move / (2 * length)
            value_then, slope_then = loss(targets)
            spent += 1
            is_bound = float(value_then) <= float(bound) + FORGIVEN * abs(float(value))
            if is_bound and float(value_then) <= float(value):
                x, z, value, slope = candidate, targets, value_then, slope_then
                steep, length, steps = (
                    float(jnp.max(jnp.abs(pulled(x, slope)))),
                    LENGTHENED * length,
                    steps + 1,
                )
            else:
                length /= SHORTENED
            history.append((float(spent), float(value)))
    return answered(
        x, float(value), outcome, error=steep, evaluations=spent, iterations=steps, history=history,
        route=f"{AUTO}, Target-based Surrogates, arXiv:2302.02607; error is the largest entry of the gradient",
    )  # fmt: skip


@lru_cache(maxsize=16)
def _programs(model: Any, inner: int) -> tuple[Any, Any, Any]:
    """The model, the gradient of h from the slope of the loss, and the point that a surrogate leads to."""

    def pulled(x: Any, slope: Any) -> Any:
        return jax.vjp(model, x)[1](slope)[0]

    def proposed(x: Any, z: Any, slope: Any, length: Any) -> Any:
        def surrogate(y: Any) -> Any:
            move = model(y) - z
            return slope @ move + move @ move / (2 * length)

        method, seen = optax.lbfgs(), optax.value_and_grad_from_state(surrogate)

        def step(carry: Any, _: Any) -> Any:
            y, state = carry
            value, grad = seen(y, state=state)
            change, state = method.update(grad, state, y, value=value, grad=grad, value_fn=surrogate)
            return (optax.apply_updates(y, change), state), None

        return jax.lax.scan(step, (x, method.init(x)), None, length=inner)[0][0]

    return jax.jit(model), jax.jit(pulled), jax.jit(proposed)


def _checked(problem: Composite, start: Any) -> Floats:
    """The start."""
    if start is None:
        raise ModelError("a composite problem needs a start: its length says how many variables there are")
    x = np.asarray(start, float)
    if x.ndim != 1 or not x.size or not np.all(np.isfinite(x)):
        raise ModelError(f"the start has shape {x.shape}; give a vector of finite numbers")
    if min(problem.evaluations, problem.inner) < 1 or not problem.tolerance > 0:
        raise ModelError(
            f"{problem.evaluations} evaluations and {problem.inner} inner steps to {problem.tolerance};"
            " all must be positive"
        )
    targets = jax.eval_shape(problem.model, jnp.asarray(x))
    if len(targets.shape) != 1:
        raise ModelError(f"the model must give a vector of targets; its shape is {targets.shape}")
    if jax.eval_shape(problem.loss, targets).shape != ():
        raise ModelError("the loss must give one number")
    return x
