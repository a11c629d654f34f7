"""Landlock: the kernel's own file, TCP and signal rules for a process, without privileges.

A ruleset names the rights that are handled, thereby denied everywhere, and the folders where some are given
back. Kernels know different versions (ABI) of it; what an older one lacks is covered by the seccomp filter.
Landlock does not cover metadata: ``stat`` of any path works.
"""

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

from solvers.sandbox.libc import syscall

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_CREATE_RULESET_VERSION = 1
_RULE_PATH_BENEATH = 1

_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_REMOVE_FILE, _MAKE_DIR, _MAKE_REG, _REMOVE_DIR = 1 << 5, 1 << 7, 1 << 8, 1 << 4
_TRUNCATE = 1 << 14

_FILE_RIGHTS_BY_ABI = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF, 5: 0xFFFF}
_LAST_FILE_ABI = max(_FILE_RIGHTS_BY_ABI)
_NET_BIND_AND_CONNECT_TCP = 0b11
_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11

_READ = _READ_FILE | _READ_DIR
_READ_WRITE = _READ | _WRITE_FILE | _REMOVE_FILE | _REMOVE_DIR | _MAKE_DIR | _MAKE_REG | _TRUNCATE
_RIGHTS_OF_A_FILE = _READ_FILE | _WRITE_FILE | _TRUNCATE


class _RulesetAttribute(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def abi_version() -> int:
    """The version of Landlock in this kernel.

    Raises:
        OSError: The kernel has no Landlock, or it is switched off.
    """
    return syscall("landlock_create_ruleset", _CREATE_RULESET, None, 0, _CREATE_RULESET_VERSION)


def restrict(readable: Iterable[str], *, abi: int, scratch_fd: int | None = None) -> None:
    """Confines this process to reading some folders; ``no_new_privs`` must be set before.

    Args:
        readable: Folders or files that may be read, with all below; those that do not exist are left out.
        abi: The version to use, at most the kernel's.
        scratch_fd: A folder that may be read and written, with all below.

    Raises:
        OSError: A step failed; the process is not confined.
    """
    handled = _FILE_RIGHTS_BY_ABI[min(abi, _LAST_FILE_ABI)]
    attribute = _RulesetAttribute(
        handled_access_fs=handled,
        handled_access_net=_NET_BIND_AND_CONNECT_TCP if abi >= 4 else 0,
        scoped=_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS if abi >= 6 else 0,
    )
    # An older kernel refuses a longer structure than it knows.
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    ruleset = syscall("landlock_create_ruleset", _CREATE_RULESET, ctypes.byref(attribute), size, 0)
    for path in readable:
        _allow_path(ruleset, path, _READ & handled)
    if scratch_fd is not None:
        _allow(ruleset, scratch_fd, _READ_WRITE & handled)
    syscall("landlock_restrict_self", _RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _allow_path(ruleset: int, path: str, rights: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # A missing folder needs no right.
    try:
        _allow(ruleset, fd, rights if Path(path).is_dir() else rights & _RIGHTS_OF_A_FILE)
    finally:
        os.close(fd)


def _allow(ruleset: int, fd: int, rights: int) -> None:
    rule = _PathBeneath(allowed_access=rights, parent_fd=fd)
    syscall("landlock_add_rule", _ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), 0)
