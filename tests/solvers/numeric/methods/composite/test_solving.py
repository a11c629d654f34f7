"""Composite problems through the one entry: known optima, the count of expensive gradients, refusals."""

import jax.numpy as jnp
import numpy as np
import pytest

from solvers.errors import ModelError
from solvers.numeric import Composite, Outcome, minimize

DRAW = np.random.default_rng(0)
A = DRAW.normal(size=(40, 3))
B = A @ np.array([1.0, -2.0, 0.5]) + 0.1 * DRAW.normal(size=40)


def squares(z):
    return 0.5 * jnp.sum((z - B) ** 2)


def linear(x):
    return A @ x


def signs(z):
    return jnp.sum(jnp.logaddexp(0.0, -np.sign(B) * z)) + 0.05 * jnp.sum(z**2)


def test_squares_are_solved_by_the_first_surrogate() -> None:
    """The surrogate with t = 1 is the loss itself."""
    found = minimize(Composite(squares, linear), [0.0] * 3)
    assert found.outcome is Outcome.SOLVED and found.evaluations == 2
    assert found.x == pytest.approx(np.linalg.lstsq(A, B, rcond=None)[0], abs=1e-6)


def test_a_convex_loss_is_solved_to_its_first_order_conditions() -> None:
    found = minimize(Composite(signs, linear), [0.0] * 3)
    slope = A.T @ (-np.sign(B) / (1 + np.exp(np.sign(B) * (A @ found.x))) + 0.1 * A @ found.x)
    assert found.outcome is Outcome.SOLVED and np.abs(slope).max() == pytest.approx(found.error, abs=1e-9)
    assert found.error <= 1e-6 * found.objective and found.history[-1, 0] == found.evaluations


def test_the_loss_never_rises_and_the_budget_holds() -> None:
    found = minimize(Composite(lambda z: jnp.sum(jnp.cos(3 * z)), linear, evaluations=12), [0.1, 0.2, 0.3])
    assert found.evaluations <= 12 and np.all(np.diff(found.history[:, 1]) <= 0)
    assert found.objective < found.history[0, 1]


def test_a_loss_that_is_not_defined_at_the_start_is_named() -> None:
    found = minimize(Composite(lambda z: jnp.sum(jnp.log(z)), linear), [0.0] * 3)
    assert found.outcome is Outcome.UNDEFINED and found.evaluations == 1


@pytest.mark.parametrize(
    ("change", "start", "method", "message"),
    [
        ({}, None, "auto", "needs a start"),
        ({}, [np.nan], "auto", "finite numbers"),
        ({"inner": 0}, [0.0] * 3, "auto", "all must be positive"),
        ({"model": jnp.sum}, [0.0] * 3, "auto", "must give a vector"),
        ({"loss": jnp.sin}, [0.0] * 3, "auto", "must give one number"),
        ({}, [0.0] * 3, "adam", "no method 'adam' for composite problems"),
    ],
)
def test_malformed_problems_are_refused_by_name(change: dict, start, method: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        minimize(Composite(**{"loss": squares, "model": linear, **change}), start, method=method)
