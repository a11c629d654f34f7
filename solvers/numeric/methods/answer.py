"""What a method of the literature gives back: a result, with its budget, its proof and its course."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from solvers.numeric.nl.model import Floats
from solvers.numeric.outcome import Outcome
from solvers.numeric.result import Optimum, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodResult(Result):
    """A result of a method by name; `error` is the method's own residual, which `route` names.

    Attributes:
        point: the point in the start's own structure, where the start was no vector.
        evaluations: what was spent, in the unit of the problem's budget.
        gap: an upper bound of f(x) less the least f, proved for convex f; NaN where the method has none.
        history: (k, 2) evaluations spent and the objective then, as the method saw it.
    """

    point: Any
    evaluations: int
    gap: float
    history: Floats


def answered(
    x: Any,
    objective: float,
    outcome: Outcome,
    *,
    error: float,
    evaluations: int,
    iterations: int,
    route: str,
    point: Any = None,
    gap: float = float("nan"),
    violation: float = 0.0,
    history: list[tuple[float, float]] | None = None,
) -> MethodResult:
    """The result of one search, with what methods share filled in; seconds are set by the entry."""
    flat = np.asarray(x, float).ravel()
    optima = (Optimum(objective, flat, 1),) if outcome.is_solved else ()
    return MethodResult(
        outcome=outcome, x=flat, y=np.zeros(0), objective=objective, violation=violation, error=error,
        certificate=None, optima=optima, starts=1, solved=int(outcome.is_solved), iterations=iterations,
        route=route, seconds=0.0, point=flat if point is None else point, evaluations=evaluations, gap=gap,
        history=np.asarray(history or [], float).reshape(-1, 2),
    )  # fmt: skip
