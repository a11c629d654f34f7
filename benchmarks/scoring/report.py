"""The report of a run: keys joined with answers, counted."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.answering import Answer, Frozen
from benchmarks.datasets import card
from benchmarks.datasets.cards import digest_of
from benchmarks.datasets.records import Dataset, Key, Record
from benchmarks.runs import RunConfig
from benchmarks.scoring.score import (
    LOOSE_TOLERANCE,
    TOLERANCE,
    Verdict,
    judge,
    samples_right,
)
from benchmarks.scoring.statistics import (
    Bin,
    Point,
    Share,
    calibration,
    calibration_error,
    pass_at_k,
    risk_coverage,
    share,
)
from benchmarks.scoring.variables import all_right


class Scored(Frozen):
    """One question with what its answer is worth.

    Attributes:
        question_digest: `digest_of` the question, since an id may stand for another in another file.
        accepted: the set's key.
        corrected: the verdict by the corrected label, where there is one.
    """

    id: str
    question_digest: str
    type: str
    status: str
    objective: float | None
    accepted: tuple[Key, ...]
    verdict: Verdict
    is_right_loosely: bool
    corrected: Verdict
    variables: bool | None
    confidence: float
    executed: bool
    verified: bool
    samples: tuple[bool, ...]
    calls: int
    tokens: int
    cost: float | None
    seconds: float
    reason: str


class Row(Frozen):
    """The scores of all questions, or of those of one type."""

    type: str
    accuracy: Share
    executed: Share
    verified: Share
    abstained: Share
    answered: Share


class Report(Frozen):
    """What a run scored; every share carries its 95 % confidence interval.

    Attributes:
        n: questions with an answer on record; `missing` have none yet.
        unscored: of these, questions without a usable label; no share counts them.
        total: accuracy, execution, verification, abstention, and accuracy among the answered.
        loose: accuracy at the relative tolerance 1e-4.
        corrected: accuracy by corrected labels; `corrections` says how many labels that concerns.
        variables: questions whose variables are all right, where the set has keys for them.
        first: questions whose first sample is right, without vote and abstention; `any` those of which any sample is.
        pass_at: the chance that one of k samples is right, over the questions with at least k samples. Sampling stops
            when the vote is settled, so that these are the harder ones: no unbiased estimate for the whole set.
        learned_from: of the questions, those that the experience library had seen.
        flaws: what is wrong in the set's file.
        errors: kinds of errors that ended questions.
    """

    config: RunConfig
    n: int
    missing: int
    unscored: int
    tolerance: float = TOLERANCE
    loose_tolerance: float = LOOSE_TOLERANCE
    total: Row
    types: tuple[Row, ...]
    loose: Share
    corrected: Share
    corrections: int
    variables: Share | None
    first: Share
    any: Share
    pass_at: dict[int, float]
    risk_coverage: tuple[Point, ...]
    calibration: tuple[Bin, ...]
    calibration_error: float
    calls: int
    tokens: int
    cost: float | None
    seconds: float
    learned_from: tuple[str, ...]
    flaws: tuple[str, ...]
    errors: dict[str, int]
    items: tuple[Scored, ...]

    def summary(self) -> dict[str, Any]:
        """The report in a line of JSON: shares from 0 to 1, totals of calls, tokens and seconds."""
        return {
            "set": self.config.set,
            "n": self.n,
            "accuracy": self.total.accuracy.value,
            "accuracy_low": self.total.accuracy.low,
            "accuracy_high": self.total.accuracy.high,
            "accuracy_1e-4": self.loose.value,
            "executed": self.total.executed.value,
            "verified": self.total.verified.value,
            "abstained": self.total.abstained.value,
            "accuracy_answered": self.total.answered.value,
            "unscored": self.unscored,
            "missing": self.missing,
            "flaws": len(self.flaws),
            "errors": self.errors,
            "calls": self.calls,
            "tokens": self.tokens,
            "cost": self.cost,
            "seconds": round(self.seconds, 3),
        }


def report(config: RunConfig, dataset: Dataset, answers: Mapping[str, Answer]) -> Report:
    """The report of a run's answers, in the order of the set, whatever the order in which they came."""
    asked = dataset.records[: config.limit]
    pairs = [(record, answers[record.id]) for record in asked if record.id in answers]
    corrections = {item.question: item.answer for item in card(dataset.name).corrections.values()}
    items = tuple(_scored(record, answer, corrections) for record, answer in pairs)
    scored = [item for item in items if item.verdict is not Verdict.UNSCORED]
    answered = [(item.confidence, item.verdict is Verdict.RIGHT) for item in scored if _is_answered(item)]
    bins = calibration(answered)
    by_variables = [item.variables for item in scored if item.variables is not None]
    costs = [item.cost for item in items]
    asked_ids = {record.id for record in asked}
    return Report(
        config=config,
        n=len(items),
        missing=len(asked) - len(items),
        unscored=len(items) - len(scored),
        total=_row("all", scored),
        types=tuple(_row(kind, group) for kind, group in _by_type(scored)),
        loose=_share(item.is_right_loosely for item in scored),
        corrected=_share(item.corrected is Verdict.RIGHT for item in scored),
        corrections=sum(digest_of(record.question) in corrections for record, _ in pairs),
        variables=_share(by_variables) if by_variables else None,
        first=_share(bool(item.samples) and item.samples[0] for item in scored),
        any=_share(any(item.samples) for item in scored),
        pass_at=_pass_at([item.samples for item in scored], config.setup.samples),
        risk_coverage=tuple(risk_coverage(answered, len(scored))),
        calibration=tuple(bins),
        calibration_error=calibration_error(bins),
        calls=sum(item.calls for item in items),
        tokens=sum(item.tokens for item in items),
        cost=None if None in costs else math.fsum(cost for cost in costs if cost is not None),
        seconds=math.fsum(item.seconds for item in items),
        learned_from=tuple(item for item in config.learned_from if item in asked_ids),
        flaws=tuple(map(str, dataset.flaws)),
        errors=dict(sorted(Counter(a.error_kind for _, a in pairs if a.error_kind).items())),
        items=items,
    )


