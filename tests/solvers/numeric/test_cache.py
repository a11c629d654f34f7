"""Compiled programs on disk: found again without tracing, made again where they cannot be read."""

import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from solvers.numeric.cache import ProgramCache, Source


def source() -> Source:
    return Source(lambda x, y: (x + y, jnp.sum(x)), [np.ones(3), np.ones(3)], {"state": [[3], "float64"]})


def never() -> Source:
    raise AssertionError("a known program must not be traced again")


def test_a_kept_program_is_loaded_without_tracing(tmp_path: Path) -> None:
    folder = tmp_path / "programs"
    ProgramCache(folder).program(("add", 3), source)
    loaded = ProgramCache(folder).program(("add", 3), never)
    total, whole = loaded.run(np.arange(3.0), np.ones(3))
    assert np.asarray(total).tolist() == [1, 2, 3] and float(whole) == 3
    assert loaded.notes == {"state": [[3], "float64"]}


def test_another_name_is_another_program(tmp_path: Path) -> None:
    cache = ProgramCache(tmp_path / "programs")
    cache.program(("add", 3), source)
    with pytest.raises(AssertionError, match="traced again"):
        cache.program(("add", 4), never)


def test_a_damaged_entry_is_made_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "programs"
    ProgramCache(folder).program(("add", 3), source)
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:200])
    with caplog.at_level(logging.WARNING):
        ProgramCache(folder).program(("add", 3), source)
    assert "cannot be read" in caplog.text
    ProgramCache(folder).program(("add", 3), never)


def test_a_folder_that_others_can_write_to_is_not_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "programs"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    with caplog.at_level(logging.WARNING):
        ProgramCache(folder).program(("add", 3), source)
    assert "others can write" in caplog.text and list(folder.iterdir()) == []


def test_threads_that_factor_at_the_same_time_all_end() -> None:
    matrices = np.tile(np.eye(10, dtype=np.float32), (20_000, 1, 1))
    program = ProgramCache().program(
        ("roots",), lambda: Source(lambda a: (jnp.linalg.cholesky(a),), [matrices], {})
    )
    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(program.run, matrices) for _ in range(40)]
        wait(runs, timeout=60)
        assert all(run.done() for run in runs)


_FACTORED = """
from pathlib import Path
import jax.numpy as jnp, numpy as np
from solvers.numeric.cache import ProgramCache, Source
matrix = np.diag([4.0, 9.0]).astype(np.float32)
source = Source(lambda a: (jnp.linalg.cholesky(a),), [matrix], {})
(root,) = ProgramCache(Path("programs")).program(("root",), lambda: source).run(matrix)
assert np.allclose(np.asarray(root), np.diag([2.0, 3.0]))
"""


@pytest.mark.slow
def test_a_program_that_factors_runs_in_a_process_that_only_loads_it(tmp_path: Path) -> None:
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", _FACTORED],
            cwd=tmp_path,
            env={"PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "programs").iterdir())) == 1
