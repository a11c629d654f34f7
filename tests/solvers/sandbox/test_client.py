import json
import platform
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from solvers import sandbox as package
from solvers.sandbox import (
    JobKind,
    Layers,
    Policy,
    Sandbox,
    SandboxProtocolError,
    SandboxUnavailable,
    Status,
    Tier,
    probe,
    shared,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the sandbox forks, which Windows cannot")

ENGINE = """
import os, pathlib
def run(payload):
    command = payload.decode()
    if command == "raise":
        raise ValueError("broken " * 1000)
    if command == "scratch":
        pathlib.Path("answer").write_text(pathlib.Path("question").read_text().upper())
        return b"written"
    if command == "outside":
        return pathlib.Path("../outside").read_bytes()
    if command == "memory":
        return bytes(3 * 2**30)
    return str(len(bytearray(2**28))).encode()
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """A sandbox with a trusted kind of its own, beside one that does not exist."""
    folder = tmp_path_factory.mktemp("engine")
    (folder / "test_engine_of_the_sandbox.py").write_text(ENGINE)
    sys.path.insert(0, str(folder))
    kinds = {
        "engine": JobKind("test_engine_of_the_sandbox:run", trusted=True),
        "missing": JobKind("solvers.backends.no_such:run", trusted=True),
        "untrusted": JobKind("solvers.sandbox.echo:run", trusted=False),
    }
    with Sandbox(registry=kinds) as built:
        yield built
    sys.path.remove(str(folder))


def test_an_error_is_an_outcome_with_a_short_detail(engine):
    outcome = engine.run("engine", b"raise")
    assert outcome.status is Status.FAILED
    assert outcome.text.startswith("The job raised an error. ValueError: broken")
    assert len(outcome.detail) <= 2_000
    assert "Traceback" in outcome.stdout


def test_the_memory_limit_is_the_policys(engine):
    assert engine.run("engine", b"memory").status is Status.MEMORY
    assert engine.run("engine", b"").result == str(2**28).encode()
    small = Policy(memory_limit_bytes=2**28)
    outcome = engine.run("engine", b"", small)
    assert outcome.status is Status.MEMORY
    assert outcome.max_rss_bytes > 0


def test_a_trusted_job_works_in_its_scratch_folder(engine, tmp_path):
    (tmp_path / "question").write_text("hello")
    outcome = engine.run("engine", b"scratch", Policy(scratch=tmp_path))
    assert outcome.is_ok, outcome
    assert (tmp_path / "answer").read_text() == "HELLO"


@pytest.mark.jail
def test_a_trusted_job_stays_in_its_scratch_folder(engine, tmp_path):
    (tmp_path / "outside").write_text("secret")
    inside = tmp_path / "inside"
    inside.mkdir()
    outcome = engine.run("engine", b"outside", Policy(scratch=inside))
    assert outcome.status is Status.FAILED
    assert "PermissionError" in outcome.detail


def test_a_kind_whose_module_is_missing_says_so_and_harms_no_other(engine):
    outcome = engine.run("missing", b"")
    assert outcome.status is Status.REFUSED
    assert "solvers.backends.no_such" in outcome.text


def test_an_unknown_kind_is_a_fault_of_the_caller(engine):
    with pytest.raises(SandboxProtocolError, match="engine, missing, untrusted"):
        engine.run("shell", b"")


def test_a_scratch_folder_must_exist(engine, tmp_path):
    with pytest.raises(SandboxProtocolError, match="nowhere"):
        engine.run("engine", b"", Policy(scratch=tmp_path / "nowhere"))


def test_a_payload_over_its_limit_is_not_sent(engine):
    outcome = engine.run("engine", b"xx", Policy(payload_limit_bytes=1))
    assert outcome.status is Status.REFUSED


def test_a_large_payload_goes_through(engine):
    payload = b"x" * 5_000_000
    assert engine.run("untrusted", payload, Policy()).result == payload


WEAK = [
    Layers(rlimits=True, seccomp=True, machine=platform.machine(), reasons={"landlock": "No Landlock."}),
    Layers(rlimits=True),
    Layers(),
]


@pytest.mark.parametrize("layers", WEAK, ids=lambda layers: f"tier-{layers.tier.value}")
def test_weak_tiers_refuse_untrusted_code_unless_allowed(layers):
    if layers.seccomp and not probe().seccomp:
        pytest.skip("no seccomp here")
    with (
        Sandbox(layers=layers) as strict,
        pytest.raises(SandboxUnavailable, match=f"reaches {layers.tier.value}"),
    ):
        strict.run("echo", b"")
    with Sandbox(layers=layers, allow_weak=True) as lenient:
        outcome = lenient.run("echo", b"x")
    assert (outcome.result, outcome.tier) == (b"x", layers.tier)


def test_trusted_kinds_run_in_every_tier(tmp_path, monkeypatch):
    (tmp_path / "any_tier_engine.py").write_text("def run(payload): return payload")
    monkeypatch.syspath_prepend(str(tmp_path))
    with Sandbox(registry={"e": JobKind("any_tier_engine:run", trusted=True)}, layers=Layers()) as sandbox:
        assert sandbox.run("e", b"x").result == b"x"


def _slow_to_start(tmp_path, monkeypatch, seconds):
    (tmp_path / "slow_engine.py").write_text(
        f"import time; time.sleep({seconds})\ndef run(payload): return payload"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    return Sandbox(registry={"e": JobKind("slow_engine:run", trusted=True)}, layers=Layers())


def test_the_start_of_the_server_counts_where_a_total_is_set_and_is_not_lost(tmp_path, monkeypatch):
    with _slow_to_start(tmp_path, monkeypatch, 2) as sandbox:
        started = time.monotonic()
        outcome = sandbox.run("e", b"x", Policy(total_limit_s=0.3))
        assert time.monotonic() - started < 1.5
        assert outcome.status is Status.STARTING and "still starting" in outcome.text
        again = sandbox.run("e", b"x", Policy(total_limit_s=30))
        assert (again.result, sandbox._server.jobs_started) == (b"x", 2)


def test_a_job_can_be_cancelled_while_the_server_starts(tmp_path, monkeypatch):
    cancelled = threading.Event()
    with _slow_to_start(tmp_path, monkeypatch, 30) as sandbox:
        threading.Timer(0.3, cancelled.set).start()
        started = time.monotonic()
        assert sandbox.run("e", b"x", cancelled=cancelled).status is Status.CANCELLED
        assert time.monotonic() - started < 5


def test_a_server_that_cannot_start_says_what_it_printed(tmp_path, monkeypatch):
    (tmp_path / "slow_engine.py").write_text("import os; os.write(1, b'no such luck'); os._exit(3)")
    monkeypatch.syspath_prepend(str(tmp_path))
    with Sandbox(registry={"e": JobKind("slow_engine:run", trusted=True)}, layers=Layers()) as sandbox:
        for _ in range(2):
            with pytest.raises(SandboxUnavailable, match="no such luck"):
                sandbox.run("e", b"x")


@pytest.mark.jail
def test_a_layer_that_fails_at_run_time_fails_the_job():
    """The wrong architecture's system calls stand for a kernel that refuses a promised layer."""
    other = {"x86_64": "aarch64", "aarch64": "x86_64"}[platform.machine()]
    with Sandbox(layers=replace(probe(), machine=other, bubblewrap=None)) as sandbox:
        outcome = sandbox.run("echo", b"x")
    assert outcome.status is Status.REFUSED
    assert "layer failed" in outcome.text
    assert outcome.result == b""


@pytest.mark.jail
@pytest.mark.parametrize("abi", [1, 4])
def test_older_landlock_versions_work(abi):
    if probe().landlock_abi < abi:
        pytest.skip(f"this kernel's Landlock is older than version {abi}")
    with Sandbox(layers=replace(probe(), landlock_abi=abi, bubblewrap=None)) as sandbox:
        source = {"source": "print(open('/etc/passwd').read())", "data": {}}
        outcome = sandbox.run("program", json.dumps(source).encode())
    assert "PermissionError" in outcome.result.decode()


def test_a_server_that_cannot_start_says_why(monkeypatch):
    monkeypatch.setattr("solvers.sandbox.server._BOOT", "raise SystemExit('no room at the inn')")
    with (
        Sandbox(layers=Layers(), allow_weak=True) as sandbox,
        pytest.raises(SandboxUnavailable, match="no room"),
    ):
        sandbox.run("echo", b"")


def test_a_closed_sandbox_starts_again():
    sandbox = Sandbox()
    for _ in range(2):
        assert sandbox.run("echo", b"x").is_ok
        sandbox.close()
    sandbox.close()


def test_many_threads_share_one_sandbox(engine):
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda n: engine.run("untrusted", str(n).encode()), range(40)))
    assert [outcome.result for outcome in outcomes] == [str(n).encode() for n in range(40)]


def test_there_is_one_shared_sandbox():
    assert shared() is shared()


def test_nothing_is_left_when_the_interpreter_ends():
    script = "from solvers.sandbox import shared; print(shared().run('echo', b'x').status)"
    command = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[3], timeout=30)
    assert (done.stdout, done.stderr) == ("ok\n", "")


@pytest.mark.parametrize("field", ["time_limit_s", "memory_limit_bytes", "threads"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
def test_a_policy_without_sense_is_refused(field, value):
    with pytest.raises(ValueError, match=field):
        Policy(**{field: value})


def test_every_status_is_a_sentence():
    assert all(status.text.endswith(".") for status in Status)


def test_the_public_names_are_sorted_and_exist():
    assert package.__all__ == sorted(package.__all__)
    assert all(hasattr(package, name) for name in package.__all__)


def test_importing_the_package_imports_no_solver():
    script = (
        "import sys, solvers.sandbox; print([m for m in ('pyomo', 'numpy', 'highspy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=Path(__file__).parents[3]
    )
    assert done.stdout == "[]\n"


def test_tiers_compare_as_text():
    assert Tier.A == "A"
