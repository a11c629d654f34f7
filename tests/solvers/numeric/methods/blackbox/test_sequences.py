"""Sequences of solves: the total beside the best fixed parameter's, warm starts, failures."""

import numpy as np
import pytest

from solvers.errors import ModelError
from solvers.numeric import SmoothBandit, SolveSequence, minimize

GRID = np.linspace(1.0, 1.95, 20)


def cost(index: int, parameter: float) -> float:
    """A valley over the grid, with noise."""
    return 30 + 800 * (parameter - 1.6) ** 2 + 10 * np.random.default_rng(index).normal()


@pytest.mark.parametrize(
    "order", [np.arange(20), np.random.default_rng(0).permutation(20)], ids=["ordered", "shuffled"]
)
def test_the_total_is_near_that_of_the_best_fixed_parameter(order) -> None:
    problem = SolveSequence(
        lambda index, parameter, warm: (cost(index, parameter), None), GRID[order], 200, 400
    )
    best = min(sum(cost(index, parameter) for index in range(200)) for parameter in GRID)
    assert minimize(problem).objective <= 1.25 * best


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

    found = minimize(SolveSequence(solve, ["a", "b"], 5, 10.0), -1)
    assert begun == [-1, 0, 1, 1, 3]
    assert found.objective == 14.0 and found.point == 4 and "1 of 5 solves failed" in found.route


def test_solves_that_arrive_elsewhere_are_suggested_and_told() -> None:
    bandit = SmoothBandit(7)
    for _ in range(40):
        bandit.tell(1e-3 * abs(bandit.suggest() - 2))
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
