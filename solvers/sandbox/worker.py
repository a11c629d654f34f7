"""One job: the forked child, from its first instruction to ``os._exit``.

The child must never return into the server's loop: a job that runs there would be the server.
"""

import contextlib
import io
import json
import os
import resource
import signal
import struct
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import NamedTuple, NoReturn

from solvers.sandbox.confine import confine
from solvers.sandbox.libc import PR_SET_PDEATHSIG, prctl
from solvers.sandbox.wire import DETAIL_LIMIT, Configuration, FrameKind, Header, pack_frame

JobFunction = Callable[[bytes], bytes]


class Descriptors(NamedTuple):
    """The open files that a job gets; ``scratch`` is a folder."""

    payload: int
    result: int
    output: int
    scratch: int | None = None


def run_job(
    given: Descriptors,
    server_pid: int,
    configuration: Configuration,
    functions: Mapping[str, JobFunction],
    missing: Mapping[str, str],
) -> NoReturn:
    """Confines this freshly forked process, runs the job, writes its frame and ends the process."""
    code = 1
    try:
        _detach(server_pid)
        _keep_only(given)
        header = _read_header(given.payload)
        frame = _answer(
            header, given, configuration, functions.get(header.kind), missing.get(header.kind, "")
        )
        _write_all(given.result, frame)
        _flush()
        code = 0
    except BaseException:
        with contextlib.suppress(Exception):
            traceback.print_exc()
    finally:
        os._exit(code)


def _detach(server_pid: int) -> None:
    """Leaves the server's session and makes sure that the job ends when the server does."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    os.setsid()
    if sys.platform == "linux":
        prctl("PR_SET_PDEATHSIG", PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != server_pid:
            os._exit(1)


def _keep_only(given: Descriptors) -> None:
    """Prints into the job's pipe, and closes all open files but the job's: other jobs' among them."""
    os.dup2(given.output, 1)
    os.dup2(given.output, 2)
    kept = sorted({0, 1, 2, given.payload, given.result, *([] if given.scratch is None else [given.scratch])})
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    for low, high in zip(kept, [*kept[1:], most], strict=True):
        os.closerange(low + 1, high)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace", line_buffering=True)


def _answer(
    header: Header,
    given: Descriptors,
    configuration: Configuration,
    function: JobFunction | None,
    reason: str,
) -> bytes:
    if function is None:
        return pack_frame(FrameKind.REFUSED, (reason or f"There is no job kind {header.kind!r}.").encode())
    scratch = given.scratch if header.has_scratch else None
    try:
        if scratch is not None:
            os.fchdir(scratch)
        _refresh_libraries()
        confine(header.policy, configuration.layers, readable=configuration.readable, scratch_fd=scratch)
    except Exception as error:
        return pack_frame(FrameKind.REFUSED, f"A sandbox layer failed: {error}"[:DETAIL_LIMIT].encode())
    try:
        payload = _read_exactly(given.payload, header.payload_bytes)
        os.close(given.payload)
        return pack_frame(FrameKind.RESULT, function(payload))
    except MemoryError:
        return pack_frame(FrameKind.OUT_OF_MEMORY, b"")
    except BaseException as error:
        with contextlib.suppress(Exception):
            traceback.print_exc()
        return pack_frame(FrameKind.ERROR, f"{type(error).__name__}: {error}"[:DETAIL_LIMIT].encode())


def _refresh_libraries() -> None:
    """Gives this process its own random numbers and HiGHS threads; it inherited the server's."""
    if (numpy_random := sys.modules.get("numpy.random")) is not None:
        numpy_random.seed()
    if (highspy := sys.modules.get("highspy")) is not None:
        highspy.Highs.resetGlobalScheduler(True)


def _read_header(descriptor: int) -> Header:
    (length,) = struct.unpack("!Q", _read_exactly(descriptor, 8))
    return Header.from_json(json.loads(_read_exactly(descriptor, length)))


def _read_exactly(descriptor: int, count: int) -> bytes:
    with os.fdopen(descriptor, "rb", buffering=0, closefd=False) as stream:
        data = bytearray(count)
        view = memoryview(data)
        position = 0
        while position < count:
            read = stream.readinto(view[position:])
            if not read:
                raise EOFError(f"the client sent {position} of {count} bytes")
            position += read
    view.release()
    return bytes(data)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
