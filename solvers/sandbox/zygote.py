"""The server: imports the libraries once, then forks a child for each job, which starts in milliseconds.

It never solves anything, so that the children inherit no threads and no solver state, and it never reads what
jobs produce. It is started as a fresh process (``python -I``) and never forked from the caller, whose memory
holds keys.
"""

import contextlib
import gc
import importlib
import os
import resource
import selectors
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from solvers.sandbox import worker
from solvers.sandbox.libc import PR_SET_DUMPABLE, PR_SET_PDEATHSIG, prctl
from solvers.sandbox.wire import MOST_DESCRIPTORS, START, Configuration, Exit, prefixed, receive_json

PRELOADED = ("pyomo.environ", "pyomo.repn.standard_repn", "numpy", "highspy", "pyscipopt")
OPEN_FILES = 1024
_LINUX = sys.platform == "linux"


@dataclass(slots=True)
class _Server:
    control: socket.socket
    configuration: Configuration
    functions: dict[str, worker.JobFunction]
    missing: dict[str, str]
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    jobs: dict[int, socket.socket] = field(default_factory=dict)

    def serve(self) -> None:
        """Starts, kills and reports on jobs until the client goes away; then kills what is left."""
        wakeup = _child_signals()
        self.selector.register(self.control, selectors.EVENT_READ, self._start)
        self.selector.register(wakeup, selectors.EVENT_READ, lambda: self._reap(wakeup))
        try:
            while True:
                for key, _ in self.selector.select():
                    # An event of this round may belong to a job that an earlier event has ended.
                    if self.selector.get_map().get(key.fd) is key:
                        key.data()
        except EOFError:
            for pid in self.jobs:
                _kill(pid)

    def _start(self) -> None:
        message, descriptors, _, _ = socket.recv_fds(self.control, 1, MOST_DESCRIPTORS)
        if message != START:
            raise EOFError("the client has gone")
        *job, status = descriptors
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError:
            # The client takes the closing of the status socket for the loss of the job.
            for descriptor in descriptors:
                os.close(descriptor)
            return
        if pid == 0:
            worker.run_job(worker.Descriptors(*job), parent, self.configuration, self.functions, self.missing)
        for descriptor in job:
            os.close(descriptor)
        self.jobs[pid] = sock = socket.socket(fileno=status)
        self.selector.register(sock, selectors.EVENT_READ, lambda: self._kill_job(pid))

    def _kill_job(self, pid: int) -> None:
        """Called when the client has closed its side: it has had enough of the job, or it is gone."""
        self.selector.unregister(self.jobs[pid])
        _kill(pid)

    def _reap(self, wakeup: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            wakeup.recv(4096)
        while self.jobs:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            sock = self.jobs.pop(pid)
            with contextlib.suppress(KeyError):
                self.selector.unregister(sock)
            with contextlib.suppress(OSError):
                sock.sendall(_exit(status, usage).pack())
            sock.close()


def main(control_fd: int) -> None:
    """Runs the server on an inherited socket until the client closes it."""
    control = socket.socket(fileno=control_fd)
    control.set_inheritable(False)
    if _LINUX:
        prctl("PR_SET_PDEATHSIG", PR_SET_PDEATHSIG, signal.SIGKILL)
        prctl("PR_SET_DUMPABLE", PR_SET_DUMPABLE, 0)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    configuration = Configuration.from_json(receive_json(control))
    for name in PRELOADED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    sys.modules["pyarrow"] = None  # type: ignore[assignment]  # pandas would import it, and it starts a thread
    functions, missing = _load(configuration.targets)
    threads = _thread_count()
    if threads != 1:
        raise RuntimeError(
            f"the server has {threads} threads; a library started some on import, so forks may hang"
        )
    gc.collect()
    gc.freeze()
    control.sendall(prefixed({"pid": os.getpid(), "missing": missing}))
    _Server(control, configuration, functions, missing).serve()


def _load(targets: dict[str, str]) -> tuple[dict[str, worker.JobFunction], dict[str, str]]:
    """The functions of the kinds that exist, and for the others the reason."""
    functions: dict[str, Callable[[bytes], bytes]] = {}
    missing: dict[str, str] = {}
    for kind, target in targets.items():
        module, _, function = target.partition(":")
        try:
            functions[kind] = getattr(importlib.import_module(module), function)
        except Exception as error:  # A broken back end must not take the others with it.
            missing[kind] = f"{target} cannot be loaded: {type(error).__name__}: {error}"
    return functions, missing


def _child_signals() -> socket.socket:
    """A socket that becomes readable when a child ends."""
    reader, writer = socket.socketpair()
    reader.setblocking(False)
    writer.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writer.detach(), warn_on_full_buffer=False)
    return reader


def _kill(pid: int) -> None:
    """Ends a job that has not been reaped yet, so that its number still belongs to it."""
    for end in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            end(pid, signal.SIGKILL)


def _exit(status: int, usage: resource.struct_rusage) -> Exit:
    unit = 1024 if _LINUX else 1
    return Exit(os.waitstatus_to_exitcode(status), usage.ru_maxrss * unit, usage.ru_utime + usage.ru_stime)


def _thread_count() -> int:
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.exists() else 1
