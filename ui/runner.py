"""Turns answered in the background: they go on when a browser is closed, and can be watched and stopped.

All runs share one event loop in a thread of its own, which never waits for the database: whoever holds its lock may
be another run of the same loop. What came of a turn is written by the run, not by a page.
"""

import asyncio
import logging
import threading
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from pathlib import Path

from agent.data import Tables
from agent.errors import SessionError
from agent.events import NodeEvent
from agent.formulation.model import Formulation
from agent.turns import Answer, Turn
from ui.answering import answered
from ui.desk import Desk
from ui.presenters import told
from ui.stopping import Stoppable

SIDE_BY_SIDE = 6
"""Runs at work at once; more wait for their turn, since each has a solver and the cores are shared."""
_log = logging.getLogger(__name__)


@dataclass
class Run(Stoppable):
    """One turn on its way to an answer; one that is stopped leaves its turn open, to be gone on with.

    Attributes:
        events: what the run told so far; it only grows.
        note: what goes on outside the nodes, such as a download.
        is_waiting: whether it has not begun, since others are at work.
    """

    session: str
    position: int
    turn: Turn
    events: list[NodeEvent] = field(default_factory=list)
    note: str = ""
    is_waiting: bool = True
    _future: "Future[None] | None" = None

    def wait(self, timeout_s: float) -> None:
        """Returns when it has ended, or the time is over."""
        assert self._future is not None  # set before anyone else sees the run
        wait([self._future], timeout=timeout_s)


class Runner:
    """The runs of all users of this process; one at a time for each session."""

    def __init__(self) -> None:
        """Starts the thread that they share."""
        self._runs: dict[tuple[Path, str], Run] = {}
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._gate = asyncio.Semaphore(SIDE_BY_SIDE)
        self._thread = threading.Thread(target=self._main, name="optwright-runs", daemon=True)
        self._thread.start()

    def _main(self) -> None:
        self._loop.run_forever()
        self._loop.close()

    def run_of(self, desk: Desk, session: str) -> Run | None:
        """The run that a session is at; None where it is at rest."""
        return self._runs.get(_key(desk, session))

    def begin(self, desk: Desk, title: str, turn: Turn, tables: Tables | None = None) -> Run:
        """Begin to answer the first turn of a new session, which is named after a title.

        The name is chosen and taken in one step: two who ask the same at the same time get a session each.

        Raises:
            SessionError: the session cannot be kept.
        """
        with self._lock:
            return self._asked(desk, desk.free_name(title), turn, tables)

    def ask(self, desk: Desk, session: str, turn: Turn, tables: Tables | None = None) -> Run:
        """Begin to answer a further turn of a session.

        Raises:
            SessionError: the session is at work already, or cannot be kept.
        """
        with self._lock:
            return self._asked(desk, session, turn, tables)

    def _asked(self, desk: Desk, session: str, turn: Turn, tables: Tables | None) -> Run:
        self._refuse_if_busy(desk, session)
        if tables is not None:
            desk.sessions.save(session, tables)
            turn = turn.model_copy(update={"data_digest": tables.digest if tables else ""})
        desk.adopted(session)
        position = desk.turns.add(session, turn)
        return self._start(desk, Run(session, position, turn))

    def go_on(self, desk: Desk, session: str) -> Run:
        """Begin again where a session's last turn was left, because it was stopped or failed.

        Raises:
            SessionError: the session is at work already, or nothing is left to do.
        """
        with self._lock:
            self._refuse_if_busy(desk, session)
            turns = desk.turns.of(session)
            if not turns or (turns[-1].answer is not None and not turns[-1].answer.error):
                raise SessionError(f"nothing is left to do in session `{session}`; ask something")
            turn = turns[-1].model_copy(update={"answer": None})
            return self._start(desk, Run(session, len(turns) - 1, turn))

    def confirm(self, desk: Desk, session: str, formulation: Formulation) -> Run:
        """Go on with the formulation that is meant, where a session's last turn stopped for it.

        Raises:
            SessionError: the session is at work already.
        """
        with self._lock:
            self._refuse_if_busy(desk, session)
            turns = desk.turns.of(session)
            turn = turns[-1].model_copy(update={"answer": None, "formulation": formulation})
            desk.turns.close(session, len(turns) - 1, turn)
            return self._start(desk, Run(session, len(turns) - 1, turn))

    def _refuse_if_busy(self, desk: Desk, session: str) -> None:
        if self.run_of(desk, session) is not None:
            raise SessionError(
                "this session is at work, maybe in another tab; wait for its answer, or stop it"
            )

    def _start(self, desk: Desk, run: Run) -> Run:
        self._runs[_key(desk, run.session)] = run
        run._future = asyncio.run_coroutine_threadsafe(self._work(desk, run), self._loop)
        return run

    async def _work(self, desk: Desk, run: Run) -> None:
        try:
            run.enter()
            async with self._gate:
                run.is_waiting = False
                answer = await answered(desk, run.session, run.position, run.turn, run)
            await asyncio.to_thread(self._keep, desk, run, answer)
        except asyncio.CancelledError:
            raise  # the turn stays without an answer, so that it can be gone on with
        except Exception as error:
            _log.debug("a run failed", exc_info=error)
            answer = Answer(text=told(error), error=type(error).__name__)
            await asyncio.to_thread(self._keep, desk, run, answer)
        finally:
            self._runs.pop(_key(desk, run.session), None)

    @staticmethod
    def _keep(desk: Desk, run: Run, answer: Answer) -> None:
        try:
            desk.turns.close(run.session, run.position, run.turn.model_copy(update={"answer": answer}))
        except SessionError as error:  # such as a full disk; the checkpoints let the turn be gone on with
            _log.warning("an answer could not be kept: %s", error)

    def close(self) -> None:
        """Stop every run, and the thread with them."""
        for run in list(self._runs.values()):
            run.stop()
        asyncio.run_coroutine_threadsafe(_others(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


async def _others() -> None:
    """Returns when every other task of the loop has ended."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()
    await asyncio.get_running_loop().shutdown_default_executor()


def _key(desk: Desk, session: str) -> tuple[Path, str]:
    return desk.settings.state_dir, session
