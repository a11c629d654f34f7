"""The agent as the experience library needs it: a language model on a budget, and a solver of questions."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

import library
from agent.data import Tables
from agent.errors import BudgetExceeded, ConfigError, FormulationError, QuestionError, UserError
from agent.formulation import Formulation
from agent.llm import Message, Meter
from agent.llm.connection import OPENAI_URL
from agent.prompts import fenced
from agent.settings import Settings
from agent.state import Candidate, Deps, Plan, RunState, Stage
from agent.workbench import Workbench
from library import Advice, Ask, Attempt, ExperienceLibrary, NullLibrary
from library.errors import EditConflict, LibraryError, StoreError
from library.protocol import Track
from solvers.sandbox import Sandbox

if TYPE_CHECKING:
    from agent.llm.embedding import Embedding
    from library import Library

NONE = "none"
_MAX_TEXT_CHARS = 12_000
"""Of one text that the library shows to a language model."""


def library_of(settings: Settings) -> ExperienceLibrary:
    """The experience library that the settings name; one a process.

    Raises:
        ConfigError: it cannot be opened.
    """
    if settings.library_url in (None, NONE):
        return NullLibrary()
    return _shared(*_place(settings), embedding(settings))


def open_library(settings: Settings) -> "Library":
    """The library that the settings name, also where they say that the agent draws on none.

    Raises:
        ConfigError: it cannot be opened.
    """
    return _opened(*_place(settings), embedding(settings))


@cache
def _embedding(base_url: str, key: str | None, model: str, timeout_s: float, max_retries: int) -> "Embedding":
    from agent.llm.embedding import Embedding

    return Embedding(base_url, key, model, timeout_s=timeout_s, max_retries=max_retries)


def embedding(settings: Settings) -> "Embedding | None":
    """The endpoint's embedding model, where one is set; one a process.

    Raises:
        ConfigError: one is set, but there is no endpoint.
    """
    if settings.embedding_model is None:
        return None
    if settings.is_local:
        raise ConfigError(
            "OPTWRIGHT_EMBEDDING_MODEL names a model of an endpoint, and none is set; set OPTWRIGHT_BASE_URL, too"
        )
    key = settings.api_key.get_secret_value() if settings.api_key else None
    place = settings.base_url or OPENAI_URL
    return _embedding(place, key, settings.embedding_model, settings.request_timeout_s, settings.max_retries)


def _place(settings: Settings) -> tuple[str, bool]:
    """The library's URL, and whether it begins as the one that ships."""
    if settings.library_url is not None and settings.library_url != NONE:
        return settings.library_url, False
    return f"sqlite:///{settings.state_dir / 'library.db'}", True


def _opened(url: str, begins_with_shipped: bool, embed: "Embedding | None") -> "Library":
    try:
        return library.open(url, begins_with_shipped=begins_with_shipped, embed=embed)
    except library.LibraryError as error:
        raise ConfigError(f"{error}; set OPTWRIGHT_LIBRARY_URL to another, or to none") from error


@cache
def _shared(url: str, begins_with_shipped: bool, embed: "Embedding | None") -> "Library":
    return _opened(url, begins_with_shipped, embed)


@contextmanager
def told_as_ours() -> Iterator[None]:
    """Errors of the library as errors of the agent.

    Raises:
        ConfigError: the database cannot be used.
        UserError: the insight, the file or the edit is at fault.
    """
    try:
        yield
    except LibraryError as error:
        is_database = isinstance(error, StoreError) and not isinstance(error, EditConflict)
        raise (ConfigError if is_database else UserError)(str(error)) from error