def _scored(record: Record, answer: Answer, corrections: Mapping[str, Key]) -> Scored:
    verdict = judge(answer, record)
    question_digest = digest_of(record.question)
    right_label = corrections.get(question_digest)
    mended = record if right_label is None else record.model_copy(update={"accepted": (right_label,)})
    return Scored(
        id=record.id,
        question_digest=question_digest,
        type=record.type,
        status=answer.status,
        objective=answer.objective,
        accepted=record.accepted,
        verdict=verdict,
        is_right_loosely=judge(answer, record, LOOSE_TOLERANCE) is Verdict.RIGHT,
        corrected=verdict if right_label is None else judge(answer, mended),
        variables=all_right(answer, record) if record.results else None,
        confidence=answer.confidence,
        executed=answer.is_executed,
        verified=answer.is_verified,
        samples=tuple(samples_right(answer, record)),
        calls=answer.calls,
        tokens=answer.prompt_tokens + answer.completion_tokens,
        cost=answer.cost,
        seconds=answer.seconds,
        reason=answer.error or answer.reason,
    )


def _is_answered(item: Scored) -> bool:
    return item.status in ("optimal", "feasible", "infeasible", "unbounded")


def _by_type(items: Sequence[Scored]) -> list[tuple[str, list[Scored]]]:
    groups: dict[str, list[Scored]] = {}
    for item in items:
        groups.setdefault(item.type, []).append(item)
    return sorted(groups.items()) if len(groups) > 1 else []


def _share(flags: Iterable[bool]) -> Share:
    values = list(flags)
    return share(sum(values), len(values))


def _row(kind: str, items: Sequence[Scored]) -> Row:
    answered = [item for item in items if _is_answered(item)]
    return Row(
        type=kind,
        accuracy=_share(item.verdict is Verdict.RIGHT for item in items),
        executed=_share(item.executed for item in items),
        verified=_share(item.verified for item in items),
        abstained=_share(item.status == "unsure" for item in items),
        answered=_share(item.verdict is Verdict.RIGHT for item in answered),
    )


def _pass_at(samples: Sequence[tuple[bool, ...]], most: int) -> dict[int, float]:
    """The mean chance for each k that some question has as many samples for."""
    found = {}
    for k in range(1, most + 1):
        chances = [pass_at_k(len(drawn), sum(drawn), k) for drawn in samples if len(drawn) >= k]
        if chances:
            found[k] = math.fsum(chances) / len(chances)
    return found
