"""Cases 17, 68 and 69: several jobs at once, and what remains when server or agent die."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from solvers.sandbox import Policy, Sandbox, SandboxProtocolError, Status

pytestmark = pytest.mark.jail


def program(source: str) -> bytes:
    return json.dumps({"source": source, "data": {}}).encode()


SLEEP = program("import time; time.sleep(30)")
MODEL = program(
    "import pyomo.environ as pyo\nmodel = pyo.ConcreteModel()\nmodel.x = pyo.Var(bounds=(0, 1))\n"
    "model.o = pyo.Objective(expr=model.x)\n"
)


def test_69_ten_jobs_at_once_one_misbehaving(jail):
    def job(number: int):
        if number == 3:
            return jail.run("program", program("while True: print('x' * 9999)"), Policy(time_limit_s=5.0))
        return jail.run("echo", str(number).encode(), Policy(time_limit_s=10.0))

    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(job, range(10)))
    assert outcomes[3].status is Status.OUTPUT
    assert [o.result for o in outcomes[:3] + outcomes[4:]] == [str(n).encode() for n in range(10) if n != 3]


def descendants(pid: int) -> set[int]:
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            child = int(path.parent.name)
            found |= {child} | descendants(child)
    return found


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}").exists() and "Z" not in state(pid)}


def state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def wait_until_gone(pids: set[int]) -> set[int]:
    for _ in range(60):
        if not alive(pids):
            break
        time.sleep(0.05)
    return alive(pids)


@pytest.mark.slow
def test_68_the_server_is_killed_mid_job(jail):
    with Sandbox(layers=jail.layers) as sandbox:
        outcomes = []
        thread = threading.Thread(target=lambda: outcomes.append(sandbox.run("program", SLEEP)))
        sandbox.run("echo", b"")
        before = descendants(os.getpid())
        thread.start()
        time.sleep(0.3)
        job = descendants(os.getpid()) - before
        assert job
        os.kill(sandbox._server._process.pid, signal.SIGKILL)
        thread.join(timeout=10)
        assert outcomes[0].status is Status.LOST
        assert not wait_until_gone(job), "the job outlived its server"
        assert sandbox.run("program", MODEL).is_ok


AGENT = """
import sys
from dataclasses import replace
from solvers.sandbox import Sandbox, probe
layers = probe() if sys.argv[1] == "A" else replace(probe(), bubblewrap=None)
sandbox = Sandbox(layers=layers)
sandbox.run("echo", b"")
print("ready", flush=True)
sandbox.run("program", sys.argv[2].encode())
"""


@pytest.mark.slow
def test_68_the_agent_is_killed_mid_job(jail):
    command = [sys.executable, "-c", AGENT, jail.tier.value, SLEEP.decode()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as agent:
        assert agent.stdout.readline() == b"ready\n"
        time.sleep(0.3)
        left = descendants(agent.pid)
        assert len(left) >= 2, "server and job"
        agent.kill()
    assert not wait_until_gone(left)


@pytest.mark.slow
def test_a_server_that_hangs_is_killed_and_replaced(jail, monkeypatch):
    monkeypatch.setattr("solvers.sandbox.exchange.KILL_GRACE_S", 0.3)
    with Sandbox(layers=jail.layers) as sandbox:
        sandbox.run("echo", b"")
        server = sandbox._server._process.pid
        stopped = {server} | descendants(server)
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        outcome = sandbox.run("echo", b"", Policy(time_limit_s=0.3))
        assert outcome.status is Status.TIMEOUT
        assert not wait_until_gone(stopped)
        assert sandbox.run("echo", b"again").result == b"again"


@pytest.mark.slow
def test_a_server_is_replaced_after_its_number_of_jobs(jail):
    with Sandbox(layers=jail.layers, jobs_per_server=2) as sandbox:
        pids = []
        for _ in range(3):
            assert sandbox.run("echo", b"").is_ok
            pids.append(sandbox._server._process.pid)
        assert pids[0] == pids[1] != pids[2]
        assert not wait_until_gone({pids[0]})


def test_17_untrusted_code_gets_no_folder(jail, tmp_path):
    with pytest.raises(SandboxProtocolError, match="untrusted"):
        jail.run("program", MODEL, Policy(scratch=tmp_path))
