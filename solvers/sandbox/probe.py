"""Finds out which layers this machine really has, by trying them in a throw-away process."""

import functools
import json
import os
import platform
import subprocess
import sys
from typing import Any

from solvers.sandbox import bubblewrap, paths
from solvers.sandbox.layers import Layers
from solvers.sandbox.server import ENVIRONMENT

PROBE_LIMIT_S = 20.0

_BOOT = "import sys; sys.path[:0] = sys.argv[1:]; from solvers.sandbox.trial import main; main()"
_NOT_LINUX = "Linux only; on this system untrusted code needs a Linux machine, container or WSL."


@functools.cache
def probe() -> Layers:
    """The layers of this machine; tried once in a process's life, in about 0.1 s."""
    machine = platform.machine()
    if sys.platform != "linux":
        has_rlimits = hasattr(os, "fork")
        reasons = dict.fromkeys(("landlock", "seccomp", "bubblewrap"), _NOT_LINUX)
        return Layers(machine=machine, rlimits=has_rlimits, reasons=reasons)
    command = [sys.executable, "-I", "-B", "-c", _BOOT, *paths.import_paths(["solvers"])]
    found = _run(command)
    wrapper, reason = _try_bubblewrap(command)
    return Layers(
        machine=machine,
        rlimits=bool(found["rlimits"]["works"]),
        seccomp=bool(found["seccomp"]["works"]),
        landlock_abi=found["landlock"]["works"],
        userns=bool(found["userns"]["works"]),
        bubblewrap=wrapper,
        reasons={name: entry["reason"] for name, entry in found.items()} | {"bubblewrap": reason},
    )


def _run(command: list[str]) -> dict[str, dict[str, Any]]:
    nothing = {name: {"works": False, "reason": ""} for name in ("rlimits", "seccomp", "landlock", "userns")}
    try:
        done = subprocess.run(
            command,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROBE_LIMIT_S,
            check=True,
        )
        found: dict[str, dict[str, Any]] = json.loads(done.stdout)
        return nothing | found
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        reason = f"The trial process failed: {error}."
        return {name: entry | {"reason": reason} for name, entry in nothing.items()}


def _try_bubblewrap(command: list[str]) -> tuple[str | None, str]:
    """A bubblewrap in which Landlock and seccomp still work, or the reason why there is none."""
    found = bubblewrap.find()
    if found is None:
        return None, "bubblewrap is not installed; install the package `bubblewrap` for tier A."
    readable = [*paths.interpreter_paths(), *paths.readable_paths(["solvers"])]
    wrapped = bubblewrap.wrap(found, command, readable, ENVIRONMENT)
    try:
        done = subprocess.run(
            wrapped, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, timeout=PROBE_LIMIT_S
        )
    except (OSError, subprocess.SubprocessError) as error:
        return None, f"bubblewrap at {found} does not run: {error}."
    if done.returncode != 0:
        printed = done.stderr.decode(errors="replace").strip()[-300:]
        return (
            None,
            f"bubblewrap at {found} does not work here (user namespaces may be switched off): {printed}",
        )
    return found, f"bubblewrap at {found} works."
