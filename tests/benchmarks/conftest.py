"""What the tests of the benchmarks share."""

from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.answering import Setup
from benchmarks.datasets.records import Dataset, Record
from benchmarks.runs import RunConfig


@pytest.fixture
def config() -> Callable[..., RunConfig]:
    """Makes the configuration of a run over a set."""

    def make(dataset: Dataset, **changes: Any) -> RunConfig:
        return RunConfig.of(dataset, Setup(**changes))

    return make


@pytest.fixture
def make_set(tmp_path) -> Callable[..., Dataset]:
    """Makes a set of records without a file."""

    def make(*records: Record) -> Dataset:
        return Dataset("jsonl", tmp_path / "set.jsonl", "0" * 64, records, ())

    return make
