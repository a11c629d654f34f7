"""Controlled credit: an insight counts for what changes when it, and nothing else, is added.

A replay with the insight alone proves little, since a language model also varies without it. So every run has its pair:
same task, same model, same seed, without the insight.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from library.insight import Evidence, Insight
from library.protocol import Advice
from library.replays import Replays
from library.tasks import Task


@dataclass(frozen=True, slots=True)
class Bar:
    """What an insight must show.

    Attributes:
        pairs: paired runs on each source task, with seeds 0, 1, ...
        margin: by how many of all source pairs it must win, those it lost subtracted.
        guard_pairs: paired runs on each guard task, on which it may not lose more than it wins.
    """

    pairs: int = 3
    margin: int = 2
    guard_pairs: int = 1


@dataclass(frozen=True, slots=True)
class Credit:
    """The counts of paired runs on source tasks and on guard tasks."""

    runs: int
    helped: int
    harmed: int
    guard_runs: int = 0
    guard_helped: int = 0
    guard_harmed: int = 0

    def has_earned(self, bar: Bar) -> bool:
        """Whether it helps its source tasks and does no harm elsewhere."""
        return self.has_helped(bar) and self.guard_harmed <= self.guard_helped

    def has_helped(self, bar: Bar) -> bool:
        """Whether it helps its source tasks."""
        return self.helped - self.harmed >= min(bar.margin, self.runs) > 0

    @property
    def text(self) -> str:
        """The counts in words."""
        words = f"{self.runs} paired runs on its tasks: helped {self.helped}, harmed {self.harmed}"
        if self.guard_runs:
            words += f"; {self.guard_runs} on others: helped {self.guard_helped}, harmed {self.guard_harmed}"
        return words

    def added_to(self, evidence: Evidence) -> Evidence:
        """The evidence with these runs as its counts."""
        counts = {name: getattr(self, name) for name in self.__slots__}
        return evidence.model_copy(update=counts)


def advice_of(insight: Insight, why: str = "on trial") -> Advice:
    """The insight as it is put into a prompt."""
    fields = insight.model_dump(include={"id", "condition", "explanation", "example"})
    return Advice(**fields, why=why)


async def pairs(replays: Replays, task: Task, insight: Insight, seeds: int) -> list[tuple[bool, bool]]:
    """For each seed, whether the task went right with the insight, and without it."""
    wanted = [
        replays.attempt(task.question, advice, seed)
        for seed in range(seeds)
        for advice in ((advice_of(insight),), ())
    ]
    rights = [task.is_right(attempt) for attempt in await asyncio.gather(*wanted)]
    return list(zip(rights[::2], rights[1::2], strict=True))


async def credit(
    replays: Replays, insight: Insight, sources: Sequence[Task], guard: Sequence[Task], bar: Bar
) -> Credit:
    """The counts for an insight; the guard tasks are run only where the source tasks speak for it."""
    found = [pair for task in sources for pair in await pairs(replays, task, insight, bar.pairs)]
    helped, harmed = _won(found)
    on_sources = Credit(len(found), helped, harmed)
    if not on_sources.has_helped(bar):
        return on_sources
    others = await asyncio.gather(*(pairs(replays, task, insight, bar.guard_pairs) for task in guard))
    around = [pair for one in others for pair in one]
    return Credit(len(found), helped, harmed, len(around), *_won(around))


def _won(found: Sequence[tuple[bool, bool]]) -> tuple[int, int]:
    helped = sum(with_it and not without for with_it, without in found)
    harmed = sum(without and not with_it for with_it, without in found)
    return helped, harmed
