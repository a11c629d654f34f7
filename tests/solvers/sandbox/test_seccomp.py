"""The filter as machine code, run by a small interpreter: both architectures are tested on either."""

import errno
import re
import struct
from pathlib import Path

import pytest

from solvers.sandbox.seccomp import build
from solvers.sandbox.syscalls import ARCHITECTURES, DENIED, FILTERED, LAST_REVIEWED, number

ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
OWN = 4242
ALLOW, KILL = 0x7FFF0000, 0x80000000
DENY, ABSENT = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}


def answer(machine, call, *arguments, arch=None):
    data = struct.pack(
        "<IIQ6Q", call, ARCH[machine] if arch is None else arch, 0, *arguments, *[0] * (6 - len(arguments))
    )
    code = build(machine, OWN)
    program = [struct.unpack_from("=HBBI", code, at) for at in range(0, len(code), 8)]
    loaded, at = 0, 0
    while True:
        operation, if_true, if_false, value = program[at]
        at += 1
        if operation == 0x20:
            (loaded,) = struct.unpack_from("<I", data, value)
        elif operation == 0x06:
            return value
        else:
            holds = {0x15: loaded == value, 0x25: loaded > value, 0x45: bool(loaded & value)}[operation]
            at += if_true if holds else if_false


machines = pytest.mark.parametrize("machine", ARCHITECTURES)


@machines
def test_denied_calls_are_denied(machine):
    calls = [call for name in DENIED if (call := number(DENIED, name, machine)) is not None]
    assert len(calls) > 100
    assert {answer(machine, call) for call in calls} == {DENY}


@machines
def test_everything_else_is_allowed_and_the_unknown_is_absent(machine):
    named = {number(table, name, machine) for table in (DENIED, FILTERED) for name in table}
    assert {answer(machine, call) for call in range(LAST_REVIEWED + 1) if call not in named} == {ALLOW}
    assert answer(machine, LAST_REVIEWED + 1) == ABSENT
    assert answer(machine, 0x40000000 | 59) == ABSENT, "the x32 way around the table"


@machines
def test_another_architecture_is_killed(machine):
    assert answer(machine, 1, arch=0x40000003) == KILL


@machines
@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("clone", (17,), DENY),
        ("clone", (0x3D0F00,), ALLOW),
        ("clone3", (0,), ABSENT),
        ("kill", (OWN, 9), ALLOW),
        ("kill", (OWN + 1, 9), DENY),
        ("kill", (0, 9), DENY),
        ("kill", (2**64 - 1, 9), DENY),
        ("kill", (2**64 - OWN, 9), DENY),
        ("tgkill", (OWN, 1, 6), ALLOW),
        ("tgkill", (1, 1, 6), DENY),
        ("prlimit64", (0, 7, 0, 1), ALLOW),
        ("prlimit64", (OWN, 7, 0, 1), ALLOW),
        ("prlimit64", (0, 7, 1, 0), DENY),
        ("prlimit64", (0, 7, 1 << 32, 0), DENY),
        ("prlimit64", (1, 7, 0, 1), DENY),
        ("ioctl", (0, 0x5401), ALLOW),
        ("ioctl", (0, 0x5412), DENY),
        ("ioctl", (0, (1 << 32) | 0x5412), DENY),
        ("fcntl", (0, 3), ALLOW),
        ("fcntl", (0, 8), DENY),
        ("prctl", (15,), ALLOW),
        ("prctl", (1,), DENY),
        ("prctl", (4, 1), DENY),
    ],
)
def test_calls_are_judged_by_their_arguments(machine, name, arguments, expected):
    assert answer(machine, number(FILTERED, name, machine), *arguments) == expected


@machines
def test_the_numbers_are_those_of_the_kernel_headers(machine):
    header = HEADERS[machine]
    if not header.exists():
        pytest.skip(f"no kernel headers at {header}")
    text = header.read_text()
    known = {name: int(value) for name, value in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", text)}
    table = DENIED | FILTERED
    wrong = {n: known[n] for n in table if n in known and number(table, n, machine) not in (None, known[n])}
    assert not wrong
    assert len(known.keys() & table.keys()) > 100
