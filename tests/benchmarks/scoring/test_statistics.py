"""Statistics against values from the literature, and their laws."""

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.scoring.statistics import (
    calibration,
    calibration_error,
    mcnemar,
    pass_at_k,
    risk_coverage,
    share,
)

ANSWERED = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40)


def test_wilson_of_newcombe_1998() -> None:
    """81 of 263, Table I of Newcombe's comparison of seven methods: 0.2553 to 0.3662."""
    found = share(81, 263)
    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)


@given(st.integers(1, 500), st.data())
def test_the_interval_holds_the_share(total: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, total))
    found = share(right, total)
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1


@pytest.mark.parametrize(
    ("b", "c", "p"), [(0, 0, 1.0), (5, 5, 1.0), (0, 5, 0.0625), (1, 9, 22 / 1024), (3, 1, 0.625)]
)
def test_mcnemar_is_the_exact_binomial_test(b: int, c: int, p: float) -> None:
    assert mcnemar(b, c) == pytest.approx(p)
    assert mcnemar(c, b) == mcnemar(b, c)


def test_mcnemar_of_many_changes_does_not_overflow() -> None:
    assert 0 < mcnemar(2400, 2600) < 0.01


@given(st.integers(1, 9), st.data())
def test_pass_at_k_counts_the_draws_with_a_right_sample(samples: int, data: st.DataObject) -> None:
    right, k = data.draw(st.integers(0, samples)), data.draw(st.integers(1, samples))
    draws = list(combinations(range(samples), k))
    assert pass_at_k(samples, right, k) == pytest.approx(
        sum(min(draw) < right for draw in draws) / len(draws)
    )


@given(ANSWERED)
def test_full_coverage_has_the_overall_risk(answered: list[tuple[float, bool]]) -> None:
    points = risk_coverage(answered, len(answered) * 2)
    assert points[-1].coverage == 0.5
    assert points[-1].risk == pytest.approx(sum(not right for _, right in answered) / len(answered))
    assert [point.threshold for point in points] == sorted({c for c, _ in answered}, reverse=True)


@given(ANSWERED)
def test_bins_hold_every_answer_once(answered: list[tuple[float, bool]]) -> None:
    bins = calibration(answered)
    assert sum(item.total for item in bins) == len(answered)
    assert sum(item.right for item in bins) == sum(right for _, right in answered)
    assert 0 <= calibration_error(bins) <= 1


def test_confidence_that_is_kept_has_no_error() -> None:
    answered = [(0.75, True)] * 3 + [(0.75, False)]
    assert math.isclose(calibration_error(calibration(answered)), 0.0)
