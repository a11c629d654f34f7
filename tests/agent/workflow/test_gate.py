"""The gate: what counts as better, and the front from which steps start."""

import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.workflow.gate import EXACT_ITEMS, Margin, Significance, default_gate, mean, paired_p_value
from agent.workflow.pareto import front, pick

SCORES = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=8)


@given(SCORES)
def test_the_p_value_is_the_share_of_sign_changes_with_as_large_a_gain(pairs):
    gains = [after - before for before, after in pairs]
    totals = [
        sum(s * g for s, g in zip(signs, gains, strict=True)) for signs in product((1, -1), repeat=len(gains))
    ]
    expected = sum(total >= sum(gains) for total in totals) / len(totals)
    before, after = zip(*pairs, strict=True)
    assert paired_p_value(before, after) == pytest.approx(expected)


def test_many_items_are_judged_by_random_sign_changes_as_by_all():
    before = [0.0] * 20
    after = [1.0] * 14 + [-1.0] * 6
    exact = 0.0577  # P(X >= 14) of a binomial with 20 draws at one half
    assert len(before) > EXACT_ITEMS
    assert paired_p_value(before, after) == pytest.approx(exact, abs=0.012)
    assert paired_p_value(before, after) == paired_p_value(before, after)


def test_significance_needs_enough_items():
    assert not Significance().rule([0] * 4, [1] * 4).is_better
    assert Significance().rule([0] * 5, [1] * 5).is_better
    assert not Significance().rule([1] * 9, [0] * 9).is_better
    assert not Significance().rule([1, 2], [1, 2]).is_better


def test_a_margin_must_be_passed():
    assert Margin().rule([1.0], [1.1]).is_better
    assert not Margin().rule([1.0], [1.0]).is_better
    ruling = Margin(0.2).rule([1.0], [1.1])
    assert not ruling.is_better and "not more than 0.2" in ruling.reason


def test_the_default_asks_for_significance_where_it_can_be_had():
    assert default_gate(5) == Significance() and default_gate(4) == Margin()


def test_the_mean_of_nothing_is_worse_than_anything():
    assert mean([]) < -1e300 and mean([1, 2]) == 1.5


def test_the_front_keeps_what_is_best_at_something_and_drops_the_dominated():
    scores = {0: [1, 0, 0], 1: [1, 1, 0], 2: [0, 0, 1], 3: [0.5, 0.5, 0.5]}
    assert front(scores) == {1: 2, 2: 1}


def test_equals_share_the_front():
    assert front({0: [1.0], 1: [1.0], 2: [0.0]}) == {0: 1, 1: 1}


def test_a_pick_is_as_likely_as_it_is_often_best():
    chance = random.Random(0)
    picked = [pick({0: [1, 1, 1, 0], 1: [0, 0, 0, 1]}, chance) for _ in range(400)]
    assert 270 < picked.count(0) < 330
