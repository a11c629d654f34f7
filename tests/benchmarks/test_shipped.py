"""The sets that ship: every answer is that of its formulation."""

import pytest

import agent
from benchmarks import datasets
from benchmarks.datasets.records import Dataset, Record
from benchmarks.scoring.score import agrees

STARTER, SYNTHETIC = datasets.load("starter"), datasets.load("synthetic")


@pytest.mark.parametrize("dataset", [STARTER, SYNTHETIC], ids=lambda dataset: dataset.name)
def test_the_set_is_whole(dataset: Dataset) -> None:
    assert not dataset.flaws
    assert len(dataset) == datasets.card(dataset.name).size
    assert len({record.question for record in dataset}) == len(dataset)


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        *[("LP", 10), ("MILP", 10), ("QP", 3), ("MIQP", 2), ("QCP", 3), ("NLP", 5), ("MINLP", 3)],
        *[
            ("scheduling", 4),
            ("routing", 4),
            ("infeasible", 3),
            ("unbounded", 3),
            ("ambiguous", 3),
            ("data", 4),
        ],
    ],
)
def test_every_class_is_there(kind: str, least: int) -> None:
    assert STARTER.types[kind] >= least


def test_the_synthetic_problems_are_of_many_families() -> None:
    assert len(SYNTHETIC.types) == 36


def test_data_files_ship_with_the_set() -> None:
    assert all(path.is_file() for record in STARTER for path in record.data)


@pytest.mark.slow
@pytest.mark.parametrize("record", [*STARTER, *SYNTHETIC], ids=lambda record: record.id)
def test_the_answer_is_that_of_the_formulation(record: Record) -> None:
    assert record.formulation is not None
    solution = agent.solve_formulation(record.formulation, list(record.data) or None, time_limit=60)
    if record.type == "ambiguous":  # the formulation is one reading of several
        assert "unsure" in record.accepted
        return
    assert agrees(solution.status, solution.objective, record.accepted), solution
    if solution.values:
        assert solution.certificate is not None
        assert solution.certificate.is_valid
