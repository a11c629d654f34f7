"""Runs of candidates on items, several at a time, each paid for once."""

import contextvars
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from agent.errors import WorkflowError
from agent.llm import Ledger, Meter
from agent.llm.meter import Work
from agent.workflow import recording
from agent.workflow.attempt import Attempts
from agent.workflow.journal import Journal
from agent.workflow.records import Candidate, Part, Run

MAX_ABANDONED = 16
"""Runs that did not end in time go on in their threads, which nothing can stop; more than these end the whole."""

_Key = tuple[int, Part, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    candidate: Candidate
    part: Part
    item: int
    repeat: int

    @property
    def key(self) -> _Key:
        return self.candidate.number, self.part, self.item, self.repeat


@dataclass(frozen=True, slots=True)
class _Started:
    at: float
    thread: threading.Thread
    work: Work


_Queue: TypeAlias = "queue.SimpleQueue[tuple[_Job, Run | BaseException]]"


class Evaluator:
    """Evaluates candidates; what the journal holds is not run again."""

    def __init__(
        self,
        attempts: Attempts,
        parts: Mapping[Part, Sequence[Any]],
        meter: Meter,
        journal: Journal,
        *,
        concurrency: int = 1,
        time_limit_s: float | None = None,
        repeats: int = 1,
        on_run: Callable[[Run], object] = lambda _: None,
    ) -> None:
        """Takes over the runs of the journal.

        Args:
            attempts: how to run the workflow once.
            parts: the items.
            meter: the account and its budget.
            journal: where runs are kept.
            concurrency: most runs at the same time.
            time_limit_s: wall seconds after which a run counts as failed; None is no limit, and then single runs
                are made in the calling thread.
            repeats: runs on each item, with seeds from 0.
            on_run: told of each new run.
        """
        self._attempts = attempts
        self._parts = parts
        self._meter = meter
        self._journal = journal
        self._concurrency = concurrency
        self._time_limit_s = time_limit_s
        self._repeats = repeats
        self._on_run = on_run
        self._known: dict[_Key, Run] = {(r.candidate, r.part, r.item, r.repeat): r for r in journal.runs()}
        self._abandoned: list[threading.Thread] = []

    def evaluate(self, candidate: Candidate, part: Part, items: Sequence[int]) -> list[Run]:
        """The runs of a candidate on some items of a part, in their order, with all repeats.

        Raises:
            BudgetExceeded: a limit is reached; the runs made until then are in the journal.
            WorkflowError: too many runs do not end.
        """
        jobs = [_Job(candidate, part, item, repeat) for item in items for repeat in range(self._repeats)]
        missing = [job for job in jobs if job.key not in self._known]
        if self._concurrency == 1 and self._time_limit_s is None:
            for job in missing:
                self._keep(job, self._run(job, self._meter.work("workflow")))
        else:
            self._make(missing)
        return [self._known[job.key] for job in jobs]

    def known(self, candidate: Candidate, part: Part, item: int) -> list[Run]:
        """The runs of a candidate on an item that were made already."""
        keys = [(candidate.number, part, item, repeat) for repeat in range(self._repeats)]
        return [self._known[key] for key in keys if key in self._known]

    def _make(self, jobs: Sequence[_Job]) -> None:
        """Runs the jobs, at most ``concurrency`` at a time; after an error those under way still come in."""
        ended: _Queue = queue.SimpleQueue()
        waiting, running = list(reversed(jobs)), dict[_Job, _Started]()
        first_error: BaseException | None = None
        while running or (waiting and first_error is None):
            while waiting and first_error is None and len(running) < self._concurrency:
                job = waiting.pop()
                running[job] = self._start(job, ended)
            job, result = self._next(ended, running)
            if running.pop(job, None) is None:
                continue  # it was given up before
            if isinstance(result, Run):
                self._keep(job, result)
            else:
                first_error = first_error or result
        if first_error is not None:
            raise first_error

    def _start(self, job: _Job, ended: _Queue) -> _Started:
        context, work = contextvars.copy_context(), self._meter.work("workflow")

        def attempt() -> None:
            try:
                result: Run | BaseException = self._run(job, work)
            except BaseException as error:
                result = error
            ended.put((job, result))

        thread = threading.Thread(target=context.run, args=(attempt,), name="workflow-run", daemon=True)
        thread.start()
        return _Started(time.monotonic(), thread, work)

    def _run(self, job: _Job, work: Work) -> Run:
        spent: list[Ledger] = []

        def charge(ledger: Ledger) -> None:
            self._meter.charge(ledger)
            spent.append(ledger)

        with work, recording.accounting(charge):
            item = self._parts[job.part][job.item]
            run = self._attempts.run(job.candidate, job.part, job.item, job.repeat, item)
        update = {
            "calls": 1 + sum(ledger.calls for ledger in spent),
            "tokens": sum(ledger.tokens for ledger in spent),
            "cost": sum(ledger.cost or 0.0 for ledger in spent),
        }
        return run.model_copy(update=update)

    def _next(self, ended: _Queue, running: Mapping[_Job, "_Started"]) -> tuple[_Job, Run | BaseException]:
        """The next job that ended, or that had its time."""
        if self._time_limit_s is None:
            return ended.get()
        oldest = min(running, key=lambda job: running[job].at)
        left_s = running[oldest].at + self._time_limit_s - time.monotonic()
        try:
            return ended.get(timeout=max(0.0, left_s))
        except queue.Empty:
            return oldest, self._given_up(oldest, running[oldest])

    def _given_up(self, job: _Job, started: _Started) -> Run | WorkflowError:
        """The failed run of a job that had its time; an error where too many such go on in their threads."""
        started.work.give_up()
        self._abandoned = [each for each in (*self._abandoned, started.thread) if each.is_alive()]
        if len(self._abandoned) > MAX_ABANDONED:
            return WorkflowError(
                f"{len(self._abandoned)} runs of the workflow did not end within {self._time_limit_s:g} s each; "
                "give it a time limit of its own, or raise time_limit_s"
            )
        text = f"the workflow did not end within {self._time_limit_s:g} s"
        return Run(
            candidate=job.candidate.number,
            part=job.part,
            item=job.item,
            repeat=job.repeat,
            failure="time",
            feedback=text,
            output=text,
            seconds=self._time_limit_s or 0.0,
        )

    def _keep(self, job: _Job, run: Run) -> None:
        self._journal.save(run, self._meter.ledger, self._meter.elapsed_s)
        self._known[job.key] = run
        self._on_run(run)
