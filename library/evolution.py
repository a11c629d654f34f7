"""Evolution: insights that are offered wrongly, missed or of no help get better words, are split, or retire."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

from library.diagnosis import Finding, diagnose, recorded
from library.errors import UnusableReply
from library.insight import DIAGNOSES, Diagnosis, Insight, Status
from library.protocol import Ask, Solver
from library.replays import Replays, digest
from library.retrieval import Retrieval, applicable, candidates
from library.rewriting import Rewriter
from library.store import Store
from library.tasks import Task
from library.teacher import Teacher

AUTHOR = "evolution"
Groups = Mapping[Diagnosis, Sequence[Task]]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one insight: kept, condition, advice, split or retired; and why."""

    insight: str
    verdict: str
    note: str


class Evolver:
    """Diagnoses insights on training tasks; a change is accepted only where it proves itself on validation tasks."""

    def __init__(
        self,
        store: Store,
        solver: Solver,
        ask: Ask,
        *,
        run: str,
        seeds: int,
        workers: int,
        retrieval: Retrieval,
    ) -> None:
        self._store, self._seeds, self._retrieval = store, seeds, retrieval
        self._replays = Replays(store, run, solver, workers)
        self._ask = self._replays.remembering(ask)
        self._rewriter = Rewriter(store, Teacher(self._ask), self._ask, self._replays, seeds, retrieval)

    async def evolve(
        self, train: Sequence[Task], validation: Sequence[Task], tell: Callable[[Change], None]
    ) -> tuple[Change, ...]:
        """The changes; those of an interrupted run are not worked out again."""
        changes = []
        try:
            mark = self._mark(train, validation)
            found = {task.id: await self._found(task, mark) for task in train}
            for insight in self._store.insights(status=Status.ACTIVE, track="formulation"):
                key = f"change:{insight.id}:{mark}"
                known = self._replays.known(key)
                if isinstance(known, dict):
                    change = Change(**known)
                else:
                    change = await self._one(insight, train, validation, found)
                    await self._replays.keep(key, asdict(change))
                changes.append(change)
                tell(change)
        finally:
            await self._replays.close()
        return tuple(changes)

    def _mark(self, train: Sequence[Task], validation: Sequence[Task]) -> str:
        """What stands for all that a change depends on: tasks of other files may have the same ids."""
        tasks = ("\n".join(task.model_dump_json() for task in part) for part in (train, validation))
        return digest(*tasks, str(self._seeds))

    async def _found(self, task: Task, mark: str) -> dict[str, bool]:
        """The candidates for a task, and of each whether it was offered."""
        key = f"found:{digest(task.id, mark)}"
        known = self._replays.known(key)
        if isinstance(known, dict):
            return known
        hits = await candidates(self._store, task.question, "formulation", self._retrieval)
        insights = [hit.insight for hit in hits]
        chosen = await applicable(task.question, insights, self._ask, self._retrieval)
        offered = insights[: self._retrieval.limit] if chosen is None else chosen
        found = {one.id: one in offered for one in insights}
        await self._replays.keep(key, found)
        return found

    async def _one(
        self,
        insight: Insight,
        train: Sequence[Task],
        validation: Sequence[Task],
        found: Mapping[str, Mapping[str, bool]],
    ) -> Change:
        offered = [task for task in train if found[task.id].get(insight.id)]
        missed = [task for task in train if found[task.id].get(insight.id) is False]
        plain = [await self._replays.attempt(task.question, (), 0) for task in missed]
        failed = [task for task, attempt in zip(missed, plain, strict=True) if not task.is_right(attempt)]
        findings = await diagnose(self._replays, insight, offered, failed, seeds=self._seeds)
        insight = self._noted(insight, findings)
        by_id = {task.id: task for task in train}
        groups: Groups = {
            name: [by_id[one.task] for one in findings if one.diagnosis == name] for name in DIAGNOSES
        }
        try:
            return await self._changed(insight, groups, validation)
        except UnusableReply as error:
            return Change(insight.id, "kept", str(error))

    def _noted(self, insight: Insight, findings: Sequence[Finding]) -> Insight:
        changed = recorded(insight, findings)
        if changed == insight:
            return insight
        return self._store.put([changed], author=AUTHOR, note="diagnosed")[0]

    async def _changed(self, insight: Insight, groups: Groups, validation: Sequence[Task]) -> Change:
        good = [*groups["positive"], *groups["unretrieved"]]
        bad = [*groups["negative"], *groups["irrelevant"]]
        if groups["negative"] and not good:
            return self._retired(insight, len(groups["negative"]))
        if groups["unretrieved"] or bad:
            rewrite = await self._rewriter.condition(insight, good, bad, validation)
            if isinstance(rewrite, str):
                return Change(insight.id, "kept", rewrite)
            self._store.put([rewrite.insight], author=AUTHOR, note=rewrite.note)
            return Change(insight.id, "condition", rewrite.note)
        if groups["invalid"] and not good:
            return await self._advised(insight, groups["invalid"], validation)
        return Change(insight.id, "kept", "nothing speaks against it")

    def _retired(self, insight: Insight, harmed: int) -> Change:
        note = f"it leads {harmed} task{'s' * (harmed > 1)} astray and helps none"
        self._store.put([insight.model_copy(update={"status": Status.RETIRED})], author=AUTHOR, note=note)
        return Change(insight.id, "retired", note)

    async def _advised(
        self, insight: Insight, failures: Sequence[Task], validation: Sequence[Task]
    ) -> Change:
        rewrites = await self._rewriter.advice(insight, failures, validation)
        if isinstance(rewrites, str):
            return Change(insight.id, "kept", rewrites)
        note = "; ".join(rewrite.note for rewrite in rewrites)
        if len(rewrites) == 1:
            self._store.put([rewrites[0].insight], author=AUTHOR, note=note)
            return Change(insight.id, "advice", note)
        retired = insight.model_copy(update={"status": Status.RETIRED})
        self._store.put(
            [retired, *(rewrite.insight for rewrite in rewrites)], author=AUTHOR, note=f"split: {note}"
        )
        return Change(insight.id, "split", note)
