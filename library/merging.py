"""Near-duplicates become one insight, where that one holds on all their tasks."""

from collections.abc import Mapping, Sequence

from library.credit import Bar, pairs
from library.errors import UnusableReply
from library.insight import Evidence, Insight, Provenance, Status
from library.replays import Replays
from library.store import Store
from library.tasks import Task, fingerprint
from library.teacher import Teacher
from library.terms import overlap

NEAR = 0.3
_NEIGHBOURS = 3


async def merge_duplicates(
    store: Store,
    insight: Insight,
    tasks: Mapping[str, Task],
    teacher: Teacher,
    replays: Replays,
    bar: Bar,
    *,
    author: str,
) -> Insight | None:
    """The insight that replaces this one and a near-duplicate; None where none does.

    It must go right on the tasks of both as often as the one that was learned there. Its parents are retired in
    the same change and named in its provenance.
    """
    for other in _near(store, insight):
        sources = [
            tasks[name] for name in (*insight.provenance.tasks, *other.provenance.tasks) if name in tasks
        ]
        if not _can_be_judged(other, tasks):
            continue
        try:
            draft = await teacher.merged(insight, other)
        except UnusableReply:
            continue
        if draft is None or any(task.leak(draft) for task in sources):
            continue
        if await _holds(replays, draft, (insight, other), tasks, bar):
            return _replaced(store, draft, (insight, other), author)
    return None


def _near(store: Store, insight: Insight) -> list[Insight]:
    text = f"{insight.condition} {insight.explanation}"
    hits = store.search(text, track=insight.track, limit=_NEIGHBOURS + 1)
    others = [hit.insight for hit in hits if hit.insight.id != insight.id]
    return [one for one in others if overlap(text, f"{one.condition} {one.explanation}") >= NEAR]


def _can_be_judged(insight: Insight, tasks: Mapping[str, Task]) -> bool:
    """Whether its tasks are all here; one of another file may have the same id."""
    marks = insight.provenance.fingerprints
    return all(
        name in tasks and fingerprint(tasks[name].question) in marks for name in insight.provenance.tasks
    )


async def _holds(
    replays: Replays, draft: Insight, parents: Sequence[Insight], tasks: Mapping[str, Task], bar: Bar
) -> bool:
    for parent in parents:
        for name in parent.provenance.tasks:
            before = await pairs(replays, tasks[name], parent, bar.pairs)
            after = await pairs(replays, tasks[name], draft, bar.pairs)
            if sum(right for right, _ in after) < sum(right for right, _ in before):
                return False
    return True


def _replaced(store: Store, draft: Insight, parents: Sequence[Insight], author: str) -> Insight:
    origin = Provenance(
        tasks=tuple(dict.fromkeys(name for parent in parents for name in parent.provenance.tasks)),
        fingerprints=tuple(
            dict.fromkeys(mark for parent in parents for mark in parent.provenance.fingerprints)
        ),
        model=parents[0].provenance.model,
        made_at=parents[0].provenance.made_at,
        verified_by="as often right on all tasks of its parents",
        parents=tuple(parent.id for parent in parents),
    )
    merged = draft.model_copy(
        update={"status": Status.ACTIVE, "provenance": origin, "evidence": _summed(parents)}
    )
    retired = [parent.model_copy(update={"status": Status.RETIRED}) for parent in parents]
    names = " and ".join(parent.id for parent in parents)
    return store.put([merged, *retired], author=author, note=f"{names} merged")[0]


def _summed(parents: Sequence[Insight]) -> Evidence:
    totals: dict[str, object] = {}
    for name in Evidence.model_fields:
        values = [getattr(parent.evidence, name) for parent in parents]
        is_count = isinstance(values[0], int)
        totals[name] = sum(values) if is_count else tuple(dict.fromkeys(v for value in values for v in value))
    return Evidence.model_validate(totals)
