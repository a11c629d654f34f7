"""Two runs over the same questions: who got what, and whether the difference is more than chance."""

from benchmarks.answering import Frozen
from benchmarks.errors import RunError
from benchmarks.scoring.report import Report, Scored
from benchmarks.scoring.score import Verdict
from benchmarks.scoring.statistics import Share, mcnemar, share


class Change(Frozen):
    """A question that only one of two runs got right."""

    id: str
    first: Verdict
    second: Verdict
    first_objective: float | None
    second_objective: float | None


class Comparison(Frozen):
    """Two runs on the questions that both answered.

    Attributes:
        gained: right in the second run alone; `lost` in the first alone.
        differing: ids that stand for another question in each; these are left out.
        p_value: of the exact paired test (McNemar) that the two are equally good.
        is_same_file: whether both read the very same file.
    """

    n: int
    first: Share
    second: Share
    gained: tuple[Change, ...]
    lost: tuple[Change, ...]
    differing: int
    p_value: float
    is_same_file: bool


def compare(first: Report, second: Report) -> Comparison:
    """The comparison of two reports.

    Raises:
        RunError: they have no scored question in common.
    """
    others = {item.id: item for item in second.items if item.verdict is not Verdict.UNSCORED}
    shared = [(item, others[item.id]) for item in first.items if item.id in others and item.accepted]
    pairs = [(a, b) for a, b in shared if a.question_digest == b.question_digest]
    if not pairs:
        raise RunError(
            f"the runs over {first.config.set} and {second.config.set} have no scored question in common"
        )
    lost = [_change(a, b) for a, b in pairs if a.verdict == Verdict.RIGHT != b.verdict]
    gained = [_change(a, b) for a, b in pairs if a.verdict != Verdict.RIGHT == b.verdict]
    rights = [sum(item.verdict is Verdict.RIGHT for item in side) for side in zip(*pairs, strict=True)]
    return Comparison(
        n=len(pairs),
        first=share(rights[0], len(pairs)),
        second=share(rights[1], len(pairs)),
        gained=tuple(gained),
        lost=tuple(lost),
        differing=len(shared) - len(pairs),
        p_value=mcnemar(len(lost), len(gained)),
        is_same_file=first.config.digest == second.config.digest,
    )


def _change(first: Scored, second: Scored) -> Change:
    return Change(
        id=first.id,
        first=first.verdict,
        second=second.verdict,
        first_objective=first.objective,
        second_objective=second.objective,
    )
