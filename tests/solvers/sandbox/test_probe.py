import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from solvers.sandbox import Layers, Tier, bubblewrap, probe

FULL = Layers(machine="x86_64", rlimits=True, seccomp=True, landlock_abi=7, bubblewrap="/usr/bin/bwrap")


@pytest.mark.parametrize(
    ("without", "tier"),
    [
        ({}, Tier.A),
        ({"bubblewrap": None}, Tier.B),
        ({"landlock_abi": 0}, Tier.C),
        ({"landlock_abi": 1, "bubblewrap": None}, Tier.B),
        ({"seccomp": False}, Tier.D),
        ({"rlimits": False}, Tier.D),
    ],
)
def test_the_tier_follows_from_the_layers(without, tier):
    assert replace(FULL, **without).tier is tier


PROBE_WITHOUT = """
import ctypes, struct, sys, json
call, argument = int(sys.argv[1]), int(sys.argv[2])
load, deny, allow = (0x20, 0, 0, 0), (6, 0, 0, 0x50001), (6, 0, 0, 0x7FFF0000)
code = [load, (0x15, 0, 3, call), (0x20, 0, 0, 16), (0x15, 0, 1, argument), deny, allow]
if argument < 0:
    code = [load, (0x15, 0, 1, call), deny, allow]
class Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))
body = b"".join(struct.pack("=HBBI", *instruction) for instruction in code)
program = Program(len(code), body)
libc = ctypes.CDLL(None, use_errno=True)
zero = ctypes.c_ulong(0)
assert libc.prctl(38, ctypes.c_ulong(1), zero, zero, zero) == 0
assert libc.prctl(22, ctypes.c_ulong(2), ctypes.byref(program), zero, zero) == 0
from solvers.sandbox import probe
found = probe()
print(json.dumps([found.tier.value, found.reasons]))
"""


def probe_without(call, argument=-1):
    """The tier in a process in which one system call (with one first argument) is denied."""
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", PROBE_WITHOUT, str(call), str(argument)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=True)
    tier, reasons = json.loads(done.stdout)
    return tier, reasons


@pytest.mark.jail
@pytest.mark.skipif(probe().machine != "x86_64", reason="the numbers of the denied calls are those of x86_64")
@pytest.mark.skipif(not probe().tier.is_strong, reason="there must be a layer to take away")
@pytest.mark.parametrize(
    ("call", "argument", "tier", "layer"),
    [
        (444, -1, "C", "landlock"),
        (446, -1, "C", "landlock"),
        (157, 22, "D", "seccomp"),
        (126, -1, "D", "seccomp"),
    ],
)
def test_the_probe_notices_a_missing_layer(call, argument, tier, layer):
    found, reasons = probe_without(call, argument)
    assert found == tier
    assert "hold" not in reasons[layer]


@pytest.mark.jail
def test_a_bubblewrap_that_does_not_work_is_not_counted(monkeypatch, tmp_path):
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho setting up uid map: Permission denied >&2; exit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(bubblewrap, "find", lambda: str(broken))
    found = probe.__wrapped__()
    assert found.bubblewrap is None
    assert "uid map" in found.reasons["bubblewrap"]
    assert found.tier is not Tier.A


def test_every_layer_has_a_reason():
    assert {"landlock", "seccomp", "bubblewrap"} <= set(probe().reasons)


def test_every_tier_says_what_it_does_not_promise():
    assert all(tier.text.endswith(".") for tier in Tier)
