"""Bilevel problems through the one entry: known optima, agreement of both methods, refusals."""

import jax.numpy as jnp
import numpy as np
import pytest

from solvers.errors import ModelError
from solvers.numeric import Bilevel, Outcome, minimize

DRAW = np.random.default_rng(0)
A, V = DRAW.normal(size=(20, 8)), DRAW.normal(size=(20, 8))
TRUTH = DRAW.normal(size=8)
B, W = A @ TRUTH + 3 * DRAW.normal(size=20), V @ TRUTH + 3 * DRAW.normal(size=20)


def validation(x, y):
    return jnp.mean((V @ y - W) ** 2)


def training(x, y):
    return jnp.mean((A @ y - B) ** 2) + jnp.exp(x[0]) * jnp.sum(y**2)


def loss_of(weight: float) -> float:
    """The validation loss of ridge regression, by the normal equations."""
    y = np.linalg.solve(A.T @ A / 20 + weight * np.eye(8), A.T @ B / 20)
    return float(np.mean((V @ y - W) ** 2))


@pytest.mark.parametrize("method", ["implicit", "penalty"])
def test_a_known_optimum_is_found(method: str) -> None:
    """y*(x) = (x1, x1 + x2), so that F = (x1 - 1)^2 + (x1 + x2 - 3)^2 is 0 at (1, 2)."""
    problem = Bilevel(
        lambda x, y: (y[0] - 1) ** 2 + (y[1] - 3) ** 2,
        lambda x, y: (y[0] - x[0]) ** 2 + 2 * (y[1] - x[0] - x[1]) ** 2,
        [0.0, 0.0],
    )
    found = minimize(problem, [0.0, 0.0], method=method)
    x, y = found.point
    assert found.outcome is Outcome.SOLVED and found.objective < 1e-6
    assert x == pytest.approx([1.0, 2.0], abs=1e-3) and y == pytest.approx([1.0, 3.0], abs=1e-3)


@pytest.mark.parametrize("method", ["auto", "penalty"])
def test_a_ridge_weight_is_as_good_as_the_best_of_a_fine_grid(method: str) -> None:
    found = minimize(Bilevel(validation, training, np.zeros(8)), [-4.0], method=method)
    assert found.outcome is Outcome.SOLVED
    assert found.objective <= min(map(loss_of, np.logspace(-4, 2, 400))) * (1 + 1e-4)
    assert found.objective == pytest.approx(loss_of(float(np.exp(found.x[0]))), rel=1e-5)
    assert found.evaluations >= found.iterations > 0 and np.all(np.diff(found.history[:, 0]) > 0)


def test_the_reported_gradient_is_that_of_the_solution_map() -> None:
    found = minimize(Bilevel(validation, training, np.zeros(8), steps=1, tolerance=1e-6), [-1.0])
    at, step = float(found.x[0]), 1e-4
    slope = (loss_of(np.exp(at + step)) - loss_of(np.exp(at - step))) / (2 * step)
    assert found.outcome is Outcome.LIMIT and found.error == pytest.approx(abs(slope), rel=1e-4)


def test_the_same_problem_gives_the_same_digits_and_time_ends_it() -> None:
    problem = Bilevel(validation, training, np.zeros(8), steps=3)
    first, again = minimize(problem, [-4.0]), minimize(problem, [-4.0])
    assert np.array_equal(first.x, again.x)
    assert minimize(problem, [-4.0], time_limit=1e-9).iterations == 0


@pytest.mark.parametrize(
    ("change", "start", "message"),
    [
        ({"lower": lambda x, y: jnp.sum(y) * x[0]}, [1.0], "no y of least g was found at the start"),
        ({"lower": lambda x, y: y}, [1.0], "the lower function must give one number"),
        ({"upper": lambda x, y: x}, [1.0], "the upper function must give one number"),
        ({"inner": [np.nan]}, [1.0], "the inner start has shape"),
        ({"steps": 0}, [1.0], "both must be positive"),
        ({}, None, "needs a start of x"),
        ({}, [[1.0]], "the start has shape"),
    ],
)
def test_malformed_problems_are_refused_by_name(change: dict, start, message: str) -> None:
    parts = {"upper": validation, "lower": training, "inner": np.zeros(8), **change}
    with pytest.raises(ModelError, match=message):
        minimize(Bilevel(**parts), start)


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ModelError, match="no method 'adam' for bilevel problems"):
        minimize(Bilevel(validation, training, np.zeros(8)), [0.0], method="adam")
