"""Runs jobs: the deadline, the caps on what is read, and what the end of a job means."""

import contextlib
import math
import os
import signal
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from solvers.sandbox.errors import SandboxProtocolError, SandboxUnavailable
from solvers.sandbox.exchange import Exchange, OnOutput, Stop
from solvers.sandbox.layers import Layers, Tier
from solvers.sandbox.outcome import Outcome, Status
from solvers.sandbox.policy import Policy
from solvers.sandbox.probe import probe
from solvers.sandbox.registry import MORE_ENGINES, REGISTRY, Registry
from solvers.sandbox.server import Server
from solvers.sandbox.wire import DETAIL_LIMIT, Exit, FrameKind, Header, unpack_frame

JOBS_PER_SERVER = 500
"""A fresh server now and then, so that nothing can build up in one."""

_STOPPED = {
    Stop.CANCELLED: Status.CANCELLED,
    Stop.DEADLINE: Status.TIMEOUT,
    Stop.OUTPUT: Status.OUTPUT,
    Stop.RESULT: Status.OVERSIZE,
}
_FRAMES = {
    FrameKind.RESULT: Status.OK,
    FrameKind.ERROR: Status.FAILED,
    FrameKind.OUT_OF_MEMORY: Status.MEMORY,
    FrameKind.REFUSED: Status.REFUSED,
}


class Sandbox:
    """Runs jobs of the registered kinds in confined processes; safe to use from several threads at once.

    The server process starts with the first job, is replaced after a crash and after some hundreds of jobs,
    and ends with ``close``, with the ``with`` block, or with this process.
    """

    def __init__(
        self,
        *,
        allow_weak: bool = False,
        registry: Registry | None = None,
        layers: Layers | None = None,
        jobs_per_server: int = JOBS_PER_SERVER,
    ) -> None:
        """Nothing is started yet.

        Args:
            allow_weak: Run untrusted kinds although this machine reaches only tier C or D.
            registry: The kinds of jobs; default: the fixed registry of this package.
            layers: What to confine jobs by; default: all that this machine has, found by trying.
            jobs_per_server: Jobs after which the server process is replaced.
        """
        self._allow_weak = allow_weak
        self._registry = REGISTRY if registry is None else registry
        self._given_layers = layers
        self._jobs_per_server = jobs_per_server
        self._lock = threading.Lock()
        self._server: Server | None = None
        self._users: dict[Server, int] = {}

    @property
    def layers(self) -> Layers:
        """What jobs are confined by."""
        return self._given_layers or probe()

    @property
    def tier(self) -> Tier:
        """How well untrusted code is held here."""
        return self.layers.tier

    def run(
        self,
        kind: str,
        payload: bytes,
        policy: Policy | None = None,
        cancelled: threading.Event | None = None,
        on_output: OnOutput | None = None,
    ) -> Outcome:
        """Runs one job to its end.

        Args:
            kind: A registered kind.
            payload: Handed to the kind's function.
            policy: The job's limits; default: ``Policy()``.
            cancelled: Set from another thread, it stops the job within a tenth of a second.
            on_output: Gets what the job prints, as it comes.

        Returns:
            How the job ended; whatever the job does, this is an outcome and not an exception.

        Raises:
            SandboxUnavailable: The kind is untrusted and this machine's tier is weak, or the server does not
            start. SandboxProtocolError: The kind does not exist, or an untrusted kind was given a scratch
            folder.
        """
        policy = policy or Policy()
        self._check(kind, policy)
        if len(payload) > policy.payload_limit_bytes:
            return Outcome(
                status=Status.REFUSED,
                detail=f"The payload has {len(payload)} bytes, the limit is {policy.payload_limit_bytes}.",
                tier=self.tier,
            )
        with self._borrowed_server() as server:
            return self._run_on(server, kind, payload, policy, cancelled, on_output)

    def close(self) -> None:
        """Ends the server and its jobs; a later ``run`` starts a new one."""
        with self._lock:
            servers, self._server = list(self._users), None
            self._users.clear()
        for server in servers:
            server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check(self, kind: str, policy: Policy) -> None:
        job = self._registry.get(kind)
        if job is None:
            raise SandboxProtocolError(
                f"There is no job kind {kind!r}; known: {', '.join(sorted(self._registry))}."
            )
        if policy.scratch is not None and not policy.scratch.is_dir():
            raise SandboxProtocolError(f"The scratch folder {policy.scratch} does not exist.")
        if job.trusted:
            return
        if policy.scratch is not None:
            raise SandboxProtocolError(
                f"Job kind {kind!r} runs untrusted code; it cannot have a scratch folder."
            )
        if not (self.tier.is_strong or self._allow_weak):
            reasons = " ".join(self.layers.reasons.values())
            raise SandboxUnavailable(
                f"Untrusted code needs sandbox tier A or B, this machine reaches {self.tier.value}. "
                f"{self.tier.text} {reasons} "
                "Run `optwright doctor`, or accept the risk with --allow-weak-sandbox."
            )

    @contextlib.contextmanager
    def _borrowed_server(self) -> Iterator[Server]:
        """A live server, which is not closed while it is borrowed."""
        with self._lock:
            server = self._current_server()
            self._users[server] += 1
            server.jobs_started += 1
        try:
            yield server
        finally:
            self._give_back(server)

    def _give_back(self, server: Server) -> None:
        with self._lock:
            if server not in self._users:
                return  # `close` has taken it.
            self._users[server] -= 1
            if server is self._server or self._users[server]:
                return
            del self._users[server]
        server.close()

    def _current_server(self) -> Server:
        """The server for the next job, replaced if it died or served its time; call it under the lock."""
        old = self._server
        if old is not None and old.is_usable and old.is_alive and old.jobs_started < self._jobs_per_server:
            return old
        self._server = None
        if old is not None and self._users[old] == 0:
            del self._users[old]
            old.close()
        if not hasattr(os, "fork"):
            raise SandboxUnavailable(
                "The sandbox forks processes, which this system cannot; use Linux, macOS or WSL."
            )
        targets = {name: kind.target for name, kind in self._registry.items()}
        self._server = Server(targets, self.layers, _packages(self._registry))
        self._users[self._server] = 0
        return self._server

    def _run_on(
        self,
        server: Server,
        kind: str,
        payload: bytes,
        policy: Policy,
        cancelled: threading.Event | None,
        on_output: OnOutput | None,
    ) -> Outcome:
        header = Header(kind, len(payload), policy.scratch is not None, policy)
        called = time.monotonic()
        last = math.inf if policy.total_limit_s is None else called + policy.total_limit_s
        if not server.wait_until_ready(last, cancelled):
            is_cancelled = cancelled is not None and cancelled.is_set()
            return Outcome(status=Status.CANCELLED if is_cancelled else Status.STARTING, tier=self.tier)
        started = time.monotonic()
        with Exchange(header.pack() + payload, policy, on_output) as exchange:
            try:
                exchange.hand_to(server)
                exchange.run_until(min(started + policy.time_limit_s, last), cancelled)
            except (BrokenPipeError, ConnectionError):
                pass  # The server died before it took the job: no exit was reported.
            if exchange.is_stuck:
                server.kill()
            status, detail, result = _judge(exchange, policy)
            if status is Status.LOST:
                server.is_usable = False
            code = exchange.exit.code if exchange.exit else 0
            return Outcome(
                status=status,
                result=result,
                detail=detail,
                stdout=exchange.output_tail,
                seconds=time.monotonic() - started,
                exit_signal=-code if code < 0 else None,
                max_rss_bytes=exchange.exit.max_rss_bytes if exchange.exit else 0,
                tier=self.tier,
            )


