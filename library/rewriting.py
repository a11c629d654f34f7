"""New words for an insight, and the proof that they are better."""

from collections.abc import Sequence
from dataclasses import dataclass

from library.credit import advice_of
from library.insight import Insight, Status
from library.protocol import Ask
from library.replays import Replays
from library.retrieval import Retrieval, applicable, candidates
from library.store import Store
from library.tasks import Task
from library.teacher import Teacher

_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Rewrite:
    """An insight with new words, and what speaks for them."""

    insight: Insight
    note: str


@dataclass(frozen=True, slots=True)
class _Score:
    """How a wording does on validation tasks.

    Attributes:
        fit: tasks where it is offered and helps, less those where it is offered and does not.
        solved: runs that go right under what the wording has offered.
    """

    fit: int
    solved: int


class Rewriter:
    """Writes new conditions and advice, several at a time, and accepts the best where it beats what is there.

    The tasks by which wordings are judged are not those that the language model saw when it wrote them.
    """

    def __init__(
        self,
        store: Store,
        teacher: Teacher,
        ask: Ask,
        replays: Replays,
        seeds: int,
        retrieval: Retrieval,
    ) -> None:
        self._store, self._teacher, self._ask, self._replays = store, teacher, ask, replays
        self._seeds, self._retrieval = seeds, retrieval

    async def condition(
        self, insight: Insight, good: Sequence[Task], bad: Sequence[Task], validation: Sequence[Task]
    ) -> Rewrite | str:
        """The best new condition, or why there is none.

        Accepted is what is offered more rightly on the validation tasks, and where no fewer of them go right.
        """
        shown = [*good[:_SHOWN], *bad[:_SHOWN]]
        texts = await self._teacher.conditions(
            insight, [task.question for task in good[:_SHOWN]], [task.question for task in bad[:_SHOWN]]
        )
        rewrites = [insight.model_copy(update={"condition": text}) for text in texts]
        rewrites = [one for one in rewrites if not any(task.leak(one) for task in shown)]
        before = await self._score(insight, validation)
        scores = [(await self._score(one, validation), one) for one in rewrites]
        best, rewrite = max(scores, key=lambda item: (item[0].fit, item[0].solved), default=(before, insight))
        if best.fit <= before.fit:
            return f"no rewrite of the condition fits the validation tasks better ({before.fit:+d})"
        if best.solved < before.solved:
            return f"the best rewrite has fewer validation runs go right ({before.solved} -> {best.solved})"
        return Rewrite(
            rewrite,
            f"condition: fit {before.fit:+d} -> {best.fit:+d}, right runs {before.solved} -> {best.solved}",
        )

    async def advice(
        self, insight: Insight, failures: Sequence[Task], validation: Sequence[Task]
    ) -> tuple[Rewrite, ...] | str:
        """Better advice, as one insight or split in two, or why there is none.

        Accepted is what has more runs go right on the failures, and no fewer on the validation tasks for which the
        insight is offered.
        """
        seen = []
        for task in failures[:_SHOWN]:
            attempt = await self._replays.attempt(task.question, (advice_of(insight),), 0)
            seen.append((task.question, attempt.formulation or attempt.fault))
        drafts = await self._teacher.rewritten(insight, seen)
        drafts = [draft for draft in drafts if not any(task.leak(draft) for task in failures[:_SHOWN])]
        offered = [task for task in validation if await self._is_offered(insight, task)]
        before, held = await self._right(insight, failures), await self._right(insight, offered)
        accepted = []
        for draft in drafts:
            after, holds = await self._right(draft, failures), await self._right(draft, offered)
            if after > before and holds >= held:
                note = f"advice: right runs {before} -> {after}, on validation {held} -> {holds}"
                accepted.append(Rewrite(self._as_part(draft, insight, is_split=len(drafts) > 1), note))
        return tuple(accepted) or f"no rewrite of the advice has more runs go right ({before})"

    @staticmethod
    def _as_part(draft: Insight, insight: Insight, *, is_split: bool) -> Insight:
        if not is_split:
            fields = {"explanation": draft.explanation, "example": draft.example}
            return insight.model_copy(update=fields)
        origin = insight.provenance.model_copy(update={"parents": (insight.id,)})
        return draft.model_copy(update={"status": Status.ACTIVE, "provenance": origin})

    async def _score(self, insight: Insight, validation: Sequence[Task]) -> _Score:
        fit = solved = 0
        for task in validation:
            with_it = await self._right(insight, [task])
            without = await self._right(None, [task])
            if await self._is_offered(insight, task):
                fit += 1 if with_it > without else -1
                solved += with_it
            else:
                solved += without
        return _Score(fit, solved)

    async def _right(self, insight: Insight | None, tasks: Sequence[Task]) -> int:
        """How many runs on these tasks go right with the insight, or with none."""
        advice = () if insight is None else (advice_of(insight),)
        right = 0
        for task in tasks:
            for seed in range(self._seeds):
                right += task.is_right(await self._replays.attempt(task.question, advice, seed))
        return right

    async def _is_offered(self, insight: Insight, task: Task) -> bool:
        """Whether a wording, which need not be stored, would be offered for a task."""
        hits = await candidates(self._store, task.question, "formulation", self._retrieval)
        rivals = [hit.insight for hit in hits if hit.insight.id != insight.id]
        place = next((n for n, hit in enumerate(hits) if hit.insight.id == insight.id), len(rivals))
        if not self._retrieval.is_near(insight, task.question):
            return False
        shown = [*rivals[:place], insight, *rivals[place:]]
        chosen = await applicable(task.question, shown, self._ask, self._retrieval)
        return insight in (shown[: self._retrieval.limit] if chosen is None else chosen)
