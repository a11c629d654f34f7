"""What a score function may give, and what it means."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from agent.workflow.records import Run

MOST = 1e100
"""The largest size of a score."""

ScoreFunction = Callable[[Any, Any], Any]
"""Takes the workflow's output and the item; gives a number, a pair of number and feedback, or a ``Score``."""


@dataclass(frozen=True, slots=True)
class Score:
    """How good an output is.

    Attributes:
        value: higher is better.
        feedback: what is wrong or right about the output, in words, for optimizers.
        objectives: further scores by name, for a search over objectives; higher is better.
    """

    value: float
    feedback: str = ""
    objectives: Mapping[str, float] = field(default_factory=dict)


def checked(scored: Any) -> Score:
    """The ``Score`` that a score function meant.

    Raises:
        ValueError: it is none; the text says what came instead.
    """
    match scored:
        case Score():
            score = scored
            if not isinstance(score.feedback, str):
                raise ValueError(f"the feedback must be text, not {type(score.feedback).__name__}")
            if not isinstance(score.objectives, Mapping) or not all(
                isinstance(name, str) for name in score.objectives
            ):
                raise ValueError("the objectives must be numbers by name")
        case (value, str(feedback)):
            score = Score(_number(value), feedback)
        case _:
            score = Score(_number(scored))
    for name, value in {"score": score.value, **score.objectives}.items():
        if not is_usable(_number(value)):
            raise ValueError(f"the {name} is {value}, which is no number from {-MOST:g} to {MOST:g}")
    return score


def is_usable(value: float) -> bool:
    """Whether a score is finite, and not so large that sums over items overflow."""
    return math.isfinite(value) and abs(value) <= MOST


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(
            f"the score function gave {value!r:.80}; give a number, a number with feedback, or a Score"
        ) from None


def filled(
    vectors: Sequence[Sequence[float | None]], failure_score: float | None = None
) -> list[list[float]]:
    """The vectors with failures as numbers.

    Args:
        vectors: scores by item; None where workflow or score failed.
        failure_score: what a failure counts; default: 0, or the lowest score of all vectors where that is less, so
            that failing never pays.
    """
    known = [score for vector in vectors for score in vector if score is not None]
    stand_in = min([0.0, *known]) if failure_score is None else failure_score
    return [[stand_in if score is None else score for score in vector] for vector in vectors]


def by_item(runs: Sequence[Run]) -> dict[int, float | None]:
    """The mean score of each item over its repeats, in the order of the runs; None where one of them failed."""
    found: dict[int, list[float | None]] = {}
    for run in runs:
        found.setdefault(run.item, []).append(run.score)
    return {
        item: None if None in scores else fmean(score for score in scores if score is not None)
        for item, scores in found.items()
    }
