"""Functions over simple sets: known optima, the gap as a bound, refusals."""

import jax.numpy as jnp
import numpy as np
import pytest

from solvers.errors import ModelError
from solvers.numeric import Box, L1Ball, Outcome, OverSet, Simplex, minimize

TARGET = np.array([0.7, 0.5, -0.2])


def distance(x):
    return 0.5 * jnp.sum((x - TARGET) ** 2)


KNOWN = [
    (Simplex(), [0.6, 0.4, 0.0]),
    (L1Ball(0.6), [0.4, 0.2, 0.0]),
    (Box(0.0, [0.5, 1.0, 1.0]), [0.5, 0.5, 0.0]),
]


@pytest.mark.parametrize(("over", "optimum"), KNOWN, ids=["simplex", "ball", "box"])
@pytest.mark.parametrize("method", ["auto", "frank-wolfe"])
def test_the_nearest_point_is_found_and_the_gap_bounds_the_rest(over, optimum: list, method: str) -> None:
    found = minimize(OverSet(distance, over, tolerance=1e-4), [0.0] * 3, method=method, time_limit=600)
    assert found.outcome is Outcome.SOLVED and found.gap <= 1e-4
    assert found.x == pytest.approx(optimum, abs=0.02)
    assert found.objective - float(distance(np.array(optimum))) <= found.gap + 1e-9


@pytest.mark.parametrize(
    ("problem", "start", "method", "message"),
    [
        (OverSet(distance, Simplex()), [0.0] * 3, "adam", "no method 'adam' over sets"),
        (OverSet(distance, Simplex()), None, "auto", "needs a start"),
        (OverSet(distance, Simplex()), [np.nan] * 3, "auto", "finite numbers"),
        (OverSet(distance, Simplex(), iterations=0), [0.0] * 3, "auto", "must be positive"),
        (OverSet(lambda x: x, Simplex()), [0.0] * 3, "auto", "must give one number"),
    ],
)
def test_what_is_outside_the_assumptions_is_refused(problem, start, method: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        minimize(problem, start, method=method)


def test_a_function_undefined_at_the_start_is_named() -> None:
    found = minimize(OverSet(lambda x: jnp.log(x[0] - 5), Simplex()), [0.0, 1.0])
    assert found.outcome is Outcome.UNDEFINED
