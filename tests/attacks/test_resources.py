"""Cases 51-67: using up time, memory, disk, output or patience; none costs more than its limit and a bit."""

import signal
import sys

import pytest

from solvers.sandbox import JobKind, Policy, Sandbox, Status

pytestmark = pytest.mark.jail

SHORT = Policy(time_limit_s=0.5)
MARGIN_S = 1.5

TIME = {
    "51-busy-loop": "while True: pass",
    "52-sleep": "import time; time.sleep(60)",
    "53-ignore-signals": """
        import signal
        for number in (signal.SIGTERM, signal.SIGXCPU, signal.SIGINT, signal.SIGHUP, signal.SIGALRM):
            signal.signal(number, signal.SIG_IGN)
        while True: pass
        """,
    "55-catch-memory-error-for-ever": """
        while True:
            try:
                blocks = []
                while True:
                    blocks.append(bytearray(1 << 28))
            except MemoryError:
                pass
        """,
    "56-huge-power": "9 ** 9 ** 9",
    "57-regex-backtracking": "import re; re.match('(a+)+b', 'a' * 60)",
    "66-hard-milp": """
        import highspy, random
        random.seed(1)
        h = highspy.Highs()
        h.setOptionValue('output_flag', False)
        x = [h.addBinary() for _ in range(60)]
        for _ in range(6):
            weights = [random.randint(0, 99) for _ in x]
            h.addConstr(sum(a * v for a, v in zip(weights, x)) == sum(weights) // 2)
        h.run()
        """,
}


@pytest.mark.parametrize("attack", TIME)
def test_the_deadline_holds(assault, jail, attack):
    outcome, damage = assault(jail, TIME[attack], SHORT)
    assert outcome.status is Status.TIMEOUT, outcome
    assert outcome.seconds < SHORT.time_limit_s + MARGIN_S
    assert not damage


OTHERS = {
    "54-eight-gib-array": ("import numpy; numpy.ones(8 * 2**30, dtype='uint8')", {Status.MEMORY}),
    "54-bytes": ("bytearray(8 * 2**30)", {Status.MEMORY}),
    "59-stdout-flood": ("while True: print('x' * 10000)", {Status.OUTPUT}),
    "60-stderr-flood-while-raising": (
        """
        class Flood(Exception):
            def __str__(self):
                while True: sys.stderr.write('x' * 10000)
        raise Flood
        """,
        {Status.OUTPUT},
    ),
    "63-deep-brackets": ("x = eval('(' * 100000)", {Status.OK, Status.MEMORY, Status.CRASHED}),
    "63-recursion": ("def f(): f()\nf()", {Status.OK}),
    "63-deep-recursion-in-c": (
        "sys.setrecursionlimit(10**9)\nclass A:\n    def __repr__(self): return repr(self)\nrepr(A())",
        {Status.CRASHED, Status.MEMORY},
    ),
    "64-segfault": ("import ctypes; ctypes.string_at(0)", {Status.CRASHED}),
    "64-abort": ("os.abort()", {Status.CRASHED}),
}


@pytest.mark.parametrize("attack", OTHERS)
def test_the_job_ends_and_the_server_lives(assault, jail, attack):
    source, allowed = OTHERS[attack]
    outcome, damage = assault(jail, source)
    assert outcome.status in allowed, outcome
    assert not damage
    assert jail.run("echo", b"still here").result == b"still here"


def test_64_the_signal_is_named(assault, jail):
    outcome, _ = assault(jail, OTHERS["64-segfault"][0])
    assert outcome.exit_signal == signal.SIGSEGV
    assert "SIGSEGV" in outcome.text


def test_58_threads_are_bounded(assault, jail):
    source = """
        import threading, time
        count = 0
        try:
            while True:
                threading.Thread(target=time.sleep, args=(9,), daemon=True).start()
                count += 1
        except RuntimeError:
            print(count)
        """
    outcome, _ = assault(jail, source)
    assert outcome.status in (Status.OK, Status.MEMORY), outcome
    assert int(outcome.stdout or 0) < 1000


def test_61_no_big_file(assault, jail, world):
    outcome, damage = assault(jail, "f = open('big', 'wb')\nwhile True: f.write(b'x' * 2**20)")
    assert b"Error" in outcome.result
    assert not damage


def test_62_no_file_at_all(assault, jail):
    source = """
        import tempfile
        made = 0
        for folder in ('.', '/', '/tmp', '/dev/shm', '/var/tmp', w['home']):
            try:
                open(f'{folder}/many-{os.getpid()}', 'x').close()
                made += 1
            except OSError:
                pass
        print(made)
        """
    outcome, _ = assault(jail, source)
    assert outcome.stdout.strip() == "0"


@pytest.mark.slow
def test_65_a_hundred_megabytes_of_source_are_refused_unsent(jail):
    outcome = jail.run("program", b'{"source": "' + b"#" * 10**8 + b'"}')
    assert outcome.status is Status.REFUSED
    assert "payload" in outcome.text


@pytest.fixture
def stubborn_engine(tmp_path, monkeypatch):
    """A trusted kind that blocks every signal and hangs in C code, as a solver may."""
    (tmp_path / "stubborn_engine.py").write_text(
        "import ctypes, signal\n"
        "def run(payload):\n"
        "    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))\n"
        "    while True: ctypes.PyDLL(None).sleep(60)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield JobKind("stubborn_engine:run", trusted=True)
    sys.modules.pop("stubborn_engine", None)


def test_67_a_solver_deaf_to_signals_dies_at_its_deadline(stubborn_engine):
    with Sandbox(registry={"stubborn": stubborn_engine}) as sandbox:
        outcome = sandbox.run("stubborn", b"", SHORT)
    assert outcome.status is Status.TIMEOUT
    assert outcome.seconds < SHORT.time_limit_s + MARGIN_S
    assert outcome.exit_signal == signal.SIGKILL
