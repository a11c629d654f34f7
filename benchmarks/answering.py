"""One question answered by the agent, as a record. Keys are unknown here: a `Task` has no field for one."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict

import agent
from agent.formulation import Formulation
from agent.llm import Budget, ChatModel
from agent.settings import Settings
from agent.solution import Certificate, Solution
from agent.state import Candidate, NodeRecord
from benchmarks.datasets.records import Record
from library import ExperienceLibrary

_log = logging.getLogger(__name__)
WORKER_LOST = "WorkerLost"
RETRIED = ("ModelUnavailable", WORKER_LOST)
"""Errors that another day may not bring: a resumed run asks these questions again."""


class Frozen(BaseModel):
    """Immutable, no unknown keys: what is kept in run folders."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Task(Frozen):
    """All that the solving side learns of a problem."""

    id: str
    question: str
    data: tuple[Path, ...] = ()

    @classmethod
    def of(cls, record: Record) -> "Task":
        """The task of a record, without its key."""
        return cls(id=record.id, question=record.question, data=record.data)


class Setup(Frozen):
    """How questions are answered; runs with different setups are not mixed in one folder.

    Attributes:
        samples: independent formulations that may vote.
        time_limit_s: seconds that a solver may take for one model.
        model: name asked of the endpoint; None takes that of the settings.
        library: experience to draw on, as `experience.opened` takes it.
        budget: limits for each question.
    """

    samples: int = 1
    time_limit_s: float = 60.0
    model: str | None = None
    library: str = "none"
    budget: Budget | None = None


def served_model(settings: Settings) -> str | None:
    """The model that answers by these settings, for a `Setup`: a folder does not mix those of two models."""
    if not settings.is_local:
        return settings.model
    is_named = settings.model_path is not None and settings.model_path.suffix == ".gguf"
    return str(settings.model_path) if is_named else None


class Answer(Frozen):
    """What came of one question: the answer, every formulation that was tried, and what it took.

    Attributes:
        status: that of the solution, or "error" where `error` says why there is none.
        error_kind: class of the error.
        values: each variable's values in the order of its keys.
        candidates: the formulations with the model's replies and complaints.
        seconds: wall time of the question.
    """

    id: str
    status: str
    objective: float | None = None
    confidence: float = 0.0
    reason: str = ""
    question: str = ""
    formulation: Formulation | None = None
    values: dict[str, tuple[float, ...]] = {}
    certificate: Certificate | None = None
    candidates: tuple[Candidate, ...] = ()
    trace: tuple[NodeRecord, ...] = ()
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = 0.0
    seconds: float = 0.0
    error: str = ""
    error_kind: str = ""

    @property
    def is_final(self) -> bool:
        """Whether a resumed run leaves the question alone."""
        return self.error_kind not in RETRIED

    @property
    def is_executed(self) -> bool:
        """Whether a formulation was built, and an engine gave a verdict on it."""
        return any(
            candidate.formulation is not None
            and candidate.outcome is not None
            and candidate.outcome.has_answer
            for candidate in self.candidates
        )

    @property
    def is_verified(self) -> bool:
        """Whether an answer was given, and passed our own checks."""
        if self.status in ("infeasible", "unbounded"):
            return True  # such a verdict becomes the status only after verification
        is_given = self.status in ("optimal", "feasible")
        return is_given and self.certificate is not None and self.certificate.is_valid


async def answer(
    task: Task,
    setup: Setup,
    model: ChatModel,
    library: ExperienceLibrary | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Answer:
    """The record of one question; errors are part of it.

    Raises:
        ConfigError: a setting is wrong, so that no question could be answered.
    """
    started = clock()
    try:
        solution = await agent.asolve(
            task.question,
            list(task.data) or None,
            samples=setup.samples,
            time_limit=setup.time_limit_s,
            budget=setup.budget,
            model=model,
            library=library,
        )
    except agent.ConfigError:
        raise
    except Exception as error:
        if not isinstance(error, agent.AgentError):
            _log.exception("the question %s ended in an unexpected error", task.id)
        kind = type(error).__name__
        return Answer(
            id=task.id, status="error", error=str(error), error_kind=kind, seconds=clock() - started
        )
    return _record(task.id, solution, clock() - started)


def _record(task_id: str, solution: Solution, seconds: float) -> Answer:
    ledger = solution.ledger
    return Answer(
        id=task_id,
        status=solution.status.value,
        objective=solution.objective,
        confidence=solution.confidence,
        reason=solution.reason,
        question=solution.question,
        formulation=solution.formulation,
        values=solution.raw_values,
        certificate=solution.certificate,
        candidates=tuple(solution.candidates),
        trace=tuple(solution.trace),
        calls=ledger.calls,
        prompt_tokens=ledger.prompt_tokens,
        completion_tokens=ledger.completion_tokens,
        cost=ledger.cost,
        seconds=seconds,
    )
