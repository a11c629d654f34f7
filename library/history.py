"""What changed, and the way back: differences between versions, an insight or the whole library as it was."""

import difflib
from collections.abc import Iterator
from datetime import UTC, datetime

from library.errors import UnknownInsight
from library.insight import Insight, Status
from library.store import Store


def version_of(store: Store, insight_id: str, version: int) -> Insight:
    """The insight as it was.

    Raises:
        UnknownInsight: there is no such insight or version.
    """
    events = store.events(insight_id)
    if not events:
        store.get(insight_id)
    found = next((event.insight for event in events if event.insight.version == version), None)
    if found is None:
        raise UnknownInsight(
            f"insight {insight_id} has versions 1 to {len(events)}, and no version {version}"
        )
    return found


def difference(before: Insight | None, after: Insight) -> str:
    """The changed lines between two versions, as a unified diff; empty where nothing that people read changed."""
    old = list(_lines(before)) if before is not None else []
    return "\n".join(difflib.unified_diff(old, list(_lines(after)), lineterm="", n=1))


def _lines(insight: Insight) -> Iterator[str]:
    yield f"status: {insight.status.value}"
    yield f"labels: {'; '.join(map(str, insight.labels))}"
    for name in ("condition", "explanation", "example"):
        yield f"{name}:"
        yield from (f"  {line}" for line in getattr(insight, name).splitlines())
    evidence = insight.evidence
    yield f"runs: {evidence.runs}, helped {evidence.helped}, harmed {evidence.harmed}"
    yield (
        f"guard runs: {evidence.guard_runs}, helped {evidence.guard_helped}, harmed {evidence.guard_harmed}"
    )


def restore(store: Store, insight_id: str, version: int, *, author: str) -> Insight:
    """The insight as it was at an earlier version, stored as a new version.

    Raises:
        UnknownInsight: there is no such insight or version.
        EditConflict: it was changed meanwhile.
    """
    current, earlier = store.get(insight_id), version_of(store, insight_id, version)
    (stored,) = store.put(
        [earlier.model_copy(update={"version": current.version})],
        author=author,
        note=f"back to version {version}",
    )
    return stored


def restore_all(store: Store, moment: float, *, author: str) -> tuple[Insight, ...]:
    """The library as it was at a moment (seconds since 1970, UTC): what was changed since, stored as new versions.

    An insight that did not exist then is retired. All or nothing.

    Raises:
        EditConflict: an insight was changed meanwhile.
    """
    changed = {event.insight.id for event in store.events(since=moment) if event.at > moment}
    back = []
    for insight_id in sorted(changed):
        current = store.get(insight_id)
        earlier = [event.insight for event in store.events(insight_id) if event.at <= moment]
        target = earlier[-1] if earlier else current.model_copy(update={"status": Status.RETIRED})
        target = target.model_copy(update={"version": current.version})
        if target != current:
            back.append(target)
    if not back:
        return ()
    when = datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
    return store.put(back, author=author, note=f"the library as it was at {when}")
