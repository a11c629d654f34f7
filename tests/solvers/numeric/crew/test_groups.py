"""Searches that processes share: the same answers, whatever happens to the processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from solvers.numeric import lanes
from solvers.numeric.cache import ProgramCache
from solvers.numeric.compile import oracle_of_functions
from solvers.numeric.crew import groups
from solvers.numeric.crew.pool import Crew, shared_crew
from solvers.numeric.kernels import bounded
from solvers.numeric.kernels.state import Bounds
from solvers.numeric.outcome import Outcome

pytestmark = pytest.mark.slow
CACHE = ProgramCache()
METHOD = bounded.Method(oracle_of_functions(lambda x: jnp.sum((x**2 - 1) ** 2)), bounded.Settings())
PATIENCE_S = 300.0


def run(starts: np.ndarray, **options) -> lanes.Answers:
    nothing = np.zeros(0)
    batch = lanes.Batch((), (), Bounds(np.full(2, -3.0), np.full(2, 3.0), nothing, nothing), starts)
    with jax.enable_x64(True):
        return lanes.run(METHOD, ("double well", 2), batch, cache=CACHE, merges=True, **options)


def joined(starts: np.ndarray, **options) -> lanes.Answers:
    """What a run found that a worker shared from its first step on."""
    end = time.monotonic() + PATIENCE_S
    while run(starts, processes=2).processes < 2:
        assert time.monotonic() < end, "no worker came"
    return run(starts, processes=2, **options)


def worker_pid() -> int:
    (worker,) = shared_crew()._idle
    return worker.pid


def at_first(act: Callable[[], None]) -> Callable[[lanes.Progress], None]:
    """An `on_progress` that acts once."""
    acts = iter([act])
    return lambda _: next(acts, lambda: None)()


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def same(one: lanes.Answers, other: lanes.Answers) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)
        for name in ("x", "y", "objective", "violation", "error", "outcome", "sweeps")
    )


@pytest.fixture(scope="module")
def starts() -> Iterator[np.ndarray]:
    yield np.random.default_rng(0).uniform(-3, 3, (1_200, 2))
    shared_crew().close()


def test_answers_are_the_same_to_the_last_bit_and_in_order(starts: np.ndarray) -> None:
    alone, shared = run(starts), joined(starts)
    assert (alone.processes, shared.processes) == (1, 2)
    assert same(alone, shared) and (shared.outcome == Outcome.MERGED).any()


def test_a_worker_that_comes_late_takes_over_where_the_lanes_stand(
    starts: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined(starts)
    turns = iter([False, False])
    has = groups.LaneWorker.has
    monkeypatch.setattr(
        groups.LaneWorker, "has", lambda worker, program: next(turns, True) and has(worker, program)
    )
    late = run(starts, processes=2)
    assert late.processes == 2 and same(run(starts), late)


def test_a_killed_worker_costs_no_lane_and_is_replaced(starts: np.ndarray) -> None:
    joined(starts)
    pid = worker_pid()
    answers = run(starts, processes=2, on_progress=at_first(lambda: os.kill(pid, signal.SIGKILL)))
    assert answers.processes == 2 and answers.is_solved.mean() > 0.99
    assert np.abs(answers.x[answers.is_solved]) == pytest.approx(1.0, abs=1e-2)
    assert joined(starts).processes == 2 and worker_pid() != pid


def test_a_silent_worker_is_killed_and_costs_no_lane(
    starts: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined(starts)
    pid = worker_pid()
    monkeypatch.setattr(groups, "SILENCE_S", 0.5)
    os.kill(pid, signal.SIGSTOP)
    answers = run(starts, processes=2)
    assert answers.is_solved.mean() > 0.99 and is_gone(pid)


def test_a_worker_that_overruns_the_deadline_is_killed(starts: np.ndarray) -> None:
    joined(starts)
    pid = worker_pid()
    os.kill(pid, signal.SIGSTOP)
    answers = run(starts, processes=2, deadline=time.monotonic() + 1.0)
    assert is_gone(pid) and (answers.outcome == Outcome.LIMIT).any()


def test_a_search_that_is_broken_off_leaves_nothing_behind_for_the_next(starts: np.ndarray) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    joined(starts)
    pid = worker_pid()
    with pytest.raises(KeyboardInterrupt):
        run(starts, processes=2, on_progress=at_first(stop))
    assert is_gone(pid) and same(run(starts), joined(starts))


def test_threads_share_one_crew_without_waiting_for_it() -> None:
    crew = Crew()
    with crew.lent(1) as first, crew.lent(1) as second:
        assert len(first) == 1 and second == []
    with crew.lent(1) as again:
        assert [worker.pid for worker in again] == [worker.pid for worker in first]
    crew.close()
    assert is_gone(first[0].pid)


_PARENT = """
import time
from solvers.numeric.crew.pool import shared_crew
with shared_crew().lent(1) as (worker,):
    assert worker._link.poll(300)  # it has started
    print(worker.pid, flush=True)
    time.sleep(600)
"""


def test_workers_end_with_a_parent_that_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT],
        env={"PYTHONPATH": ":".join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert not is_gone(pid)
        parent.kill()
    end = time.monotonic() + 30.0
    while not is_gone(pid):
        assert time.monotonic() < end, "the worker lives on"
        time.sleep(0.05)
