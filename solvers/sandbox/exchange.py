"""The parent's side of a running job: feeds it, reads within the caps, has it killed at the deadline."""

import contextlib
import os
import selectors
import socket
import threading
import time
from collections.abc import Callable
from enum import Enum, auto
from types import TracebackType
from typing import Self

from solvers.sandbox.policy import Policy
from solvers.sandbox.server import CANCEL_PERIOD_S, Server
from solvers.sandbox.wire import EXIT_SIZE, FRAME_OVERHEAD, Exit

OUTPUT_TAIL_BYTES = 16 * 1024
"""What is kept of the printed text: an error and its traceback stand at the end."""

KILL_GRACE_S = 5.0
"""A killed process was gone after 7 ms; a server that does not report it for so long has failed itself."""

_CHUNK = 1 << 16
OnOutput = Callable[[bytes], None]


class Stop(Enum):
    """Why the parent had the job killed."""

    CANCELLED = auto()
    DEADLINE = auto()
    OUTPUT = auto()
    RESULT = auto()


class Exchange:
    """The pipes of one job, closed with the ``with`` block.

    Attributes:
        result: What came through the result pipe, one byte over the cap at most.
        exit: How the process ended, or ``None`` if the server was lost before it could say.
        stop: Why the job was killed, or ``None`` if it ended by itself.
        is_stuck: Whether the server failed to report the end of a killed job.
    """

    def __init__(self, payload: bytes, policy: Policy, on_output: OnOutput | None = None) -> None:
        """Opens the pipes; ``payload`` includes the header, ``on_output`` gets what the job prints as it comes."""
        self._policy = policy
        self._on_output = on_output
        self._unsent = memoryview(payload)
        self._open: set[int] = set()
        self._selector = selectors.DefaultSelector()
        self._status, self._their_status = socket.socketpair()
        their_payload, self._payload = self._pipe()
        self._result_pipe, their_result = self._pipe()
        self._output_pipe, their_output = self._pipe()
        self._theirs = [their_payload, their_result, their_output]
        if policy.scratch is not None:
            scratch = os.open(policy.scratch, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            self._open.add(scratch)
            self._theirs.append(scratch)
        self.result = bytearray()
        self.exit: Exit | None = None
        self.stop: Stop | None = None
        self.is_stuck = False
        self._output = bytearray()
        self._output_bytes = 0
        self._report = b""
        self._is_over = False
        self._killed_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._selector.close()
        self._status.close()
        self._their_status.close()
        for descriptor in self._open:
            os.close(descriptor)

    @property
    def output_tail(self) -> str:
        """The end of what the job printed."""
        return self._output.decode(errors="replace")

    def hand_to(self, server: Server) -> None:
        """Starts the job.

        Raises:
            OSError: The server is gone.
        """
        server.start_job([*self._theirs, self._their_status.fileno()])
        self._their_status.close()
        for descriptor in self._theirs:
            self._close(descriptor)

    def run_until(self, deadline: float, cancelled: threading.Event | None = None) -> None:
        """Serves the job until it has ended; it is killed at the deadline (of ``time.monotonic``) or if cancelled."""
        self._status.setblocking(False)
        for descriptor, events, action in (
            (self._payload, selectors.EVENT_WRITE, self._feed),
            (self._result_pipe, selectors.EVENT_READ, self._read_result),
            (self._output_pipe, selectors.EVENT_READ, self._read_output),
            (self._status.fileno(), selectors.EVENT_READ, self._read_status),
        ):
            if descriptor != self._status.fileno():
                os.set_blocking(descriptor, False)
            self._selector.register(descriptor, events, action)
        while self._selector.get_map():
            # Once the process has ended, what it wrote is there; nothing is waited for.
            timeout = 0.0 if self._is_over else max(0.0, deadline - time.monotonic())
            ready = self._selector.select(timeout if cancelled is None else min(timeout, CANCEL_PERIOD_S))
            for key, _ in ready:
                if self._selector.get_map().get(key.fd) is key:
                    key.data()
            if self._is_over and not ready:
                return
            if cancelled is not None and cancelled.is_set() and not self._is_over:
                self._kill(Stop.CANCELLED)
            if not self._is_over and time.monotonic() >= deadline:
                if self.stop is not None:
                    self.is_stuck = True
                    return
                self._kill(Stop.DEADLINE)
            if self.stop is not None and not self._is_over:
                deadline = self._killed_at + KILL_GRACE_S

    def _kill(self, reason: Stop) -> None:
        """Asks the server to kill the job; only the report of its end is read from here on."""
        if self.stop is not None:
            return
        self.stop = reason
        self._killed_at = time.monotonic()
        for descriptor in (self._payload, self._result_pipe, self._output_pipe):
            self._close(descriptor)
        with contextlib.suppress(OSError):
            self._status.shutdown(socket.SHUT_WR)

    def _feed(self) -> None:
        try:
            self._unsent = self._unsent[os.write(self._payload, self._unsent[: 1 << 20]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._unsent = memoryview(b"")  # The job ended without reading it all; its exit says why.
        if not self._unsent:
            self._close(self._payload)

    def _read_result(self) -> None:
        limit = self._policy.result_limit_bytes + FRAME_OVERHEAD
        data = self._read(self._result_pipe)
        self.result += data[: limit + 1 - len(self.result)]
        if len(self.result) > limit:
            self._kill(Stop.RESULT)

    def _read_output(self) -> None:
        data = self._read(self._output_pipe)
        self._output_bytes += len(data)
        if self._on_output is not None and data:
            self._on_output(data)
        self._output += data
        del self._output[:-OUTPUT_TAIL_BYTES]
        if self._output_bytes > self._policy.output_limit_bytes:
            self._kill(Stop.OUTPUT)

    def _read_status(self) -> None:
        try:
            data = self._status.recv(EXIT_SIZE - len(self._report))
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        self._report += data
        if len(self._report) == EXIT_SIZE:
            self.exit = Exit.unpack(self._report)
        if self.exit is not None or not data:
            self._is_over = True
            self._selector.unregister(self._status)

    def _read(self, descriptor: int) -> bytes:
        try:
            data = os.read(descriptor, _CHUNK)
        except BlockingIOError:
            return b""
        if not data:
            self._close(descriptor)
        return data

    def _pipe(self) -> tuple[int, int]:
        reader, writer = os.pipe()
        self._open |= {reader, writer}
        return reader, writer

    def _close(self, descriptor: int) -> None:
        if descriptor not in self._open:
            return
        self._open.discard(descriptor)
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(descriptor)
        os.close(descriptor)
