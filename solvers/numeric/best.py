"""The best of many starts, as a result."""

import numpy as np

from solvers.numeric.certificate import certify_point
from solvers.numeric.kernels.scaling import FEASIBLE
from solvers.numeric.multistart import distinct
from solvers.numeric.nl.model import NLModel
from solvers.numeric.outcome import Outcome, are_solved
from solvers.numeric.result import Result, Summary


def best_of(summary: Summary, *, is_maximize: bool) -> int:
    """The place of the best: optima by objective, then what satisfies the rows, then the least violation."""
    is_solved = are_solved(summary.outcome)
    value = np.where(np.isfinite(summary.objective), summary.objective, np.inf)
    value = -value if is_maximize else value
    is_feasible = is_solved | (summary.violation <= FEASIBLE)
    gap = np.where(is_feasible, 0.0, np.nan_to_num(summary.violation, nan=np.inf))
    is_copy = summary.outcome == Outcome.MERGED
    return int(np.lexsort((is_copy, value, gap, ~is_solved))[0])


def result_of(model: NLModel | None, summary: Summary, reason: str) -> Result:
    """The best of a summary, with its certificate where the model is there to compute it from."""
    is_maximize = model is not None and model.is_maximize
    best = best_of(summary, is_maximize=is_maximize)
    x, y = summary.x[best], summary.y[best]
    return Result(
        outcome=Outcome(int(summary.outcome[best])),
        x=x,
        y=y,
        objective=float(summary.objective[best]),
        violation=float(summary.violation[best]),
        error=float(summary.error[best]),
        certificate=None if model is None else certify_point(model, x, y),
        optima=distinct(summary, is_maximize=is_maximize),
        starts=len(summary.outcome),
        solved=int(are_solved(summary.outcome).sum()),
        iterations=int(summary.iterations.sum()),
        route=reason,
        seconds=0.0,
    )
