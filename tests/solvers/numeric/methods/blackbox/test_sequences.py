"""Sequences of solves: the total beside the best fixed parameter's, warm starts, failures, the probabilities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.errors import ModelError
from solvers.numeric import SolveSequence, chooser, minimize
from solvers.numeric.methods.blackbox.bandit import tsallis_chances

GRID = np.linspace(1.0, 1.95, 20)


def cost(index: int, parameter: float) -> float:
    """A valley over the grid, with noise."""
    return 30 + 800 * (parameter - 1.6) ** 2 + 10 * np.random.default_rng(index).normal()


def totals(method: str, count: int, seed: int = 0) -> tuple[float, float, float]:
    """The total of a method, that of the best fixed parameter, and the mean over the grid."""
    problem = SolveSequence(lambda index, parameter, warm: (cost(index, parameter), None), GRID, count, 400)
    fixed = [sum(cost(index, parameter) for index in range(count)) for parameter in GRID]
    return minimize(problem, method=method, seed=seed).objective, min(fixed), float(np.mean(fixed))


def test_the_smooth_bandit_is_soon_as_good_as_the_best_fixed_parameter() -> None:
    total, best, _ = totals("smooth-bandit", 200)
    assert total <= 1.2 * best


def test_the_drawn_parameters_beat_the_mean_over_the_grid() -> None:
    total, best, mean = totals("tsallis-inf", 1_000, seed=1)
    assert best <= total <= (best + mean) / 2


def test_a_change_on_the_way_is_followed() -> None:
    def turned(index: int, parameter: float, warm) -> tuple[float, None]:
        return abs(parameter - (1.2 if index < 100 else 1.8)), None

    taken = minimize(SolveSequence(turned, GRID, 200, 1.0)).x.astype(int)
    assert GRID[taken[80:100]].mean() == pytest.approx(1.2, abs=0.07)
    assert GRID[taken[180:]].mean() == pytest.approx(1.8, abs=0.07)


def test_each_solve_begins_from_the_one_before_and_failures_cost_the_dearest() -> None:
    begun = []

    def solve(index: int, parameter: str, warm: int) -> tuple[float, int]:
        begun.append(warm)
        if index == 2:
            raise ArithmeticError
        return 1.0, index

    found = minimize(SolveSequence(solve, ["a", "b"], 5, 10.0), -1, method="tsallis-inf")
    assert begun == [-1, 0, 1, 1, 3]
    assert found.objective == 14.0 and found.point == 4 and "1 of 5 solves failed" in found.route


@given(st.lists(st.floats(0, 1e4), min_size=2, max_size=30), st.floats(1e-3, 2.0))
def test_chances_are_probabilities_that_fall_with_the_costs(costs: list[float], rate: float) -> None:
    chances = tsallis_chances(np.array(costs), rate)
    assert np.all(chances > 0) and chances.sum() == pytest.approx(1.0)
    assert np.all(np.diff(chances[np.argsort(costs, kind="stable")]) <= 1e-12)


def test_solves_that_arrive_elsewhere_are_suggested_and_told() -> None:
    bandit = chooser("auto", arms=7)
    for _ in range(40):
        bandit.tell(abs(bandit.suggest() - 2) / 7)
    assert bandit.suggest() == 2


@pytest.mark.parametrize(
    ("problem", "method", "message"),
    [
        (SolveSequence(cost, GRID, 0, 1.0), "auto", "0 solves"),
        (SolveSequence(cost, [1.0], 5, 1.0), "auto", "has 1 parameters"),
        (SolveSequence(cost, GRID, 5, 1.0), "adam", "no method 'adam' for sequences"),
    ],
)
def test_what_is_outside_the_assumptions_is_refused(problem, method: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        minimize(problem, method=method)
