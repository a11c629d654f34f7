"""All variables of a key must be met, unless the answer is another optimum of the same problem."""

import pytest
from problems import formulation

from benchmarks.answering import Answer
from benchmarks.datasets.records import Record
from benchmarks.scoring.variables import all_right

VARIABLES = [
    {"name": "process_j", "meaning": "how often process J is done", "domain": "integer"},
    {"name": "process_p", "meaning": "how often process P is done", "domain": "integer"},
]


def answer(values: tuple[float, float], objective: float, limit: int = 10) -> Answer:
    return Answer(
        id="1",
        status="optimal",
        objective=objective,
        formulation=formulation(
            VARIABLES, "process_j + process_p", [f"process_j + process_p <= {limit}"], sense="maximize"
        ),
        values={"process_j": (values[0],), "process_p": (values[1],)},
    )


def key(j: float, p: float, total: float = 10.0) -> Record:
    results = {"The number of Process P": p, "The number of Process J": j}
    return Record(id="1", question="?", accepted=(total,), results=results)


@pytest.mark.parametrize(
    ("given", "wanted", "expected"),
    [
        (answer((3, 7), 10), key(3, 7), True),
        (answer((3, 7), 10), key(7, 3), True),  # as good: the sum is all that counts
        (answer((3, 7), 10), key(7, 4), False),  # the key's point breaks the limit
        (answer((3, 7), 10), key(2, 3), False),  # the key's point is worse
        (answer((3, 6), 9), key(3, 7), False),  # the objective is wrong
    ],
)
def test_values_or_an_alternative_optimum(given: Answer, wanted: Record, expected: bool) -> None:
    assert all_right(given, wanted) is expected


def test_a_key_with_more_variables_than_the_answer_is_not_met() -> None:
    record = key(3, 7).model_copy(update={"results": {"A": 3.0, "B": 7.0, "C": 0.0}})
    assert not all_right(answer((3, 7), 10), record)
