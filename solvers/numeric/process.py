"""Worker processes from outside: started when needed, killed at the deadline or on request, replaced afterwards."""

import contextlib
import json
import os
import selectors
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from typing import IO, Protocol

from solvers.numeric.errors import Refused, Stopped, WorkerLost
from solvers.numeric.wire import Reply, Solved, Task, Told
from solvers.sandbox import paths

START_LIMIT_S = 60.0
GRACE_S = 3.0
"""Seconds between the search's own limit and the kill: time to hand over the best point."""
COMPILE_GRACE_S = 30.0
"""Besides that, seconds for compiling, which cannot be interrupted from within."""
POLL_S = 0.05
_PACKAGES = ("solvers", "jax", "optimistix", "casadi", "pydantic")
_BOOT = (
    "import sys; sys.path[:0] = [p for p in sys.argv[1:] if p not in sys.path]; from {} import main; main()"
)
ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "JAX_ENABLE_X64": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "PJRT_NPROC": "1",
}
"""The worker's whole environment: no keys; one BLAS thread, since two on a busy machine made factorizations a hundred
times slower; and one of XLA's, which spends a third more of the processor on handing small steps from thread to
thread."""


def usable_cores() -> int:
    """How many processes of this machine may share one search, with workers that end with their parent."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1


def started(module: str, *, stdin: int, stdout: int, stderr: int | IO[bytes]) -> subprocess.Popen[bytes]:
    """A process that runs `main` of a module, with the environment of workers."""
    return subprocess.Popen(
        [sys.executable, "-I", "-B", "-c", _BOOT.format(module), *paths.import_paths(_PACKAGES)],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env=ENVIRONMENT,
        start_new_session=True,
    )


class _End(Protocol):
    def fileno(self) -> int: ...


_ends: weakref.WeakSet[_End] = weakref.WeakSet()


def let_go_in_forks(end: _End) -> None:
    """Do not let a fork of this process hold a worker's line open: it ends when nobody does."""
    _ends.add(end)


def _let_go() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for end in _ends:
        with contextlib.suppress(OSError, ValueError):  # it may be closed
            os.dup2(nothing, end.fileno(), inheritable=False)
    os.close(nothing)


os.register_at_fork(after_in_child=_let_go)


class WorkerProcess:
    """One worker; it runs one task at a time and keeps what it has compiled."""

    def __init__(self) -> None:
        """Nothing is started yet."""
        self._process: subprocess.Popen[bytes] | None = None
        self._printed: IO[bytes] | None = None
        self._buffer = b""
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Of the running process."""
        return None if self._process is None else self._process.pid

    def run(
        self,
        task: Task,
        *,
        on_progress: Callable[[Told], None] | None = None,
        cancelled: threading.Event | None = None,
    ) -> list[Solved]:
        """The result of each model of a task; as `answer`."""
        reply = self.answer(task, on_progress=on_progress, cancelled=cancelled)
        assert reply.results is not None
        return reply.results

    def answer(
        self,
        task: Task,
        *,
        on_progress: Callable[[Told], None] | None = None,
        cancelled: threading.Event | None = None,
    ) -> Reply:
        """The last reply to a task: results of its models, or of its fit.

        Raises:
            Refused: a model cannot be solved as it stands.
            Stopped: at the deadline, or when `cancelled` was set.
            WorkerLost: the process ended by itself.
        """
        with self._lock:
            self._start(cancelled)
            limit = min(options.time_limit_s for options in task.options)
            deadline = time.monotonic() + limit + GRACE_S + COMPILE_GRACE_S
            self._send(task)
            while True:
                reply = self._reply(deadline, cancelled)
                if reply.progress is not None and on_progress is not None:
                    on_progress(reply.progress)
                if reply.error is not None:
                    raise Refused(reply.error)
                if reply.is_final:
                    return reply

    def close(self) -> None:
        """End the process; a later `run` starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()
        if self._printed is not None:
            self._printed.close()
            self._printed = None
        self._buffer = b""

    def _start(self, cancelled: threading.Event | None) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        self._printed = tempfile.TemporaryFile()  # noqa: SIM115, closed with the process
        self._process = started(
            "solvers.numeric.worker", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._printed
        )
        assert self._process.stdin is not None
        let_go_in_forks(self._process.stdin)
        self._reply(time.monotonic() + START_LIMIT_S, cancelled)

    def _send(self, task: Task) -> None:
        assert self._process is not None and self._process.stdin is not None
        try:
            self._process.stdin.write(task.model_dump_json().encode() + b"\n")
            self._process.stdin.flush()
        except (BrokenPipeError, ConnectionError):
            raise self._lost() from None

    def _reply(self, deadline: float, cancelled: threading.Event | None) -> Reply:
        """The next line of the process."""
        assert self._process is not None and self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._buffer:
                if cancelled is not None and cancelled.is_set():
                    self.close()
                    raise Stopped(is_deadline=False)
                if time.monotonic() >= deadline:
                    self.close()
                    raise Stopped(is_deadline=True)
                if selector.select(POLL_S):
                    chunk = os.read(self._process.stdout.fileno(), 1 << 20)
                    if not chunk:
                        raise self._lost()
                    self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        return Reply.model_validate(json.loads(line))

    def _lost(self) -> WorkerLost:
        """The error for a process that has ended, with the end of what it printed."""
        assert self._process is not None
        code, said = self._process.wait(), ""
        if self._printed is not None:
            self._printed.seek(0)
            said = self._printed.read()[-400:].decode(errors="replace").strip()
        self.close()
        cause = "was killed, perhaps for want of memory" if code == -9 else f"ended with code {code}"
        return WorkerLost(f"the worker process {cause}; send the job again, or a smaller one. {said}".strip())


_shared: dict[int, WorkerProcess] = {}


def shared_worker() -> WorkerProcess:
    """The worker of this process, started on first use; one that was forked has none of its parent's."""
    return _shared.setdefault(os.getpid(), WorkerProcess())