def metered(meter: Meter, role: str) -> Ask:
    """The meter's model as the library asks it, on the account of `role`."""

    async def ask(
        instruction: str,
        data: Mapping[str, str],
        *,
        schema: Mapping[str, Any],
        max_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> str:
        parts = "\n".join(fenced(name, text[:_MAX_TEXT_CHARS]) for name, text in data.items())
        reply = await meter.acomplete(
            role,
            [Message("system", instruction), Message("user", parts)],
            schema=schema,
            schema_name=role,
            max_tokens=max_tokens,
            temperature=temperature,
            seed=seed,
        )
        return reply.text

    return ask


class Practice:
    """Solves questions with given advice, for learning; keeps the promises of `library.Solver`."""

    def __init__(self, meter: Meter, sandbox: Sandbox, *, time_limit_s: float = 20.0) -> None:
        self._meter, self._sandbox, self._time_limit_s = meter, sandbox, time_limit_s

    @property
    def name(self) -> str:
        """The language model's name."""
        return self._meter.model.name

    async def attempt(self, question: str, advice: Sequence[Advice], seed: int) -> Attempt:
        """One run of the agent, by the formulation alone.

        Raises:
            BudgetExceeded: no call was left for it.
            ModelUnavailable: the language model gave no answer.
        """
        from agent.graph import run

        plan = Plan(first=seed, time_limit_s=self._time_limit_s)
        try:
            state: RunState | None = None
            async for part in run(RunState(question=question, plan=plan), self._deps(_Given(advice))):
                state = part if isinstance(part, RunState) else state
        except QuestionError as error:
            return Attempt(status="error", fault=str(error))
        assert state is not None  # a run that does not raise ends with its state
        if any(candidate.is_out_of_budget for candidate in state.candidates):
            raise BudgetExceeded(
                f"the budget is spent: {state.ledger.calls} calls, {state.ledger.tokens} tokens"
            )
        return _attempt(state)

    async def check(self, question: str, formulation: str) -> Attempt:
        """A given formulation built, solved and verified."""
        from agent.nodes.solve import solve
        from agent.nodes.verify import verify

        deps = self._deps(NullLibrary())
        try:
            wanted = Formulation.model_validate_json(formulation)
            deps.workbench.built(wanted)
        except (ValidationError, FormulationError) as error:
            return Attempt(status="failed", fault=str(error))
        candidate = Candidate(number=0, stage=Stage.BUILT, formulation=wanted)
        plan = Plan(time_limit_s=self._time_limit_s, max_repairs=0)
        state = await verify(
            await solve(RunState(question=question, plan=plan, candidates=(candidate,)), deps), deps
        )
        return _of_candidate(state.candidates[0])

    def _deps(self, library: "_Given | NullLibrary") -> Deps:
        tables = Tables()
        return Deps(self._meter, tables, self._sandbox, library, Workbench(tables))


class _Given(NullLibrary):
    """Offers the same advice for every formulation, and none for programs."""

    def __init__(self, advice: Sequence[Advice]) -> None:
        self._advice = tuple(advice)

    async def retrieve(self, question: str, track: Track, ask: Ask | None = None) -> Sequence[Advice]:  # noqa: ARG002
        return self._advice if track == "formulation" else ()


def _attempt(state: RunState) -> Attempt:
    decision, chosen = state.decision, state.chosen
    if chosen is None:
        faults = [candidate.fault for candidate in state.candidates if candidate.fault]
        return Attempt(status="failed", fault=faults[-1] if faults else decision.reason if decision else "")
    status = decision.status if decision is not None else "failed"
    return _of_candidate(chosen).model_copy(update={"status": status})


def _of_candidate(candidate: Candidate) -> Attempt:
    outcome, formulation = candidate.outcome, candidate.formulation
    is_verified = candidate.stage is Stage.VERIFIED and outcome is not None
    return Attempt(
        status=outcome.status if is_verified and outcome is not None else "failed",
        objective=outcome.objective if is_verified and outcome is not None else None,
        formulation=formulation.model_dump_json(exclude_defaults=True) if formulation is not None else "",
        fault=candidate.fault or (outcome.message if outcome is not None else ""),
    )
