"""The strict scorer: relative tolerance on the objective, no rounding, nothing flipped to fit the key."""

import math
from enum import StrEnum

from agent.state import Outcome, Stage
from benchmarks.answering import Answer
from benchmarks.datasets.records import Key, Record

TOLERANCE = 1e-6
LOOSE_TOLERANCE = 1e-4
"""For comparison beside the strict score."""


class Verdict(StrEnum):
    """What an answer is worth."""

    RIGHT = "right"
    WRONG = "wrong"
    UNSURE = "unsure"
    FAILED = "failed"
    UNSCORED = "unscored"


def is_right(answer: float | None, key: float | None, tolerance: float = TOLERANCE) -> bool:
    """Whether an objective equals the key within `tolerance`, relative to the larger of 1 and the key."""
    if answer is None or key is None or not math.isfinite(answer):
        return False
    return abs(answer - key) <= tolerance * max(1.0, abs(key))


def agrees(status: str, objective: float | None, keys: tuple[Key, ...], tolerance: float = TOLERANCE) -> bool:
    """Whether a status and objective are one of the accepted answers.

    Legal outcomes without an objective count only where the key names them, and objectives only where it does not.
    """
    if status in ("optimal", "feasible"):
        return any(is_right(objective, key, tolerance) for key in keys if isinstance(key, float))
    return status in keys


def judge(answer: Answer, record: Record, tolerance: float = TOLERANCE) -> Verdict:
    """What an answer to a record's question is worth."""
    if not record.accepted:
        return Verdict.UNSCORED
    if agrees(answer.status, answer.objective, record.accepted, tolerance):
        return Verdict.RIGHT
    if answer.status == "unsure":
        return Verdict.UNSURE
    return Verdict.FAILED if answer.status in ("failed", "error") else Verdict.WRONG


def samples_right(answer: Answer, record: Record) -> list[bool]:
    """For each formulation that was drawn, whether its verified outcome is right.

    The program that is tried where none stands is no sample, and neither is what the budget left no call for.
    """
    return [
        candidate.stage is Stage.VERIFIED
        and candidate.outcome is not None
        and agrees(_status(candidate.outcome), candidate.outcome.objective, record.accepted)
        for candidate in answer.candidates
        if candidate.road == "formulation"
        and not (candidate.is_out_of_budget and candidate.stage is Stage.ABANDONED)
    ]


def _status(outcome: Outcome) -> str:
    """The status that an answer of this outcome has."""
    return "unsure" if outcome.status == "unclear" else outcome.status
