"""Trainings: hyper-parameters that have to change on the way, failures, refusals."""

import numpy as np
import pytest

from solvers.errors import ModelError
from solvers.numeric import Outcome, Training, minimize


def noisy_descent(state, hyper, seed: int):
    """Ten noisy gradient steps on x^2 / 2: long steps first, short ones later."""
    draw = np.random.default_rng(seed)
    for _ in range(10):
        state = state - hyper[0] * (state + draw.normal())
    return state, -abs(state)


def test_the_rate_falls_while_the_population_trains() -> None:
    found = minimize(Training(noisy_descent, [1e-3], [1.0], members=10, rounds=30), 100.0, seed=1)
    course = found.x.reshape(30, 1)
    assert abs(found.point) < 0.5 and found.objective == abs(found.point)
    assert np.all((course >= 1e-3) & (course <= 1.0))
    assert found.evaluations == 300 and len(found.history) == 30


def test_members_that_fail_are_replaced() -> None:
    def fragile(state, hyper, seed: int):
        if hyper[0] > 0.1:
            raise FloatingPointError("the loss is not finite")
        return noisy_descent(state, hyper, seed)

    found = minimize(Training(fragile, [1e-3], [1.0], members=8, rounds=20), 10.0)
    assert np.all(found.x <= 0.1) and abs(found.point) < 5


def test_where_all_fail_the_outcome_says_so() -> None:
    found = minimize(Training(lambda state, hyper, seed: (state, np.nan), [1e-3], [1.0], 4, 2), 0.0)
    assert found.outcome is Outcome.UNDEFINED


def test_one_seed_gives_one_result() -> None:
    first, second = (minimize(Training(noisy_descent, [1e-3], [1.0], 4, 5), 9.0, seed=4) for _ in range(2))
    assert first.x.tolist() == second.x.tolist()


@pytest.mark.parametrize(
    ("problem", "method", "message"),
    [
        (Training(noisy_descent, [0.0], [1.0]), "auto", "positive lower bounds"),
        (Training(noisy_descent, [0.1], [1.0], members=3), "auto", "3 members"),
        (Training(noisy_descent, [0.1], [1.0]), "adam", "take auto or pbt"),
    ],
)
def test_what_is_outside_the_assumptions_is_refused(problem, method: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        minimize(problem, 1.0, method=method)
