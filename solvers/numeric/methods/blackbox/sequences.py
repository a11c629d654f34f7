"""Related solves one after the other, each begun from the one before, with a parameter that a bandit chooses."""

import time
from typing import Any

import numpy as np

from solvers.errors import ModelError
from solvers.numeric.methods.answer import MethodResult, answered
from solvers.numeric.methods.blackbox.bandit import Chooser, SmoothBandit, TsallisInf
from solvers.numeric.methods.blackbox.problems import SolveSequence
from solvers.numeric.outcome import Outcome

AUTO = "smooth-bandit"
METHODS = (AUTO, "tsallis-inf")


def chooser(method: str, arms: int, seed: int = 0) -> Chooser:
    """What suggests parameters and is told costs, for solves that arrive elsewhere.

    Args:
        method: smooth-bandit for an ordered grid, tsallis-inf, or auto.
        arms: the size of the grid.
        seed: of what tsallis-inf draws.

    Raises:
        ModelError: there is no such method, or nothing to choose.

    Example:
        >>> from solvers.numeric import chooser
        >>> bandit = chooser("auto", arms=5)
        >>> for cost in (0.3, 0.1, 0.2):
        ...     place = bandit.suggest()
        ...     bandit.tell(cost)
    """
    if arms < 2:
        raise ModelError(f"the grid has {arms} parameters; give 2 or more")
    match method:
        case "auto" | "smooth-bandit":
            return SmoothBandit(arms)
        case "tsallis-inf":
            return TsallisInf(arms, seed)
    raise ModelError(f"there is no method {method!r} for sequences; take auto or one of {', '.join(METHODS)}")


def solve_sequence(
    problem: SolveSequence, start: Any, *, method: str, seed: int, deadline: float
) -> MethodResult:
    """A result whose `x` is the places of the parameters taken, (count,), and `objective` the total cost.

    `point` is what the last solve gave, `history` the total after each. A solve that fails costs the dearest.

    Args:
        problem: the solves and the grid.
        start: what the first solve begins from.
        method: smooth-bandit, tsallis-inf, or auto.
        seed: of what is drawn.
        deadline: on `time.monotonic()`, looked at between solves.

    Raises:
        ModelError: the problem is malformed.
    """
    if problem.count < 1 or not 0 < problem.dearest < float("inf"):
        raise ModelError(f"{problem.count} solves, the dearest of {problem.dearest}; both must be positive")
    bandit = chooser(method, len(problem.parameters), seed)
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
        bandit.tell(min(max(float(cost) / problem.dearest, 0.0), 1.0))
        taken.append(place)
        total += float(cost)
        history.append((float(len(taken)), total))
    name = AUTO if method == "auto" else method
    return answered(
        np.array(taken), total, Outcome.LIMIT, error=float("nan"), evaluations=len(taken), iterations=len(taken),
        point=warm, history=history, route=f"{name}; {failed} of {len(taken)} solves failed",
    )  # fmt: skip
