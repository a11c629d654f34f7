"""A small world to attack, and sandboxes to attack it from.

An attack is a program run through the real sandbox. It is judged from outside: what changed in the world, and
whether the secret came out. Programs whose effect stays within their own process print REACHED.
"""

import contextlib
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import textwrap
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from solvers.sandbox import Layers, Outcome, Policy, Sandbox, Status, probe

LIMITS = Policy(time_limit_s=4.0)
# A signal ends its target only when the target is scheduled next, which may be after the attacker's own end.
SETTLING_S = 0.05
PATIENCE_S = 10.0

PRELUDE = """
import os, sys
w = {name: column[0] for name, column in data["world"].items()}
"""


class World:
    """Files, servers and a process that stands for the agent; ``damage_within`` says what an attack did to them."""

    def __init__(self, root: Path) -> None:
        self.secret = f"secret-{uuid.uuid4().hex}"
        self.home = root / "home"
        self.key = self.home / ".ssh" / "id_rsa"
        self.key.parent.mkdir(parents=True)
        self.key.write_text(self.secret)
        (self.home / "secret.json").write_text(json.dumps({"stolen": self.secret}))
        (self.home / "victim.txt").write_text("original")
        script = self.home / "script.sh"
        script.write_text(f"#!/bin/sh\ntouch {self.home}/ran\n")
        script.chmod(0o755)
        self.shm = Path("/dev/shm", f"optwright-{uuid.uuid4().hex}")
        self.temporary = Path(os.environ.get("TMPDIR", "/tmp"), f"optwright-{uuid.uuid4().hex}")
        self.tcp = _listening(socket.AF_INET, ("127.0.0.1", 0))
        self.tcp6 = _listening(socket.AF_INET6, ("::1", 0))
        self.unix = _listening(socket.AF_UNIX, str(root / "s"))
        self.abstract = _listening(socket.AF_UNIX, f"\0optwright-{uuid.uuid4().hex}")
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.udp.setblocking(False)
        self.agent = subprocess.Popen(["/bin/sleep", "60"], env={"OPENAI_API_KEY": self.secret})
        self._before = (self._files(), self._agent())

    def as_data(self) -> dict[str, dict[str, list[object]]]:
        facts = {
            "home": str(self.home),
            "key": str(self.key),
            "victim": str(self.home / "victim.txt"),
            "shm": str(self.shm),
            "temporary": str(self.temporary),
            "tcp": self.tcp.getsockname()[1],
            "tcp6": self.tcp6.getsockname()[1],
            "udp": self.udp.getsockname()[1],
            "unix": self.unix.getsockname(),
            "abstract": self.abstract.getsockname().decode().lstrip("\0"),
            "agent": self.agent.pid,
        }
        return {"world": {name: [value] for name, value in facts.items()}}

    def damage_within(self, seconds: float, outcome: Outcome) -> list[str]:
        """What is found by the end of this time, or sooner if something is."""
        deadline = time.monotonic() + seconds
        while not (found := self._damage(outcome)) and time.monotonic() < deadline:
            time.sleep(SETTLING_S / 5)
        return found

    def _damage(self, outcome: Outcome) -> list[str]:
        files, agent = self._before
        found = []
        text = outcome.stdout + outcome.detail + outcome.result.decode(errors="replace")
        if self.secret in text:
            found.append("the secret came out")
        if "REACHED" in outcome.stdout:
            found.append("the program reached its goal")
        if self._files() != files:
            found.append(f"files changed: {set(self._files().items()) ^ set(files.items())}")
        if self._agent() != agent:
            found.append(f"the agent's process changed: {agent} -> {self._agent()}")
        if outcome.status is Status.LOST:
            found.append("the server died")
        found += [f"{server} was contacted" for server in self._contacted()]
        return found

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.agent.pid, signal.SIGCONT)
        self.agent.kill()
        self.agent.wait()
        for server in (self.tcp, self.tcp6, self.unix, self.abstract, self.udp):
            server.close()
        for path in (self.shm, self.temporary):
            path.unlink(missing_ok=True)

    def _files(self) -> dict[str, tuple[object, ...]]:
        found = {}
        for path in (*sorted(self.home.rglob("*")), self.shm, self.temporary):
            if not path.exists():
                continue
            stat = path.lstat()
            content = path.read_bytes() if path.is_file() else b""
            names = tuple(os.listxattr(path)) if sys.platform == "linux" else ()
            found[str(path)] = (content, stat.st_mode, stat.st_nlink, stat.st_uid, stat.st_mtime_ns, names)
        return found

    def _agent(self) -> tuple[object, ...]:
        pid = self.agent.pid
        if self.agent.poll() is not None:
            return ("dead", self.agent.returncode)
        fields = Path(f"/proc/{pid}/status").read_text().split("\n")
        traced = next(field for field in fields if field.startswith("TracerPid"))
        is_stopped = any(field.startswith("State:\tT") for field in fields)
        limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        niceness = os.getpriority(os.PRIO_PROCESS, pid)
        return (traced, is_stopped, limits, niceness, frozenset(os.sched_getaffinity(pid)))

    def _contacted(self) -> Iterator[str]:
        for name in ("tcp", "tcp6", "unix", "abstract"):
            with contextlib.suppress(BlockingIOError):
                getattr(self, name).accept()[0].close()
                yield name
        with contextlib.suppress(BlockingIOError):
            self.udp.recvfrom(100)
            yield "udp"


def _listening(family: int, address: object) -> socket.socket:
    server = socket.socket(family, socket.SOCK_STREAM)
    server.bind(address)
    server.listen()
    server.setblocking(False)
    return server


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    built = World(tmp_path)
    yield built
    built.close()


@pytest.fixture(scope="session", params=["A", "B"])
def jail(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """The sandbox in each strong tier that this machine reaches."""
    layers = probe()
    if not layers.tier.is_strong:
        pytest.skip(f"needs Linux with Landlock and seccomp: {' '.join(layers.reasons.values())}")
    if request.param == "A" and layers.bubblewrap is None:
        pytest.skip(f"tier A: {layers.reasons['bubblewrap']}")
    with Sandbox(layers=layers if request.param == "A" else replace(layers, bubblewrap=None)) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def open_sandbox() -> Iterator[Sandbox]:
    """The same sandbox with every layer off, in which an attack must work for its test to prove anything."""
    if sys.platform != "linux":
        pytest.skip("the attacks are written for Linux")
    with Sandbox(layers=Layers(), allow_weak=True) as sandbox:
        yield sandbox


@pytest.fixture
def assault(world: World):
    """Runs an attack in a sandbox and returns the outcome and the damage."""

    def run(sandbox: Sandbox, source: str, policy: Policy = LIMITS) -> tuple[Outcome, list[str]]:
        program = PRELUDE + textwrap.dedent(source)
        payload = json.dumps({"source": program, "data": world.as_data()}).encode()
        outcome = sandbox.run("program", payload, policy)
        return outcome, world.damage_within(SETTLING_S if sandbox.tier.is_strong else PATIENCE_S, outcome)

    return run
