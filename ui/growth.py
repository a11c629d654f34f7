"""Runs that grow the experience library: kept with their tasks, so that they can be gone on with."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from uuid import uuid4

from pydantic import TypeAdapter, ValidationError

from agent.errors import UserError
from agent.experience import metered, told_as_ours
from agent.llm import Budget, Ledger, Meter
from agent.practice import Practice
from agent.state import Frozen
from benchmarks.runs import replace_text
from library import Task
from library.evolution import Change
from library.learning import Outcome
from library.tasks import read_tasks
from solvers.sandbox import shared
from ui.desk import Desk
from ui.jobs import Job, Jobs
from ui.model import connected

Kind = Literal["learn", "evolve", "correction"]
_RESULT: TypeAdapter[Outcome | Change] = TypeAdapter(Outcome | Change)


class Growth(Frozen):
    """One run that learns from tasks, from what a user said was wrong, or refines what is active.

    Attributes:
        name: also that of its journal in the library, where everything paid for is kept.
        tasks: to learn from, or to diagnose insights on.
        others: on which an insight may do no harm, or by which changes are judged.
        budget: limits on the calls of who answers, and those of who teaches where that is another; counted anew
            when the run is gone on with.
        is_done: whether it came to its end.
    """

    name: str
    kind: Kind
    tasks: tuple[Task, ...]
    others: tuple[Task, ...] = ()
    budget: Budget = Budget()
    is_done: bool = False

    @property
    def total(self) -> int | None:
        """How many results there will be; None for an evolution, which has one for each active insight."""
        return None if self.kind == "evolve" else len(self.tasks)


def prepared(
    kind: Kind, tasks: Sequence[Task], others: Sequence[Task] = (), budget: Budget | None = None
) -> Growth:
    """A run that is yet to begin, under a name of its own.

    Raises:
        UserError: there are no tasks to go by, or one stands in both parts.
    """
    if not tasks:
        raise UserError("there are no tasks; give a file with one a line")
    if kind == "evolve" and not others:
        raise UserError("there are no tasks to judge changes by; give a second file with other tasks")
    known = {task.question for task in tasks}
    both = [task.id for task in others if task.question in known]
    if both:
        raise UserError(f"the task {both[0]} is in both files; leave it in one of them")
    name = f"{kind}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid4().hex[:4]}"
    return Growth(name=name, kind=kind, tasks=tuple(tasks), others=tuple(others), budget=budget or Budget())


def tasks_of(content: bytes, source: str) -> tuple[Task, ...]:
    """The tasks in an uploaded file.

    Raises:
        UserError: it is no text, or a line is wrong; names it.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(f"{source} is not text in UTF-8") from None
    with told_as_ours():
        return read_tasks(text, source)


def correction(question: str, reason: str, budget: Budget) -> Growth:
    """A run that learns from what a user said was wrong with an answer."""
    task = Task(id=f"correction-{uuid4().hex[:8]}", question=question, correction=reason)
    return prepared("correction", [task], budget=budget)


def kept(desk: Desk) -> list[Growth]:
    """The runs of a desk, the newest first; what cannot be read is passed over."""
    found = []
    for path in sorted(_folder(desk).glob("*.json"), key=lambda path: -path.stat().st_mtime):
        try:
            found.append(Growth.model_validate_json(path.read_bytes()))
        except (OSError, ValidationError):
            continue
    return found


def results(desk: Desk, growth: Growth) -> list[str]:
    """What came of a run so far, in words, as the library's journal has it."""
    with told_as_ours():
        journal = desk.library.store.recall(growth.name)
    kind = "change:" if growth.kind == "evolve" else "outcome:"
    found = [_read(value) for key, value in journal.items() if key.startswith(kind)]
    places = {task.id: place for place, task in enumerate(growth.tasks)}
    found.sort(key=lambda one: places[one.task] if isinstance(one, Outcome) else 0)
    return [_line(one) for one in found]


def start(desk: Desk, jobs: Jobs, growth: Growth) -> Job:
    """The run at work, where it was left if it had begun before.

    Raises:
        UserError: it is at work already, or too much else is.
        StorageError: it cannot be kept.
    """

    async def work(job: Job) -> None:
        answering, teaching = desk.model_settings, desk.teacher_settings
        async with AsyncExitStack() as stack:
            solver = Meter(await stack.enter_async_context(connected(answering, job)), growth.budget)
            teacher = solver
            if teaching != answering:
                teacher = Meter(await stack.enter_async_context(connected(teaching, job)), growth.budget)
            await _grow(desk, growth, job, solver, teacher)
        _keep(desk, growth.model_copy(update={"is_done": True}))

    _keep(desk, growth)
    return jobs.begin(desk, Job(growth.name, growth.total), work)


async def _grow(desk: Desk, growth: Growth, job: Job, answering: Meter, teaching: Meter) -> None:
    solver = Practice(answering, shared(allow_weak=desk.settings.allow_weak_sandbox))
    ask = metered(teaching, "teach")

    def tell(result: Outcome | Change) -> None:
        job.lines.append(_line(result))
        meters = {id(meter): meter.ledger for meter in (answering, teaching)}
        job.score = sum(meters.values(), Ledger()).summary()

    with told_as_ours():
        if growth.kind == "evolve":
            parts = growth.tasks, growth.others
            await desk.library.evolve(*parts, solver=solver, ask=ask, run=growth.name, tell=tell)
        else:
            await desk.library.learn(
                growth.tasks, solver=solver, ask=ask, guard=growth.others, run=growth.name, tell=tell
            )


def _keep(desk: Desk, growth: Growth) -> None:
    replace_text(_folder(desk) / f"{growth.name}.json", growth.model_dump_json(indent=1))


def _folder(desk: Desk) -> Path:
    return desk.settings.state_dir / "growth"


def _line(result: Outcome | Change) -> str:
    subject = result.task if isinstance(result, Outcome) else result.insight
    return f"{subject}: {result.verdict}: {result.note}"


def _read(value: object) -> Outcome | Change:
    """A result as the journal of a run has it."""
    return _RESULT.validate_python(value)
