"""Charts of reports: what they tell does not rest on colour."""

from pathlib import Path
from typing import Any

import pytest
from benchmark_doubles import optimal

from benchmarks.answering import Setup
from benchmarks.datasets import Dataset, Record
from benchmarks.runs import RunConfig
from benchmarks.scoring.report import Report, report
from ui import plots


@pytest.fixture
def found() -> Report:
    records = tuple(Record(id=name, question="?", accepted=(10.0,)) for name in ("a", "b", "c"))
    dataset = Dataset("jsonl", Path("set.jsonl"), "0" * 64, records, ())
    answers = {"a": optimal("a", 10.0, 0.9), "b": optimal("b", 11.0, 0.5), "c": optimal("c", 10.0, 0.5)}
    return report(RunConfig.of(dataset, Setup()), dataset, answers)


def drawn(chart: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The first layer of a chart, and the rows that it shows."""
    made = chart.to_dict()
    (rows,) = made["datasets"].values()
    return made["layer"][0], rows


def test_runs_differ_in_their_dashes_and_share_one_chart(found: Report) -> None:
    line, rows = drawn(plots.risk_coverage({"first": found, "second": found}))
    assert line["encoding"]["strokeDash"]["field"] == "run"
    assert [row["risk"] for row in rows if row["run"] == "first"] == [0.0, pytest.approx(1 / 3)]


def test_a_single_run_needs_no_legend(found: Report) -> None:
    line, _ = drawn(plots.risk_coverage({"only": found}))
    assert line["encoding"]["strokeDash"]["legend"] is None


def test_each_verdict_has_a_shape_of_its_own(found: Report) -> None:
    marks, rows = drawn(plots.costs(found))
    scale = marks["encoding"]["shape"]["scale"]
    assert len(set(scale["range"])) == len(scale["domain"])
    assert [row["verdict"] for row in rows] == ["right", "wrong", "right"]
