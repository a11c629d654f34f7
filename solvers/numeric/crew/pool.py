"""The workers that take shares of a search from many starts: started when first needed, and kept for later ones."""

import atexit
import logging
import os
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from solvers.arrays import pack, unpack
from solvers.numeric.cache import Program
from solvers.numeric.errors import WorkerLost
from solvers.numeric.process import let_go_in_forks, started

_logger = logging.getLogger(__name__)
_STOP_LIMIT_S = 10
"""Seconds after which a worker that stops in the midst of a message counts as lost."""


class LaneWorker:
    """One worker process, of one run at a time. Nobody waits until it is ready: what is not yet lent is done here."""

    def __init__(self) -> None:
        """Starts the process, which takes seconds to import JAX."""
        ours, theirs = socket.socketpair()
        for way in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):
            ours.setsockopt(socket.SOL_SOCKET, way, struct.pack("@ll", _STOP_LIMIT_S, 0))
        self._link: Connection[bytes, bytes] = Connection(ours.detach())
        let_go_in_forks(self._link)
        with theirs:
            self._process = started(
                "solvers.numeric.crew.worker",
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        self._is_busy = True
        self._programs: set[str] = set()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def is_open(self) -> bool:
        """Whether it lives, and can be used."""
        return not self._link.closed and self._process.poll() is None

    def has(self, program: Program) -> bool:
        """Whether it holds a program, which it is sent if need be, as soon as it has started."""
        try:
            if self._is_busy and not self._link.poll():
                return False
            if self._is_busy:
                self.heard(0.0)
                self._is_busy = False
            if program.name in self._programs:
                return True
            self.tell({"entry": np.frombuffer(program.entry(), np.uint8)}, load=program.name)
        except (WorkerLost, OSError):
            self.close()
            return False
        self._programs.add(program.name)
        self._is_busy = True
        return False

    def tell(self, arrays: Mapping[str, np.ndarray], **told: Any) -> None:
        """Send a request; raises WorkerLost."""
        try:
            self._link.send_bytes(pack(arrays, told))
        except OSError as error:
            raise self._lost(error) from None

    def heard(self, patience_s: float) -> dict[str, np.ndarray]:
        """What it tells next; it is killed where that takes longer, and WorkerLost raised."""
        try:
            if not self._link.poll(max(0.0, patience_s)):
                raise TimeoutError(f"it was silent for {patience_s:.0f} s")
            return unpack(self._link.recv_bytes())[0]
        except (EOFError, OSError, ValueError) as error:
            raise self._lost(error) from None

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        self._link.close()

    def _lost(self, error: Exception) -> WorkerLost:
        self.close()
        return WorkerLost(f"a process that shared a search was lost: {error}")


class Crew:
    """Workers of this process."""

    def __init__(self) -> None:
        """Nothing is started yet."""
        self._idle: list[LaneWorker] = []
        self._lent = 0
        self._lock = threading.Lock()

    @contextmanager
    def lent(self, count: int) -> Iterator[list[LaneWorker]]:
        """Up to so many workers, for one run; fewer while other threads have some."""
        with self._lock:
            self._idle = [worker for worker in self._idle if worker.is_open]
            self._start(count - self._lent - len(self._idle))
            workers, self._idle = self._idle[:count], self._idle[count:]
            self._lent += len(workers)
        try:
            yield workers
        except BaseException:  # they may be at steps that nobody will ask for
            for worker in workers:
                worker.close()
            raise
        finally:
            with self._lock:
                self._lent -= len(workers)
                self._idle += [worker for worker in workers if worker.is_open]

    def _start(self, count: int) -> None:
        try:
            self._idle += [LaneWorker() for _ in range(count)]
        except OSError as error:  # of memory or processes there are too few: the search does without
            _logger.warning("no process can be started to share a search: %s", error)

    def close(self) -> None:
        """End the workers that are not lent."""
        with self._lock:
            for worker in self._idle:
                worker.close()
            self._idle.clear()


_crews: dict[int, Crew] = {}


def shared_crew() -> Crew:
    """The workers of this process; one that was forked has none of its parent's."""
    return _crews.setdefault(os.getpid(), Crew())


atexit.register(lambda: shared_crew().close())
