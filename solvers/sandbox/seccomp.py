"""The system call filter: a small BPF program that the kernel runs before each call of the job.

Denied calls answer EPERM, so that a program meets an ordinary error. Calls that came into the kernel after
the tables were reviewed answer ENOSYS, as does ``clone3``: its flags lie in memory, where a filter cannot
look, and the C library then falls back to ``clone``. A call made for another architecture kills the process.
"""

import ctypes
import errno
import os
import struct
from dataclasses import dataclass

from solvers.sandbox.libc import PR_SET_DUMPABLE, PR_SET_PDEATHSIG, PR_SET_SECCOMP, prctl
from solvers.sandbox.syscalls import ARCHITECTURES, DENIED, FILTERED, LAST_REVIEWED, number

_MODE_FILTER = 2
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_CLONE_THREAD = 0x00010000

_LOAD, _JUMP_EQUAL, _JUMP_GREATER, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
_ALLOW = 0x7FFF0000
_DENY = 0x00050000 | errno.EPERM
_ABSENT = 0x00050000 | errno.ENOSYS
_KILL = 0x80000000

_OFFSET_NUMBER, _OFFSET_ARCHITECTURE, _OFFSET_ARGUMENTS = 0, 4, 16

_TIOCSTI, _TIOCLINUX, _FIOSETOWN, _SIOCSPGRP = 0x5412, 0x541C, 0x8901, 0x8902
_F_SETOWN, _F_SETSIG, _F_SETOWN_EX = 8, 10, 15
_PR_SET_PTRACER = 0x59616D61

_FORBIDDEN_FIRST_OR_SECOND: dict[str, tuple[int, tuple[int, ...]]] = {
    # Typing into a terminal; naming another process as receiver of this one's I/O signals, which kills
    # without `kill`.
    "ioctl": (1, (_TIOCSTI, _TIOCLINUX, _FIOSETOWN, _SIOCSPGRP)),
    "fcntl": (1, (_F_SETOWN, _F_SETSIG, _F_SETOWN_EX)),
    # Outliving the server, and opening this process to tracers.
    "prctl": (0, (PR_SET_PDEATHSIG, PR_SET_DUMPABLE, _PR_SET_PTRACER)),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


@dataclass(frozen=True, slots=True)
class _Instruction:
    code: int
    value: int
    if_true: int = 0
    if_false: int = 0

    def pack(self) -> bytes:
        return struct.pack("=HBBI", self.code, self.if_true, self.if_false, self.value)


def is_supported(machine: str) -> bool:
    """Whether there is a table of calls for this architecture."""
    return machine in ARCHITECTURES


def apply(machine: str) -> None:
    """Filters the calls of this process for good; it needs ``no_new_privs`` and a single thread.

    Raises:
        OSError: The kernel refused; the process is not filtered.
    """
    code = build(machine, os.getpid())
    program = _Program(len(code) // 8, code)
    prctl("PR_SET_SECCOMP", PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program))


def build(machine: str, own_pid: int) -> bytes:
    """The filter as BPF machine code.

    Args:
        machine: Architecture by its ``platform.machine()`` name.
        own_pid: The one process that may be signalled.
    """
    program = [
        _Instruction(_LOAD, _OFFSET_ARCHITECTURE),
        _Instruction(_JUMP_EQUAL, _AUDIT_ARCH[machine], 1, 0),
        _Instruction(_RETURN, _KILL),
        _Instruction(_LOAD, _OFFSET_NUMBER),
        # The x32 calls of x86_64 carry a high bit, so that they end here as well.
        _Instruction(_JUMP_GREATER, LAST_REVIEWED, 0, 1),
        _Instruction(_RETURN, _ABSENT),
    ]
    for name in DENIED:
        if (call := number(DENIED, name, machine)) is not None:
            program += _for_call(call, [_Instruction(_RETURN, _DENY)])
    for name, rule in _argument_rules(own_pid).items():
        call = number(FILTERED, name, machine)
        assert call is not None, f"{name} exists on every architecture"
        program += _for_call(call, rule)
    program.append(_Instruction(_RETURN, _ALLOW))
    return b"".join(instruction.pack() for instruction in program)


def _argument_rules(own_pid: int) -> dict[str, list[_Instruction]]:
    only_self = _only_if_equal(0, (own_pid,))
    rules = {
        "clone": [
            _load_argument(0),
            _Instruction(_JUMP_ANY_BIT, _CLONE_THREAD, 1, 0),
            _Instruction(_RETURN, _DENY),
            _Instruction(_RETURN, _ALLOW),
        ],
        "clone3": [_Instruction(_RETURN, _ABSENT)],
        "kill": only_self,
        "tgkill": only_self,
        "rt_sigqueueinfo": only_self,
        "prlimit64": _read_own_limits(own_pid),
    }
    for name, (position, values) in _FORBIDDEN_FIRST_OR_SECOND.items():
        rules[name] = _unless_equal(position, values)
    return rules


def _for_call(call: int, rule: list[_Instruction]) -> list[_Instruction]:
    """The rule, reached only by this call; it returns, so the number stays loaded for the next."""
    return [_Instruction(_JUMP_EQUAL, call, 0, len(rule)), *rule]


def _load_argument(position: int, *, high: bool = False) -> _Instruction:
    # Both architectures are little-endian: the low half comes first.
    return _Instruction(_LOAD, _OFFSET_ARGUMENTS + 8 * position + (4 if high else 0))


def _only_if_equal(position: int, values: tuple[int, ...]) -> list[_Instruction]:
    return _compare(position, values, matched=_ALLOW, otherwise=_DENY)


def _unless_equal(position: int, values: tuple[int, ...]) -> list[_Instruction]:
    return _compare(position, values, matched=_DENY, otherwise=_ALLOW)


def _compare(position: int, values: tuple[int, ...], *, matched: int, otherwise: int) -> list[_Instruction]:
    """Compares the low half only: the kernel itself reads these arguments as 32-bit numbers."""
    rule = [_load_argument(position)]
    for value in values:
        rule += [_Instruction(_JUMP_EQUAL, value, 0, 1), _Instruction(_RETURN, matched)]
    return [*rule, _Instruction(_RETURN, otherwise)]


def _read_own_limits(own_pid: int) -> list[_Instruction]:
    """Allows ``prlimit64`` for this process without new limits: root could raise them again."""
    return [
        _load_argument(0),
        _Instruction(_JUMP_EQUAL, 0, 2, 0),
        _Instruction(_JUMP_EQUAL, own_pid, 1, 0),
        _Instruction(_RETURN, _DENY),
        _load_argument(2),
        _Instruction(_JUMP_EQUAL, 0, 1, 0),
        _Instruction(_RETURN, _DENY),
        _load_argument(2, high=True),
        _Instruction(_JUMP_EQUAL, 0, 1, 0),
        _Instruction(_RETURN, _DENY),
        _Instruction(_RETURN, _ALLOW),
    ]
