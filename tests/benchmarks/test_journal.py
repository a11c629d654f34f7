"""What was written can be read, whatever happened while the next line was written."""

import errno
import math
import os
from pathlib import Path

import pytest
from benchmark_doubles import optimal
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.answering import Answer
from benchmarks.errors import StorageError
from benchmarks.journal import Journal


def journal(path: Path) -> Journal[Answer]:
    return Journal(path / "answers.jsonl", Answer)


@given(cut=st.integers(1, 200))
def test_a_torn_line_costs_that_line_only(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    found = journal(tmp_path_factory.mktemp("torn"))
    found.append(optimal("a", 1.0))
    found.append(optimal("b", 2.0))
    whole = found.path.read_bytes()
    found.path.write_bytes(whole[:-cut])
    found.append(optimal("c", 3.0))
    ids = [answer.id for answer in found]
    assert ids == (["a", "b", "c"] if cut == 1 else ["a", "c"])


def test_numbers_that_are_none_survive(tmp_path: Path) -> None:
    found = journal(tmp_path)
    found.append(optimal("a", math.inf, values={"x": (math.nan, -math.inf)}))
    (answer,) = found
    assert answer.objective == math.inf
    assert math.isnan(answer.values["x"][0])


def test_a_full_disk_is_told_and_loses_nothing_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = journal(tmp_path)
    found.append(optimal("a", 1.0))

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StorageError, match="No space left on device; make room"):
            found.append(optimal("b", 2.0))
    assert "a" in [answer.id for answer in found]
