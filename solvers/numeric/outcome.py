"""How a numerical solve ended: the one vocabulary of all roads. No engine is imported here."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Outcome(IntEnum):
    """How a solve ended; `text` says what it means and what to do next."""

    RUNNING = 0
    SOLVED = 1
    ACCEPTABLE = 2
    INFEASIBLE = 3
    UNBOUNDED = 4
    STALLED = 5
    LIMIT = 6
    UNDEFINED = 7
    MERGED = 8

    @property
    def text(self) -> str:
        """A full sentence for people."""
        return _TEXTS[self]

    @property
    def is_solved(self) -> bool:
        """Whether the first-order conditions hold, at least to a reduced accuracy."""
        return self in _SOLVED


_SOLVED = (Outcome.SOLVED, Outcome.ACCEPTABLE, Outcome.MERGED)
_IS_SOLVED = np.array([outcome in _SOLVED for outcome in range(len(Outcome))])
_TEXTS = {
    Outcome.RUNNING: "The search has not ended.",
    Outcome.SOLVED: "A local optimum was found: the first-order conditions hold.",
    Outcome.ACCEPTABLE: "A local optimum was found to reduced accuracy; rescale the model for more digits.",
    Outcome.INFEASIBLE: "The violation of the constraints has a local minimum here; the model may be infeasible, "
    "or another start may help.",
    Outcome.UNBOUNDED: "The objective falls without limit along feasible points; a bound is missing.",
    Outcome.STALLED: "No step improves the point any more; try another start, or rescale the model.",
    Outcome.LIMIT: "The limit on iterations was reached; raise it, or try another start.",
    Outcome.UNDEFINED: "A function is not defined at the start; give a start inside all domains.",
    Outcome.MERGED: "The search came close to an optimum that another start had found, and was stopped there.",
}


def are_solved(outcomes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of many outcomes are solved."""
    return _IS_SOLVED[outcomes]
