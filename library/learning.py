"""Learning: find what is right where the agent went wrong, word the difference, keep what proves itself."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from library.credit import Bar, Credit, credit
from library.errors import UnusableReply
from library.insight import Insight, Provenance, Status
from library.merging import merge_duplicates
from library.protocol import Advice, Ask, Attempt, Solver
from library.replays import Replays, digest
from library.retrieval import Retrieval, retrieve
from library.store import Store
from library.tasks import Task, fingerprint
from library.teacher import Teacher

AUTHOR = "learning"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one task.

    Attributes:
        task: its id.
        verdict: right (nothing to learn), learned, refused (insights were tried and did not prove themselves),
            unexplained (no right formulation was found, or none could be put in words), unusable (the task itself).
        note: why, in words.
        accepted: ids of the insights that became active.
        refused: ids of those that did not.
    """

    task: str
    verdict: str
    note: str
    accepted: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard learning tries.

    Attributes:
        samples: tries without advice in search of a right formulation, where none is given.
        hints: hints of the teacher that are tried after that.
        workers: attempts side by side.
    """

    samples: int = 3
    hints: int = 3
    workers: int = 4


class Learner:
    """Learns from tasks, one after the other; everything paid for is in the journal of its run.

    The answer of a task is compared with results and never put into a prompt, neither the solving agent's nor the
    teacher's.
    """

    def __init__(
        self,
        store: Store,
        solver: Solver,
        ask: Ask,
        *,
        run: str,
        bar: Bar,
        effort: Effort,
        retrieval: Retrieval,
    ) -> None:
        self._store, self._solver = store, solver
        self._bar, self._effort, self._retrieval = bar, effort, retrieval
        self._run = run
        self._tasks: dict[str, Task] = {}
        self._guard: list[Task] = []
        self._replays = Replays(store, run, solver, effort.workers)
        self._ask = self._replays.remembering(ask)
        self._teacher = Teacher(self._ask)

    async def learn(
        self, tasks: Sequence[Task], guard: Sequence[Task], tell: Callable[[Outcome], None]
    ) -> tuple[Outcome, ...]:
        """The outcomes, in the tasks' order; those of an interrupted run are not worked out again."""
        outcomes = []
        try:
            usable = [await self._usable(task) for task in tasks]
            self._guard = [one for task in guard if isinstance(one := await self._usable(task), Task)]
            known = (one for one in (*self._guard, *usable) if isinstance(one, Task))
            self._tasks = {one.id: one for one in known}
            for task, found in zip(tasks, usable, strict=True):
                outcome = await self._one(task, found, self._mark(task, guard))
                outcomes.append(outcome)
                tell(outcome)
        finally:
            await self._replays.close()
        return tuple(outcomes)

    def _mark(self, task: Task, guard: Sequence[Task]) -> str:
        """What stands for all that an outcome depends on: tasks of other files may have the same id."""
        tasks = (one.model_dump_json() for one in (task, *guard))
        return digest(*tasks, f"{self._bar} {self._effort.samples} {self._effort.hints}")

    async def _one(self, task: Task, usable: Task | str, mark: str) -> Outcome:
        known = self._replays.known(f"outcome:{mark}")
        if isinstance(known, dict):
            return Outcome(**known)
        outcome = (
            Outcome(task.id, "unusable", usable)
            if isinstance(usable, str)
            else await self._learned(usable, mark)
        )
        await self._replays.keep(f"outcome:{mark}", asdict(outcome))
        return outcome

    async def _learned(self, task: Task, mark: str) -> Outcome:
        advice = await retrieve(self._store, task.question, "formulation", self._ask, self._retrieval)
        first = await self._replays.attempt(task.question, advice, 0)
        if task.is_right(first) and not task.correction:
            return Outcome(task.id, "right", "the agent gets it right")
        try:
            task, right = await self._explained(task, first)
            if not right:
                return Outcome(task.id, "unexplained", "no right formulation was found")
            self._tasks[task.id] = task
            drafts = await self._drafts(task, first.formulation or first.fault, right, mark)
        except UnusableReply as error:
            return Outcome(task.id, "unexplained", str(error))
        return await self._tried(task, drafts, mark)

    async def _drafts(self, task: Task, wrong: str, right: str, mark: str) -> list[Insight]:
        """Insights in the teacher's words; kept, for the taxonomy in the prompt grows with what is learned."""
        key = f"drafts:{mark}"
        kept = self._replays.known(key)
        if isinstance(kept, list):
            return [Insight.model_validate(one) for one in kept]
        drafts = await self._teacher.insights(task.question, wrong, right, self._store.taxonomy())
        await self._replays.keep(key, [one.model_dump(mode="json") for one in drafts])
        return drafts

    async def _usable(self, task: Task) -> Task | str:
        """The task with its answer, or why it cannot be learned from."""
        if not task.formulation:
            is_enough = task.answer is not None or task.correction
            return task if is_enough else "it has neither a formulation, nor an answer, nor a correction"
        checked = await self._solver.check(task.question, task.formulation)
        if checked.status not in ("optimal", "infeasible", "unbounded"):
            return f"its formulation gives no optimum: {checked.status} {checked.fault}".strip()
        if task.answer is not None and not task.is_right(checked):
            return f"its formulation gives {_result(checked)} and not its answer"
        answer = checked.objective if checked.status == "optimal" else checked.status
        return task.model_copy(update={"answer": answer})

    async def _explained(self, task: Task, first: Attempt) -> tuple[Task, str]:
        """The task with its answer and what is right: a formulation, or the hint that led to one; "" where neither."""
        if task.formulation:
            return task, task.formulation
        if task.correction and task.answer is None:
            return await self._corrected(task, first)
        for seed in range(1, 1 + self._effort.samples):
            found = await self._replays.attempt(task.question, (), seed)
            if task.is_right(found):
                return task, found.formulation
        tried, last = [task.correction] if task.correction else [], first
        for number in range(self._effort.hints):
            if number or not tried:
                tried.append(
                    await self._teacher.hint(task.question, last.formulation or last.fault, tried, number)
                )
            last = await self._replays.attempt(task.question, (_hint(tried[-1]),), 0)
            if task.is_right(last):
                return task, f"{last.formulation}\n\nIt came of this hint: {tried[-1]}"
        return task, ""

    async def _corrected(self, task: Task, first: Attempt) -> tuple[Task, str]:
        """The task with the answer that its correction leads to, where that is another than before."""
        found = await self._replays.attempt(task.question, (_hint(task.correction),), 0)
        if found.status not in ("optimal", "infeasible", "unbounded"):
            return task, ""
        answer = found.objective if found.status == "optimal" else found.status
        corrected = task.model_copy(update={"answer": answer})
        return corrected, "" if corrected.is_right(first) else found.formulation

    async def _tried(self, task: Task, drafts: Sequence[Insight], mark: str) -> Outcome:
        """The outcome of putting drafts to the proof, each by itself."""
        guard = [one for one in self._guard if one.question != task.question]
        accepted: list[str] = []
        refused: list[str] = []
        notes: list[str] = []
        for number, draft in enumerate(drafts):
            leak = task.leak(draft)
            if leak:
                notes.append(f"an insight was dropped: {leak}")
                continue
            candidate = self._entered(task, draft, f"{mark} {number}")
            earned = await credit(self._replays, candidate, [task], guard, self._bar)
            kept = self._judged(candidate, earned)
            notes.append(f"{kept.id}: {earned.text}")
            (accepted if kept.status is Status.ACTIVE else refused).append(kept.id)
            if kept.status is Status.ACTIVE:
                merged = await merge_duplicates(
                    self._store, kept, self._tasks, self._teacher, self._replays, self._bar, author=AUTHOR
                )
                notes += [f"{merged.id} replaces {', '.join(merged.provenance.parents)}"] if merged else []
        verdict = "learned" if accepted else "refused" if refused else "unexplained"
        note = "; ".join(notes) or "the teacher sees no difference that matters"
        return Outcome(task.id, verdict, note, tuple(accepted), tuple(refused))

    def _entered(self, task: Task, draft: Insight, mark: str) -> Insight:
        """The draft as a stored candidate; the same one where an interrupted run has stored it."""
        insight_id = f"i-{digest(self._run, mark, draft.condition)[:12]}"
        there = [one for one in self._store.insights() if one.id == insight_id]
        if there:
            return there[0]
        origin = Provenance(
            tasks=(task.id,),
            fingerprints=(fingerprint(task.question),),
            model=self._solver.name,
            made_at=datetime.now(UTC),
        )
        candidate = draft.model_copy(update={"id": insight_id, "provenance": origin})
        (stored,) = self._store.put([candidate], author=AUTHOR, note=f"learned from {task.id}")
        return stored

    def _judged(self, candidate: Insight, earned: Credit) -> Insight:
        """The candidate made active or retired, with its counts."""
        if candidate.status is not Status.CANDIDATE:
            return candidate
        is_earned = earned.has_earned(self._bar)
        changes = {
            "status": Status.ACTIVE if is_earned else Status.RETIRED,
            "evidence": earned.added_to(candidate.evidence),
            "provenance": candidate.provenance.model_copy(update={"verified_by": earned.text}),
        }
        (stored,) = self._store.put([candidate.model_copy(update=changes)], author=AUTHOR, note=earned.text)
        return stored


def _hint(text: str) -> Advice:
    return Advice(id="hint", condition="Applies to this problem.", explanation=text)


def _result(attempt: Attempt) -> str:
    return attempt.status if attempt.objective is None else f"{attempt.objective:.10g}"
