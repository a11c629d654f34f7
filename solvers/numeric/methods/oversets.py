"""Smooth functions over simple sets: Frank-Wolfe, projected gradient.

All stop by the Frank-Wolfe gap g(x) = grad f(x)'(x - v), v the set's point of least grad f(x)'v. For convex f it
bounds f(x) - f*, and it is 0 exactly at stationary points: Jaggi, Revisiting Frank-Wolfe (2013).
"""

import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from solvers.errors import ModelError
from solvers.numeric.methods.answer import MethodResult, answered
from solvers.numeric.methods.problems import OverSet
from solvers.numeric.outcome import Outcome

AUTO = "projected-gradient"
STRETCH = 16
"""Iterations between two looks at the gap and the clock."""
SUFFICIENT = 1e-4
"""Part of the promised descent that a step must bring."""
MOST_HALVINGS = 50
EPSILON = float(np.finfo(float).eps)


class Point(NamedTuple):
    """Where a search stands: x (n,), the length of the step to try, and values of f and gradients spent."""

    x: Any
    length: Any
    spent: Any


def _searched(at: Point, value: Any, objective: Any, candidate: Callable[[Any], tuple[Any, Any]]) -> Point:
    """The first of candidate(length), candidate(length / 2)... that brings its promised descent, else x itself.

    `candidate` gives a point and what f must fall by there; roundoff of f is forgiven.
    """
    forgiven = 4 * EPSILON * jnp.abs(value)

    def fails(state: Any) -> Any:
        length, tried = state
        point, descent = candidate(length)
        return ~(objective(point) <= value - descent + forgiven) & (tried < MOST_HALVINGS)

    halve: Callable[[Any], Any] = lambda state: (state[0] / 2, state[1] + 1)  # noqa: E731
    length, tried = jax.lax.while_loop(fails, halve, (at.length, 0))
    moved = jnp.where(tried < MOST_HALVINGS, candidate(length)[0], at.x)
    return Point(moved, length, at.spent + tried + 2)


def _frank_wolfe(problem: OverSet) -> Callable[[Point], Point]:
    """The point x + t (v - x), t = min(1, length g / |v - x|^2), length an inverse curvature found on the way.

    Source: Pedregosa et al., Linearly Convergent Frank-Wolfe with Backtracking Line-Search, arXiv:1806.05123.
    """

    def step(at: Point) -> Point:
        value, slope = jax.value_and_grad(problem.objective)(at.x)
        toward = problem.over.least(slope) - at.x
        gap, square = -slope @ toward, jnp.maximum(toward @ toward, 1e-300)

        def candidate(length: Any) -> tuple[Any, Any]:
            size = jnp.minimum(1.0, length * gap / square)
            return at.x + size * toward, size * gap - size**2 * square / (2 * length)

        found = _searched(at, value, problem.objective, candidate)
        return found._replace(length=2 * found.length)

    return step


def _projected_gradient(problem: OverSet) -> Callable[[Point], Point]:
    """The projection of x - t grad f(x), t begun at the spectral length s's / s'y of the step before.

    Source: Birgin, Martinez and Raydan, Nonmonotone Spectral Projected Gradient Methods on Convex Sets (2000), with a
    monotone search.
    """

    def step(at: Point) -> Point:
        value, slope = jax.value_and_grad(problem.objective)(at.x)

        def candidate(length: Any) -> tuple[Any, Any]:
            point = problem.over.project(at.x - length * slope)
            return point, SUFFICIENT * jnp.sum((point - at.x) ** 2) / length

        found = _searched(at, value, problem.objective, candidate)
        moved = found.x - at.x
        turned = moved @ (jax.grad(problem.objective)(found.x) - slope)
        spectral = jnp.clip((moved @ moved) / jnp.maximum(turned, 1e-300), 1e-10, 1e10)
        return found._replace(
            length=jnp.where(moved @ moved > 0, spectral, found.length), spent=found.spent + 1
        )

    return step


_STEPS: dict[str, tuple[str, Callable[[OverSet], Callable[[Point], Point]]]] = {
    "frank-wolfe": ("Frank-Wolfe with backtracking, arXiv:1806.05123", _frank_wolfe),
    "projected-gradient": ("spectral projected gradient (2000)", _projected_gradient),
}


def solve_over_set(problem: OverSet, start: Any, *, method: str, deadline: float) -> MethodResult:
    """The point that a method reaches, with its Frank-Wolfe gap; `evaluations` counts values and gradients of f.

    Args:
        problem: the function and the set.
        start: (n,), projected onto the set first.
        method: frank-wolfe, projected-gradient, or auto.
        deadline: on `time.monotonic()`.

    Raises:
        ModelError: the problem is malformed, or there is no such method over sets.
    """
    name = AUTO if method == "auto" else method
    if name not in _STEPS:
        raise ModelError(f"there is no method {method!r} over sets; take auto or one of {', '.join(_STEPS)}")
    x = _checked(problem, start)
    source, build = _STEPS[name]
    step = build(problem)

    @jax.jit
    def stretch(at: Point) -> Point:
        return jax.lax.scan(lambda state, _: (step(state), None), at, None, length=STRETCH)[0]

    @jax.jit
    def judged(at: Any) -> Any:
        value, slope = jax.value_and_grad(problem.objective)(at)
        return value, slope @ (at - problem.over.least(slope))

    at = Point(x, jnp.asarray(1.0), jnp.asarray(0))
    value, gap = (float(part) for part in judged(x))
    outcome, done, history = Outcome.LIMIT, 0, [(0.0, value)]
    if not (math.isfinite(value) and math.isfinite(gap)):
        outcome = Outcome.UNDEFINED
    while outcome is Outcome.LIMIT:
        if gap <= problem.tolerance * max(1.0, abs(value)):
            outcome = Outcome.SOLVED
        elif done >= problem.iterations or time.monotonic() >= deadline:
            break
        else:
            before, at = at, stretch(at)
            done += STRETCH
            value, gap = (float(part) for part in judged(at.x))
            history.append((float(at.spent), value))
            if bool(jnp.all(at.x == before.x)) and not gap <= problem.tolerance * max(1.0, abs(value)):
                outcome = Outcome.STALLED
    return answered(
        at.x, value, outcome, error=gap, evaluations=int(at.spent), iterations=done, gap=gap, history=history,
        route=f"{name}, {source}; error is the Frank-Wolfe gap",
    )  # fmt: skip


def _checked(problem: OverSet, start: Any) -> Any:
    """The start on the set."""
    if start is None:
        raise ModelError("a function over a set needs a start: its length says how many variables there are")
    first = np.asarray(start, float)
    if first.ndim != 1 or not first.size or not np.all(np.isfinite(first)):
        raise ModelError(f"the start has shape {first.shape}; give a vector of finite numbers")
    if problem.iterations < 1 or not problem.tolerance > 0:
        raise ModelError(f"{problem.iterations} iterations to {problem.tolerance}; both must be positive")
    problem.over.check(first.size)
    if jax.eval_shape(problem.objective, jnp.asarray(first)).shape != ():
        raise ModelError("the objective must give one number")
    return problem.over.project(jnp.asarray(first))
