"""The entry: `solve`, `asolve` and `stream`."""

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AsyncExitStack, suppress
from queue import SimpleQueue
from typing import Any, TypedDict, TypeVar, Unpack

from agent import settings as configuration
from agent.data import Tables
from agent.data import load as load_tables
from agent.errors import QuestionError, SessionError
from agent.events import NodeEvent, Proposal
from agent.experience import library_of
from agent.formulation import Formulation
from agent.graph import run
from agent.llm import Budget, ChatModel, Meter, connect
from agent.llm.absent import AbsentModel
from agent.llm.progress import RichProgress
from agent.nodes.explain import explain
from agent.nodes.intake import clean
from agent.nodes.solve import solve as solve_models
from agent.nodes.verify import verify
from agent.profiles import tuning_of
from agent.sessions import Sessions, check_name
from agent.settings import Settings
from agent.solution import Solution, Status
from agent.state import Candidate, Decision, Deps, Plan, RunState, Stage, Tuning
from agent.workbench import Workbench
from library import ExperienceLibrary, NullLibrary
from solvers.sandbox import Sandbox, shared

DEFAULT_TIME_LIMIT_S = 60.0
Result = TypeVar("Result")


def solve(
    question: str | None,
    data: object = None,
    *,
    samples: int = 1,
    time_limit: float = DEFAULT_TIME_LIMIT_S,
    budget: Budget | None = None,
    session: str | None = None,
    model: ChatModel | None = None,
    library: ExperienceLibrary | None = None,
    profile: str | Tuning | None = None,
    settings: Settings | None = None,
) -> Solution:
    """The verified answer to an optimization problem told in words.

    Args:
        question: the problem; None goes on with an interrupted `session`, with its samples, limits and data.
        data: tables as `agent.data.load` takes them: paths, data frames, mappings.
        samples: independent formulations that vote; more cost more and are right more often.
        time_limit: seconds that a solver may take for one model.
        budget: limits on calls, tokens, seconds (solving included) and money; an interrupted session that is
            gone on with keeps its own, unless one is given.
        session: name under which the run is kept on disk, so that it can be resumed.
        model: who answers; default: as the settings say. Where that is the embedded model, the first call may
            download its file of 1.1 GB, with a progress bar on standard error.
        library: experience to draw on; default: as the settings say.
        profile: name or path of a profile that `optwright tune` has saved, or the tuning itself; a session that
            is gone on with keeps its own.
        settings: default: from environment and configuration file.

    Returns:
        The solution, whatever its status; see `Solution`.

    Raises:
        UserError: the question, data or session cannot be used.
        ConfigError: a setting is wrong or missing.
        ModelUnavailable: the language model gave no answer; with a session, the run can be resumed.
    """
    return blocking(
        asolve(
            question,
            data,
            samples=samples,
            time_limit=time_limit,
            budget=budget,
            session=session,
            model=model,
            library=library,
            profile=profile,
            settings=settings,
        )
    )


def solve_formulation(
    formulation: Formulation,
    data: object = None,
    *,
    time_limit: float = DEFAULT_TIME_LIMIT_S,
) -> Solution:
    """The verified answer to a formulation, without a language model: one that was edited, or written by hand.

    Args:
        formulation: what to solve.
        data: the tables that its sources point at, as `solve` takes them.
        time_limit: seconds that the solver may take.

    Raises:
        UserError: the formulation is faulty, or the data do not fit it; the text names element and place.
    """
    tables = load_tables(data)
    workbench = Workbench(tables)
    workbench.built(formulation)  # faults are the caller's to see
    candidate = Candidate(number=0, stage=Stage.BUILT, formulation=formulation)
    plan = Plan(time_limit_s=time_limit, max_repairs=0)
    state = RunState(question=formulation.title, plan=plan, notes=_notes(tables), candidates=(candidate,))
    meter = Meter(AbsentModel())
    deps = Deps(meter, tables, shared(), NullLibrary(), workbench)
    return Solution(blocking(_solved(state, deps)), tables)


async def _solved(state: RunState, deps: Deps) -> RunState:
    state = await verify(await solve_models(state, deps), deps)
    (candidate,) = state.candidates
    status = candidate.outcome.status if candidate.outcome else "failed"
    is_answer = status in [known.value for known in Status]
    decision = Decision(
        chosen=0 if candidate.stage is Stage.VERIFIED else None,
        status=status if is_answer and candidate.stage is Stage.VERIFIED else "failed",
        confidence=1.0 if candidate.stage is Stage.VERIFIED else 0.0,
        reason=candidate.fault or "the formulation was given",
    )
    return await explain(state.model_copy(update={"decision": decision}), deps)


class Options(TypedDict, total=False):
    """The keyword arguments of `solve`; see there."""

    samples: int
    time_limit: float
    budget: Budget | None
    session: str | None
    model: ChatModel | None
    library: ExperienceLibrary | None
    profile: str | Tuning | None
    settings: Settings | None


async def asolve(question: str | None, data: object = None, **options: Unpack[Options]) -> Solution:
    """`solve` for asynchronous code; the same arguments. Cancelling it ends the engine, too."""
    solution: Solution | None = None
    async for part in astream(question, data, **options):
        if isinstance(part, Proposal):
            raise SessionError(
                f"the run of session `{options.get('session')}` waits for its formulation to be confirmed; use stream"
            )
        if isinstance(part, Solution):
            solution = part
    assert solution is not None  # a stream that does not raise ends with its solution
    return solution


class StreamOptions(Options, total=False):
    """The keyword arguments of `astream`; see there."""

    confirm: bool
    meant: Formulation | None


Part = NodeEvent | Proposal | Solution


