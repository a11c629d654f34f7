"""Bilevel problems, solved: checks, the descent of x, and what is said of its end."""

import math
import time
from collections import deque
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from solvers.errors import ModelError
from solvers.numeric.methods.answer import MethodResult, answered
from solvers.numeric.methods.bilevel.hypergradients import Look, Looker, implicit, penalty
from solvers.numeric.methods.bilevel.record import Bilevel
from solvers.numeric.nl.model import Floats
from solvers.numeric.outcome import Outcome

AUTO = "implicit"
SOURCES = {
    "implicit": "implicit gradients, arXiv:1602.02355; error is the largest entry of the gradient",
    "penalty": "the penalty of arXiv:2309.01753; error is the largest entry of the penalized gradient",
}
LOOKS = {"implicit": implicit, "penalty": penalty}
WEIGHTS = (1e-1, 1e-2, 1e-3)
"""Of the penalty's sigma, one after the other."""
REMEMBERED, SUFFICIENT, MOST_HALVINGS = 5, 1e-4, 30
LENGTHENED = 4.0
"""At most, a step over the one before: hyperparameters have plateaus that long steps end on."""
UNSOLVED = 1e-2
"""Gradients of g above this at the end of the first search for y say that there is no y*."""


def solve_bilevel(problem: Bilevel, start: Any, *, method: str, deadline: float) -> MethodResult:
    """The x that a method reaches, with y*(x) as its `point`: a pair of both.

    `objective` is F(x, y*(x)); `evaluations` counts gradients of F and g, and two for a product with a Hessian.

    Args:
        problem: the two functions.
        start: (n,).
        method: implicit, penalty, or auto.
        deadline: on `time.monotonic()`.

    Raises:
        ModelError: the problem is malformed, there is no y* at the start, or no such method for bilevel problems.
    """
    name = AUTO if method == "auto" else method
    if name not in SOURCES:
        raise ModelError(
            f"there is no method {method!r} for bilevel problems; take auto or one of {', '.join(SOURCES)}"
        )
    x, inner = _checked(problem, start)
    course = _Course(problem, deadline)
    is_implicit = name == "implicit"
    look = LOOKS[name](problem.upper, problem.lower, problem.tolerance)
    warm: tuple[Any, ...] = (inner, jnp.zeros_like(inner) if is_implicit else inner)
    for weight in WEIGHTS[-1:] if is_implicit else WEIGHTS:
        loose = 0.0 if weight == WEIGHTS[-1] else 0.1 * weight
        x, at, outcome = course.descended(look, x, warm, weight, max(problem.tolerance, loose))
        warm = at.warm
    y = warm[0]
    return answered(
        x, float(problem.upper(jnp.asarray(x), y)), outcome, error=float(jnp.max(jnp.abs(at.slope))),
        evaluations=course.spent, iterations=course.steps, route=f"{name}, {SOURCES[name]}",
        point=(np.asarray(x), np.asarray(y)), history=course.history,
    )  # fmt: skip


class _Course:
    """A descent of x: the steps and gradients that it has spent, and what it has seen."""

    def __init__(self, problem: Bilevel, deadline: float) -> None:
        self.spent, self.steps = 0, 0
        self.history: list[tuple[float, float]] = []
        self._problem, self._deadline = problem, deadline

    def descended(
        self, look: Looker, x: Floats, warm: tuple[Any, ...], weight: float, tolerance: float
    ) -> tuple[Floats, Look, Outcome]:
        """Where spectral gradient steps with a nonmonotone search end: x, what is seen there, and why.

        Source: Raydan, The Barzilai and Borwein Gradient Method for the Large Scale Unconstrained Minimization Problem
        (1997).
        """
        at = self._looked(look, x, warm, weight)
        if not self.history and not float(at.missed) <= UNSOLVED:
            raise ModelError(
                f"no y of least g was found at the start: its gradient is still {float(at.missed):.2g};"
                " g must be smooth and strongly convex in y, and of moderate scale"
            )
        if not math.isfinite(float(at.value)):
            return x, at, Outcome.UNDEFINED
        slope, values = np.asarray(at.slope), deque([float(at.value)], REMEMBERED)
        length = 1.0 / max(float(np.abs(slope).max()), 1e-300)
        while True:
            self.history.append((float(self.spent), float(at.value)))
            if float(np.abs(slope).max()) <= tolerance * max(1.0, abs(float(at.value))):
                return x, at, Outcome.SOLVED
            if self.steps >= self._problem.steps or time.monotonic() >= self._deadline:
                return x, at, Outcome.LIMIT
            for _ in range(MOST_HALVINGS):
                trial = self._looked(look, x - length * slope, at.warm, weight)
                if float(trial.value) <= max(values) - SUFFICIENT * length * float(slope @ slope):
                    break
                length /= 4
            else:
                return x, at, Outcome.STALLED
            move, x = -length * slope, x - length * slope
            turned = np.asarray(trial.slope) - slope
            at, slope = trial, np.asarray(trial.slope)
            values.append(float(at.value))
            self.steps += 1
            curvature = float(move @ turned)
            spectral = float(move @ move) / curvature if curvature > 0 else math.inf
            length = min(spectral, LENGTHENED * length)

    def _looked(self, look: Looker, x: Floats, warm: tuple[Any, ...], weight: float) -> Look:
        found = look(jnp.asarray(x), warm, weight)
        self.spent += int(found.spent)
        return found


def _checked(problem: Bilevel, start: Any) -> tuple[Floats, Any]:
    """The starts of x and y."""
    if start is None:
        raise ModelError("a bilevel problem needs a start of x: its length says how many variables there are")
    x, inner = np.asarray(start, float), np.asarray(problem.inner, float)
    for name, first in (("start", x), ("inner start", inner)):
        if first.ndim != 1 or not first.size or not np.all(np.isfinite(first)):
            raise ModelError(f"the {name} has shape {first.shape}; give a vector of finite numbers")
    if problem.steps < 1 or not problem.tolerance > 0:
        raise ModelError(f"{problem.steps} steps to {problem.tolerance}; both must be positive")
    for name, function in (("upper", problem.upper), ("lower", problem.lower)):
        if jax.eval_shape(function, jnp.asarray(x), jnp.asarray(inner)).shape != ():
            raise ModelError(f"the {name} function must give one number")
    return x, jnp.asarray(inner)
