"""Labels are read for what they say, or refused by name."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.datasets.labels import LabelError, keys_of, results_of


@pytest.mark.parametrize(
    ("label", "keys"),
    [
        (5, (5.0,)),
        ("215000.0", (215000.0,)),
        (" 1,250,000.5 ", (1250000.5,)),
        ("[18.0]", (18.0,)),
        ([3, "4", 3.0], (3.0, 4.0)),
        ([7, "infeasible"], (7.0, "infeasible")),
        ("No Best Solution", ("infeasible", "unbounded")),
        ("Infeasible.", ("infeasible",)),
        ("-1e-3", (-0.001,)),
    ],
)
def test_a_label_accepts_what_it_says(label: object, keys: tuple[object, ...]) -> None:
    assert keys_of(label) == keys


@pytest.mark.parametrize(
    "label",
    [
        None,
        "",
        [],
        "[]",
        "about 5",
        "5%",
        "1,23",
        True,
        math.nan,
        "inf",
        {"a": 1},
        "[" * 5000,
        "[{[]: 1}]",
        "[__import__('os')]",
    ],
)
def test_what_cannot_be_scored_is_refused(label: object) -> None:
    with pytest.raises(LabelError):
        keys_of(label)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_survives_being_written(value: float) -> None:
    assert keys_of(repr(value)) == (value,)


@pytest.mark.parametrize(
    ("results", "objective", "others"),
    [
        ({"The number of A": "1", "The total cost": "7.5"}, 7.5, {"The number of A": 1.0}),
        (
            {"The optimal number of stations": "2.0", "Whether in city 1": "0"},
            2.0,
            {"Whether in city 1": 0.0},
        ),
        ({"x": "1", "y": "2"}, 2.0, {"x": 1.0}),
    ],
)
def test_the_last_goal_among_results_is_the_objective(results, objective, others) -> None:
    assert results_of(results) == (objective, others)