def stream(question: str | None, data: object = None, **options: Unpack[StreamOptions]) -> Iterator[Part]:
    """The parts of `astream` as they happen, for code that is not asynchronous."""
    queue: SimpleQueue[Part | BaseException | None] = SimpleQueue()

    async def pump() -> None:
        async for part in astream(question, data, **options):
            queue.put(part)

    loop_thread = _LoopThread(pump(), queue)
    loop_thread.start()
    try:
        while (part := queue.get()) is not None:
            if isinstance(part, BaseException):
                raise part
            yield part
    finally:
        loop_thread.cancel()


async def astream(
    question: str | None,
    data: object = None,
    *,
    samples: int = 1,
    time_limit: float = DEFAULT_TIME_LIMIT_S,
    budget: Budget | None = None,
    session: str | None = None,
    model: ChatModel | None = None,
    library: ExperienceLibrary | None = None,
    profile: str | Tuning | None = None,
    settings: Settings | None = None,
    confirm: bool = False,
    meant: Formulation | None = None,
) -> AsyncIterator[Part]:
    """The events of a run as they happen, and last its `Solution`; the arguments and errors of `solve`.

    With `confirm` the run of a session stops before it solves, and the stream ends with a `Proposal`: the run goes on
    with ``astream(None, session=..., meant=...)``, where `meant` is a formulation of the proposal or an edited one.
    """
    settings = settings or configuration.load()
    if not 1 <= samples <= 99:
        raise QuestionError(f"samples is {samples}; take a number from 1 to 99")
    if not 0 < time_limit < float("inf"):
        raise QuestionError(f"time_limit is {time_limit}; give positive seconds")
    if question is None and session is None:
        raise QuestionError("there is no question; give one, or the session to go on with")
    if (confirm or meant is not None) and session is None:
        raise QuestionError("a run that stops to be confirmed is gone on with by its session; name one")
    tables = load_tables(data)
    jail = shared(allow_weak=settings.allow_weak_sandbox)
    tuning = profile if isinstance(profile, Tuning) else tuning_of(profile, settings)
    plan = Plan(
        samples=samples,
        time_limit_s=time_limit,
        roads=_roads(jail, settings),
        budget=budget or Budget(),
        max_repairs=tuning.max_repairs,
        threshold=tuning.threshold,
        tuning=tuning,
        confirm=confirm,
    )
    start: RunState | None = None
    if question is not None:
        digest = tables.digest
        notes = (*_notes(tables), *_jail_notes(jail, settings))
        start = RunState(question=clean(question), plan=plan, data_digest=digest, notes=notes)
    async with AsyncExitStack() as stack:
        saver, state, thread = None, start, ""
        if session is not None:
            sessions, thread = Sessions(settings.state_dir), check_name(session)
            saver = await stack.enter_async_context(sessions.saver())
            if start is None:
                state, is_over = await sessions.last_state(saver, thread)
                tables = sessions.tables(state.data_digest)
                if is_over:
                    yield Solution(state, tables)
                    return
            else:
                await asyncio.to_thread(sessions.save, thread, tables)
        assert state is not None  # from the question or from the session
        chat = await asyncio.to_thread(connect, settings, RichProgress()) if model is None else model
        limits = budget or state.plan.budget
        meter = Meter(chat, limits, spent=state.ledger, elapsed_s=state.elapsed_s)
        advisor = library if library is not None else await asyncio.to_thread(library_of, settings)
        deps = Deps(meter, tables, jail, advisor, Workbench(tables), service=settings.service)
        if meant is not None:
            await asyncio.to_thread(deps.workbench.built, meant)  # faults are the caller's to see
        async for part in run(start, deps, saver, thread, meant):
            yield Solution(part, tables) if isinstance(part, RunState) else part


def _roads(jail: Sandbox, settings: Settings) -> tuple[Any, ...]:
    """The roads that are open here: programs only where they can be held."""
    is_held = jail.tier.is_strong or settings.allow_weak_sandbox
    return ("formulation", "code") if is_held else ("formulation",)


def _jail_notes(jail: Sandbox, settings: Settings) -> tuple[str, ...]:
    """What a user must know who allowed a weak sandbox."""
    if jail.tier.is_strong or not settings.allow_weak_sandbox:
        return ()
    return (f"written programs may run in a weak sandbox here, as was allowed: {jail.tier.text}",)


def _notes(tables: Tables) -> tuple[str, ...]:
    return tuple(note for table in tables.values() for note in table.notes)


def blocking(work: Coroutine[Any, Any, Result]) -> Result:
    """The result of `work`, also where the caller is inside a running event loop, such as a notebook's."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    queue: SimpleQueue[Any] = SimpleQueue()

    async def pump() -> None:
        queue.put(await work)

    thread = _LoopThread(pump(), queue)
    thread.start()
    try:
        result = queue.get()
    finally:
        thread.cancel()
    if isinstance(result, BaseException):
        raise result
    return result  # type: ignore[no-any-return]


class _LoopThread:
    """Runs a coroutine in a thread of its own; its exception, then None, are put into the queue."""

    def __init__(self, work: Coroutine[Any, Any, None], queue: SimpleQueue[Any]) -> None:
        self._work, self._queue = work, queue
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._main, name="optwright", daemon=True)

    def start(self) -> None:
        self._task = self._loop.create_task(self._work)
        self._thread.start()

    def cancel(self) -> None:
        """Stop the work, if it still runs, and wait for its end."""
        if self._task is not None and self._thread.is_alive():
            with suppress(RuntimeError):  # the work has just ended and its loop is closed
                self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join()

    def _main(self) -> None:
        try:
            assert self._task is not None  # start came first
            self._loop.run_until_complete(self._task)
        except BaseException as error:
            self._queue.put(error)
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()
            self._queue.put(None)