def _judge(exchange: Exchange, policy: Policy) -> tuple[Status, str, bytes]:
    """What the end of a job means, with a detail and the result; a frame counts only after a clean exit."""
    if exchange.stop is not None:
        return _STOPPED[exchange.stop], "", b""
    if exchange.exit is None:
        return Status.LOST, "", b""
    if exchange.exit.code < 0:
        return _judge_signal(exchange.exit, policy), "", b""
    if exchange.exit.code > 0:
        return Status.PROTOCOL, f"The process ended with exit code {exchange.exit.code}.", b""
    try:
        kind, body = unpack_frame(exchange.result)
    except ValueError as error:
        return Status.PROTOCOL, f"Its answer is malformed: {error}.", b""
    status = _FRAMES[kind]
    if status is Status.OK:
        return status, "", body
    return status, body[:DETAIL_LIMIT].decode(errors="replace"), b""


def _judge_signal(end: Exit, policy: Policy) -> Status:
    if -end.code == signal.SIGXCPU:
        return Status.TIMEOUT
    if -end.code == signal.SIGKILL:
        # The parent did not do it: either the hard processor limit did, or the kernel for want of memory.
        return Status.TIMEOUT if end.cpu_s >= policy.cpu_limit_s else Status.MEMORY
    return Status.CRASHED


def _packages(registry: Registry) -> list[str]:
    """The top-level packages of the kinds' functions; this one always, for the server itself."""
    return list(dict.fromkeys(["solvers", *(kind.package for kind in registry.values())]))


_shared: dict[tuple[bool, bool], Sandbox] = {}
_shared_lock = threading.Lock()


def shared(*, allow_weak: bool = False) -> Sandbox:
    """The sandbox of this process, made on first use; in weak tiers it refuses untrusted code unless allowed."""
    return _made(allow_weak, is_for_more=False)


def shared_engines(kind: str) -> Sandbox:
    """The sandbox of this process that runs a kind of engine, made on first use."""
    return _made(False, is_for_more=kind in MORE_ENGINES)


def close_shared() -> None:
    """Ends all sandboxes of this process and their jobs."""
    with _shared_lock:
        sandboxes = list(_shared.values())
    for sandbox in sandboxes:
        sandbox.close()


def _made(allow_weak: bool, *, is_for_more: bool) -> Sandbox:
    key = (allow_weak, is_for_more)
    with _shared_lock:
        if key not in _shared:
            registry = MORE_ENGINES if is_for_more else REGISTRY
            _shared[key] = Sandbox(allow_weak=allow_weak, registry=registry)
        return _shared[key]
