"""The scorer is strict and symmetric in what it forgives."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.score import is_right, key_of, wilson


@given(st.floats(-1e9, 1e9))
def test_the_key_itself_is_right_and_half_a_percent_off_is_not(key: float) -> None:
    assert is_right(key, key)
    assert not is_right(key + 0.005 * max(1.0, abs(key)), key)


@pytest.mark.parametrize("answer", [None, math.nan, math.inf])
def test_no_number_is_never_right(answer: float | None) -> None:
    assert not is_right(answer, 1.0)
    assert not is_right(1.0, None)


@pytest.mark.parametrize(
    ("item", "key"),
    [
        ({"answer": 5}, 5.0),
        ({"answer": "No Best Solution"}, None),
        ({"results": {"The number of A": "1", "The total cost": "7.5"}}, 7.5),
        ({"results": {"The optimal number of stations": "2.0", "Whether in city 1": "0.0"}}, 2.0),
        ({"results": {"x": "1", "y": "2"}}, 2.0),
        ({}, None),
    ],
)
def test_reads_the_objective_of_a_key(item: dict[str, object], key: float | None) -> None:
    assert key_of(item) == key


@given(st.integers(1, 500), st.data())
def test_the_interval_holds_the_share(total: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, total))
    low, high = wilson(right, total)
    assert 0 <= low <= high <= 1
    assert low - 1e-12 <= right / total <= high + 1e-12
