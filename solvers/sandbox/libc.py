"""The few C library calls that Python does not offer, each raising ``OSError`` that names the call."""

import ctypes
import functools
import os

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38

_SYS_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITY_VERSION_3 = 0x20080522


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def syscall(name: str, number: int, *args: object) -> int:
    """The result of a system call.

    Args:
        name: For the error message.
        number: Of the call, on this architecture.
        args: Passed as C longs, so that no upper half is left undefined.

    Raises:
        OSError: The call failed.
    """
    converted = [ctypes.c_long(arg) if isinstance(arg, int) else arg for arg in args]
    result = int(_libc().syscall(ctypes.c_long(number), *converted))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
    return result


def prctl(name: str, option: int, *args: object) -> None:
    """Sets a property of this process; the missing arguments are zero, as the kernel demands.

    Raises:
        OSError: The call failed.
    """
    converted = [ctypes.c_ulong(arg) if isinstance(arg, int) else arg for arg in args]
    padding = [ctypes.c_ulong(0)] * (4 - len(converted))
    if _libc().prctl(ctypes.c_int(option), *converted, *padding) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"prctl {name}: {os.strerror(code)}")


def drop_capabilities(machine: str) -> None:
    """Gives up every capability, so that root is bound by the limits like anybody.

    Raises:
        OSError: The kernel refused.
    """
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    syscall("capset", _SYS_CAPSET[machine], ctypes.byref(header), ctypes.byref(nothing))
