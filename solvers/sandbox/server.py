"""The client's side of one server process: starting it, handing it jobs, ending it."""

import atexit
import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence

from solvers.sandbox import bubblewrap, paths
from solvers.sandbox.errors import SandboxUnavailable
from solvers.sandbox.layers import Layers
from solvers.sandbox.wire import START, Configuration, receive_json

START_LIMIT_S = 60.0
"""Importing Pyomo takes half a second; on a cold disk under load it has taken ten."""

CANCEL_PERIOD_S = 0.1
"""How often what can be cancelled is looked at."""

PRINTED_LIMIT = 2_000
"""The end of what the server prints, kept for the error message; jobs print into their own pipes."""

_BOOT = (
    "import sys; sys.path[:0] = [p for p in sys.argv[2:] if p not in sys.path]; "
    "from solvers.sandbox.zygote import main; main(int(sys.argv[1]))"
)

ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # ortools imports pandas, which imports pyarrow if it is there
}
"""The server's whole environment: no keys, and one thread, since a process with more cannot fork safely."""


class Server:
    """A server process, which may still be starting.

    Attributes:
        jobs_started: How many jobs it was given.
        is_usable: False once it was killed or has lost a job; it may still be dying then.
    """

    def __init__(self, targets: dict[str, str], layers: Layers, packages: Sequence[str]) -> None:
        """Starts the process; it is ready some time later (see `wait_until_ready`).

        Args:
            targets: The function of each job kind, as ``module:function``.
            layers: What the jobs are confined by; with bubblewrap, the server itself runs inside it.
            packages: Top-level packages in which the functions live.

        Raises:
            SandboxUnavailable: There is no such program.
        """
        self._folder = tempfile.mkdtemp(prefix="optwright-sandbox-")
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._printed = b""
        self._process: subprocess.Popen[bytes] | None = None
        self.jobs_started = 0
        self.is_usable = True
        readable = paths.readable_paths(packages)
        command = _command(theirs.fileno(), layers, packages, readable)
        atexit.register(self.close)
        self._launch(command, theirs)
        self._is_ready = threading.Event()
        self._failure: Exception | None = None
        configuration = Configuration(targets, layers, readable)
        self._greeter = threading.Thread(target=self._greet, args=(configuration,), daemon=True)
        self._greeter.start()

    def wait_until_ready(self, deadline: float, cancelled: threading.Event | None = None) -> bool:
        """Whether it is ready by the deadline (of ``time.monotonic``) and before it is cancelled.

        Raises:
            SandboxUnavailable: The process did not start; the text carries the end of what it printed.
        """
        while not self._is_ready.is_set():
            left = deadline - time.monotonic()
            if left <= 0 or (cancelled is not None and cancelled.is_set()):
                return False
            self._is_ready.wait(min(left, START_LIMIT_S if cancelled is None else CANCEL_PERIOD_S))
        if self._failure is None:
            return True
        self.kill()
        self.close()
        printed = self._printed.decode(errors="replace").strip()
        raise SandboxUnavailable(
            f"The sandbox's server did not start ({self._failure}). It printed: {printed!r}"
        ) from self._failure

    def _greet(self, configuration: Configuration) -> None:
        """Tells the process what to load, and waits until it says that it has."""
        try:
            self._control.settimeout(START_LIMIT_S)
            self._control.sendall(configuration.pack())
            receive_json(self._control)
            self._control.settimeout(None)
        except (OSError, EOFError) as error:
            self._failure = error
        finally:
            self._is_ready.set()

    def _launch(self, command: list[str], theirs: socket.socket) -> None:
        """Starts the process from a thread that lives as long as the process.

        Both bubblewrap and the server ask the kernel to be killed when their parent ends, and the kernel
        takes the parent's starting thread for it.
        """
        started = threading.Event()
        failures: list[OSError] = []

        def run() -> None:
            try:
                with theirs:
                    self._process = subprocess.Popen(
                        command,
                        env=ENVIRONMENT,
                        cwd=self._folder,
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.STDOUT,
                        pass_fds=[theirs.fileno()],
                        start_new_session=True,
                    )
            except OSError as error:
                failures.append(error)
                return
            finally:
                started.set()
            self._follow(self._process)

        self._thread = threading.Thread(target=run, name="sandbox-server", daemon=True)
        self._thread.start()
        started.wait()
        if failures:
            self.close()
            raise SandboxUnavailable(f"The sandbox's server did not start: {failures[0]}") from failures[0]

    def _follow(self, process: subprocess.Popen[bytes]) -> None:
        """Keeps the end of what the server prints, until the server ends."""
        assert process.stdout is not None
        with process.stdout as stream:
            while chunk := stream.read1(PRINTED_LIMIT):  # type: ignore[attr-defined]
                self._printed = (self._printed + chunk)[-PRINTED_LIMIT:]
        process.wait()

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process is not None and self._process.poll() is None

    def start_job(self, descriptors: Sequence[int]) -> None:
        """Hands over a new job's descriptors, the status socket last.

        Raises:
            OSError: The server is gone.
        """
        with self._lock:
            socket.send_fds(self._control, [START], descriptors)

    def kill(self) -> None:
        """Ends the process and with it all of its jobs."""
        self.is_usable = False
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """Lets the process end by itself, which kills the jobs that it still has, and cleans up."""
        atexit.unregister(self.close)
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        self._greeter.join()
        self._control.close()
        self._thread.join(timeout=2.0)
        if self._thread.is_alive():
            self.kill()
            self._thread.join()
        shutil.rmtree(self._folder, ignore_errors=True)


def _command(control_fd: int, layers: Layers, packages: Sequence[str], readable: Sequence[str]) -> list[str]:
    command = [sys.executable, "-I", "-B", "-c", _BOOT, str(control_fd), *paths.import_paths(packages)]
    if layers.bubblewrap is None:
        return command
    return bubblewrap.wrap(
        layers.bubblewrap, command, [*paths.interpreter_paths(), *readable], environment=ENVIRONMENT
    )
