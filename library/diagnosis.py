"""The five-way diagnosis: how an insight fares on tasks, found by solving with and without it.

retrieved   right only with it                    positive
            right only without it                 negative
            no difference, task goes right        irrelevant
            no difference, task goes wrong        invalid: it was said to apply, and its advice did not help
not         task goes wrong, right with it        unretrieved
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from library.credit import pairs
from library.insight import DIAGNOSES, Diagnosis, Insight
from library.replays import Replays
from library.tasks import Task


@dataclass(frozen=True, slots=True)
class Finding:
    """One insight on one task."""

    insight: str
    task: str
    diagnosis: Diagnosis


async def diagnose(
    replays: Replays,
    insight: Insight,
    retrieved: Sequence[Task],
    missed: Sequence[Task],
    *,
    seeds: int,
) -> tuple[Finding, ...]:
    """What the insight did on tasks where it was retrieved, and where it was missed though it might have helped."""
    tasks = (*retrieved, *missed)
    runs = await asyncio.gather(*(pairs(replays, task, insight, seeds) for task in tasks))
    found = []
    for place, (task, pairs_of_task) in enumerate(zip(tasks, runs, strict=True)):
        gain = sum(with_it - without for with_it, without in pairs_of_task)
        is_mostly_right = 2 * sum(with_it for with_it, _ in pairs_of_task) > len(pairs_of_task)
        if place >= len(retrieved):
            if gain > 0:
                found.append(Finding(insight.id, task.id, "unretrieved"))
        else:
            found.append(Finding(insight.id, task.id, _of_retrieved(gain, is_mostly_right)))
    return tuple(found)


def _of_retrieved(gain: int, is_mostly_right: bool) -> Diagnosis:
    if gain:
        return "positive" if gain > 0 else "negative"
    return "irrelevant" if is_mostly_right else "invalid"


def recorded(insight: Insight, findings: Sequence[Finding]) -> Insight:
    """The insight with its findings as evidence; a task stands under its latest diagnosis only."""
    latest = {one.task: one.diagnosis for one in findings if one.insight == insight.id}
    update: dict[str, tuple[str, ...]] = {}
    for name in DIAGNOSES:
        kept = [task for task in getattr(insight.evidence, name) if task not in latest]
        update[name] = tuple(kept + [task for task, diagnosis in latest.items() if diagnosis == name])
    return insight.model_copy(update={"evidence": insight.evidence.model_copy(update=update)})
