"""The throw-away process of ``probe``: applies each layer to a forked child and looks whether it holds."""

import json
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from solvers.sandbox import landlock, limits, seccomp
from solvers.sandbox.libc import PR_SET_NO_NEW_PRIVS, drop_capabilities, prctl, syscall
from solvers.sandbox.policy import GIB
from solvers.sandbox.syscalls import DENIED, number

_CLONE_NEWUSER = 0x10000000


class Finding(NamedTuple):
    """Whether a layer holds (for Landlock its version), and how that was found."""

    works: int
    reason: str


def main() -> None:
    """Prints the findings as JSON."""
    findings = {
        "rlimits": _in_child(_try_limits, "Resource limits hold."),
        "seccomp": _in_child(_try_seccomp, "The system call filter holds."),
        "landlock": _try_landlock(),
        "userns": _in_child(_try_user_namespace, "Unprivileged user namespaces work."),
    }
    print(json.dumps({name: finding._asdict() for name, finding in findings.items()}))


def _in_child(trial: Callable[[], None], success: str) -> Finding:
    """Runs a trial, which raises if the layer does not hold, in a process of its own."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            trial()
            code = 0
        except Exception as error:
            os.write(writer, str(error).encode()[:500])
        finally:
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        reason = stream.read().decode(errors="replace")
    _, status = os.waitpid(pid, 0)
    if status == 0:
        return Finding(1, success)
    return Finding(0, f"{reason or f'The trial ended with status {status}'}.")


def _try_limits() -> None:
    limits.apply(cpu_limit_s=5, memory_limit_bytes=GIB, file_limit_bytes=0)
    try:
        bytearray(2 * GIB)
    except MemoryError:
        return
    raise RuntimeError("the memory limit does not hold")


def _try_seccomp() -> None:
    machine = platform.machine()
    if not seccomp.is_supported(machine):
        raise RuntimeError(f"there is no table of system calls for the architecture {machine}")
    prctl("PR_SET_NO_NEW_PRIVS", PR_SET_NO_NEW_PRIVS, 1)
    drop_capabilities(machine)
    seccomp.apply(machine)
    os.pipe()  # An ordinary call must still work.
    for name, attempt in (("fork", os.fork), ("setsid", os.setsid)):
        try:
            attempt()
        except PermissionError:
            continue
        raise RuntimeError(f"{name} was not denied")


def _try_landlock() -> Finding:
    try:
        abi = landlock.abi_version()
    except OSError as error:
        return Finding(
            0, f"The kernel offers no Landlock ({error}); Linux 5.13 or later with `lsm=landlock`."
        )

    def trial() -> None:
        prctl("PR_SET_NO_NEW_PRIVS", PR_SET_NO_NEW_PRIVS, 1)
        _list_root()
        landlock.restrict([], abi=abi)
        try:
            _list_root()
        except PermissionError:
            return
        raise RuntimeError("a folder outside of the rules could be listed")

    finding = _in_child(trial, f"Landlock version {abi} holds.")
    return finding._replace(works=abi if finding.works else 0)


def _list_root() -> list[Path]:
    return list(Path("/").iterdir())


def _try_user_namespace() -> None:
    syscall("unshare", number(DENIED, "unshare", platform.machine()) or 0, _CLONE_NEWUSER)
