"""Related solves one after the other, each begun from the one before, with a parameter that a bandit chooses."""

import time
from typing import Any

import numpy as np

from solvers.errors import ModelError
from solvers.numeric.methods.answer import MethodResult, answered
from solvers.numeric.methods.blackbox.bandit import SmoothBandit
from solvers.numeric.methods.blackbox.problems import SolveSequence
from solvers.numeric.outcome import Outcome


def solve_sequence(problem: SolveSequence, start: Any, *, deadline: float) -> MethodResult:
    """A result whose `x` is the places of the parameters taken, (count,), and `objective` the total cost.

    `point` is what the last solve gave, `history` the total after each. A solve that fails costs the dearest.

    Args:
        problem: the solves and the grid.
        start: what the first solve begins from.
        deadline: on `time.monotonic()`, looked at between solves.

    Raises:
        ModelError: the problem is malformed.
    """
    if problem.count < 1 or not 0 < problem.dearest < float("inf"):
        raise ModelError(f"{problem.count} solves, the dearest of {problem.dearest}; both must be positive")
    bandit = SmoothBandit(len(problem.parameters))
    warm, total, failed = start, 0.0, 0
    taken: list[int] = []
    history: list[tuple[float, float]] = []
    while len(taken) < problem.count and (not taken or time.monotonic() < deadline):
        place = bandit.suggest()
        try:
            cost, warm = problem.solve(len(taken), problem.parameters[place], warm)
        except Exception:  # a failed solve is a value, of whichever cause
            cost = np.nan
        if not np.isfinite(cost):
            cost, failed = problem.dearest, failed + 1
        bandit.tell(float(cost))
        taken.append(place)
        total += float(cost)
        history.append((float(len(taken)), total))
    return answered(
        np.array(taken), total, Outcome.LIMIT, error=float("nan"), evaluations=len(taken), iterations=len(taken),
        point=warm, history=history, route=f"smooth-bandit, arXiv:0912.3995; {failed} of {len(taken)} solves failed",
    )  # fmt: skip
