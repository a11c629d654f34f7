"""Long work beside the questions: learning, evolving, benchmarks. It goes on when a browser is closed.

Each job has a thread and an event loop of its own, since libraries and run folders are read and written as it goes.
What a job has done is on disk before it tells of it; a job that is gone, with the process or by being stopped, is
gone on with from there.
"""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from agent.errors import UserError
from ui.desk import Desk
from ui.presenters import told
from ui.stopping import Stoppable

MOST_AT_WORK = 4
"""Of all users together; each has workers of its own, and the cores are shared."""
_log = logging.getLogger(__name__)


@dataclass
class Job(Stoppable):
    """One piece of long work.

    Attributes:
        name: what its folder or its entry in the library's journal is called.
        total: how many results there will be; None where that is not known.
        lines: what came of each part, in words; it only grows.
        score: where it stands as a whole, in words.
        note: what goes on outside the parts, such as a download.
        error: why it ended before its time.
    """

    name: str
    total: int | None = None
    lines: list[str] = field(default_factory=list)
    score: str = ""
    note: str = ""
    error: str = ""
    _ended: threading.Event = field(default_factory=threading.Event)

    @property
    def is_over(self) -> bool:
        """Whether it has ended, well or not."""
        return self._ended.is_set()

    def wait(self, timeout_s: float) -> bool:
        """Whether it has ended, after so many seconds at most."""
        return self._ended.wait(timeout_s)


Work = Callable[[Job], Awaitable[None]]


class Jobs:
    """The jobs of all users of this process; one at a time under a name."""

    def __init__(self) -> None:
        """Begins without any."""
        self._jobs: dict[tuple[Path, str], Job] = {}
        self._lock = threading.Lock()

    def of(self, desk: Desk, name: str) -> Job | None:
        """The job of a name, at work or ended since this process began; None where there was none."""
        return self._jobs.get((desk.settings.state_dir, name))

    def begin(self, desk: Desk, job: Job, work: Work) -> Job:
        """The job, at work.

        Raises:
            UserError: it is at work already, or too many others are.
        """
        key = desk.settings.state_dir, job.name
        with self._lock:
            busy = {other for other, one in self._jobs.items() if not one.is_over}
            if key in busy:
                raise UserError(f"{job.name} is at work already, maybe in another tab")
            if len(busy) >= MOST_AT_WORK:
                raise UserError(f"{len(busy)} long runs are at work here; wait until one ends, or stop one")
            self._jobs[key] = job
        threading.Thread(target=_run, args=(job, work), name=f"optwright-job-{job.name}", daemon=True).start()
        return job

    def close(self) -> None:
        """Stop every job, and wait until all have ended."""
        for job in self._jobs.values():
            job.stop()
        for job in self._jobs.values():
            job.wait(threading.TIMEOUT_MAX)


def _run(job: Job, work: Work) -> None:
    async def entered() -> None:
        job.enter()
        await work(job)

    try:
        asyncio.run(entered())
    except asyncio.CancelledError:
        pass  # it was stopped; what was done is kept
    except Exception as error:
        _log.debug("a job failed", exc_info=error)
        job.error = told(error)
    finally:
        job._ended.set()
