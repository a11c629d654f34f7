"""Lanes: refilled as they end, stopped at known optima, each with its own data."""

import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from solvers.numeric import lanes
from solvers.numeric.cache import ProgramCache
from solvers.numeric.compile import oracle_of_functions
from solvers.numeric.kernels import bounded
from solvers.numeric.kernels.state import Bounds
from solvers.numeric.outcome import Outcome, are_solved

CACHE = ProgramCache()
METHOD = bounded.Method(oracle_of_functions(lambda x: jnp.sum((x**2 - 1) ** 2)), bounded.Settings())


def run(starts: np.ndarray, **options: bool) -> lanes.Answers:
    n, nothing = starts.shape[1], np.zeros(0)
    bounds = Bounds(np.full(n, -3.0), np.full(n, 3.0), nothing, nothing)
    with jax.enable_x64(True):
        return lanes.run(
            METHOD, ("double well", n), lanes.Batch((), (), bounds, starts), cache=CACHE, **options
        )


@pytest.fixture(scope="module")
def starts() -> np.ndarray:
    return np.random.default_rng(0).uniform(-3, 3, (600, 2))


def test_more_starts_than_lanes_all_end_at_an_optimum(starts: np.ndarray) -> None:
    answers = run(starts)
    assert answers.is_solved.all() and (answers.outcome != Outcome.MERGED).all()
    assert np.abs(answers.x) == pytest.approx(1.0, abs=1e-5)
    assert len({tuple(x) for x in np.sign(answers.x)}) == 4


def test_searches_that_come_close_to_a_known_optimum_stop_there(starts: np.ndarray) -> None:
    alone, merged = run(starts), run(starts, merges=True)
    assert are_solved(merged.outcome).all()
    assert np.sign(merged.x).tolist() == np.sign(alone.x).tolist()
    assert merged.sweeps.sum() <= alone.sweeps.sum()


def test_what_is_not_reached_in_time_is_told_so(starts: np.ndarray) -> None:
    with jax.enable_x64(True):
        nothing = np.zeros(0)
        bounds = Bounds(np.full(2, -3.0), np.full(2, 3.0), nothing, nothing)
        batch = lanes.Batch((), (), bounds, starts)
        answers = lanes.run(METHOD, ("double well", 2), batch, cache=CACHE, deadline=0.0)
    assert (answers.outcome == Outcome.LIMIT).all() and (answers.x == starts).all()


_ON_FOUR_DEVICES = """
import numpy as np, jax, jax.numpy as jnp
from pathlib import Path
from solvers.numeric import lanes
from solvers.numeric.cache import ProgramCache
from solvers.numeric.compile import oracle_of_functions
from solvers.numeric.kernels import bounded
from solvers.numeric.kernels.state import Bounds

assert jax.device_count() == 4
method = bounded.Method(oracle_of_functions(lambda x: jnp.sum((x**2 - 1) ** 2)), bounded.Settings())
nothing, starts = np.zeros(0), np.random.default_rng(0).uniform(-3, 3, (70, 2))
batch = lanes.Batch((), (), Bounds(np.full(2, -3.0), np.full(2, 3.0), nothing, nothing), starts)
for cache in (ProgramCache(Path("programs")), ProgramCache(Path("programs"))):  # compiled, and loaded again
    with jax.enable_x64(True):
        answers = lanes.run(method, ("double well",), batch, cache=cache)
    assert answers.is_solved.all()
    assert np.allclose(np.abs(answers.x), 1.0, atol=1e-5)
(entry,) = Path("programs").iterdir()
"""


@pytest.mark.slow
def test_lanes_are_spread_over_all_devices(tmp_path: Path) -> None:
    environment = {
        "XLA_FLAGS": "--xla_force_host_platform_device_count=4",
        "PYTHONPATH": ":".join(sys.path),
        "JAX_PLATFORMS": "cpu",
    }
    done = subprocess.run(
        [sys.executable, "-c", _ON_FOUR_DEVICES],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
