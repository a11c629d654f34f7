"""Sums over data through the one entry: known optima, budgets, determinism, refusals."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest

from solvers.errors import ModelError
from solvers.numeric import MethodResult, Outcome, Sum, minimize
from solvers.numeric.methods.stochastic.catalogue import METHODS

DRAW = np.random.default_rng(0)
A = DRAW.normal(size=(256, 3))
B = A @ np.array([1.0, -2.0, 0.5]) + 0.1 * DRAW.normal(size=256)
OPTIMUM = np.linalg.lstsq(A, B, rcond=None)[0]
LEAST = float(np.mean((A @ OPTIMUM - B) ** 2))


def squares(x, a, b):
    return (a @ x - b) ** 2


def solved(method: str = "sgd", **options) -> MethodResult:
    return minimize(
        Sum(squares, (A, B), **{"epochs": 30, "batch_size": 16, **options}), [0.0] * 3, method=method
    )


@pytest.mark.parametrize("method", ["auto", *METHODS])
def test_every_method_comes_near_the_optimum_of_least_squares_within_its_budget(method: str) -> None:
    found = solved(method)
    assert found.objective < LEAST + 0.02 * (np.mean(B**2) - LEAST)
    assert 0 < found.evaluations <= 30 * 256
    assert found.route.startswith(method) or method == "auto"
    assert found.history[-1, 0] == pytest.approx(found.evaluations, abs=1) or method == "adadagrad"


def test_the_same_seed_gives_the_same_digits_and_another_seed_others() -> None:
    problem = Sum(squares, (A, B), epochs=5, batch_size=16)
    first, again, other = (minimize(problem, [0.0] * 3, method="sgd", seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.x, again.x) and not np.array_equal(first.x, other.x)


def test_full_batches_at_a_given_rate_take_the_steps_of_the_library() -> None:
    found = solved("sgd", batch_size=256, epochs=20, rate=0.05, schedule="constant")
    x, optimizer = jnp.zeros(3), optax.sgd(0.05, momentum=0.9)
    state = optimizer.init(x)
    for _ in range(20):
        change, state = optimizer.update(jnp.asarray(2 * A.T @ (A @ x - B) / 256), state)
        x = x + change
    assert found.x == pytest.approx(np.asarray(x), rel=1e-5)


def test_full_batches_solve_to_the_first_order_conditions() -> None:
    found = solved("sgd", batch_size=256, epochs=500, rate=0.1, schedule="constant")
    assert found.outcome is Outcome.SOLVED and found.error <= 1e-6
    assert found.x == pytest.approx(OPTIMUM, abs=1e-5)


@pytest.mark.parametrize("schedule", ["cosine", "rex", "uba", "refined"])
def test_every_schedule_is_reachable_by_name(schedule: str) -> None:
    found = solved(schedule=schedule)
    assert schedule in found.route and found.evaluations <= 30 * 256
    assert found.objective < LEAST + 0.01


def test_a_start_may_be_a_tree_and_the_point_comes_back_as_one() -> None:
    def loss(x, a, b):
        return (a @ x["w"] + x["c"] - b) ** 2

    found = minimize(Sum(loss, (A, B)), {"w": np.zeros(3), "c": 0.0}, method="adam")
    assert set(found.point) == {"w", "c"} and found.x.shape == (4,)
    assert found.x[1:] == pytest.approx(np.asarray(found.point["w"]))


def test_batches_grow_where_the_gradient_sinks_into_its_noise() -> None:
    assert "batches up to 256" in solved("adadagrad").route
    exact = minimize(Sum(squares, (A, A @ OPTIMUM), epochs=5), [0.0] * 3, method="adadagrad")
    assert "batches up to 256" not in exact.route


def test_a_loss_that_is_not_defined_at_the_start_is_named() -> None:
    found = minimize(Sum(lambda x, a: jnp.log(x[0]) * a, A[:, 0]), [-1.0])
    assert found.outcome is Outcome.UNDEFINED and found.evaluations == 0


def test_a_rate_that_blows_up_ends_as_stalled_with_finite_numbers() -> None:
    found = solved("sgd", rate=1e6, schedule="constant")
    assert found.outcome is Outcome.STALLED and np.all(np.isfinite(found.x))


def test_the_time_limit_ends_a_run_early() -> None:
    found = minimize(Sum(squares, (A, B), epochs=1e5), [0.0] * 3, method="sgd", time_limit=1e-3)
    assert found.evaluations < 256 * 1e5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": (A, B[:-1])}, "data are arrays of one length"),
        ({"data": (A, np.where(B > 2, np.nan, B))}, "data array 1 has entries that are not finite"),
        ({"data": (A, B.astype(str))}, "data array 1 holds <U"),
        ({"batch_size": 257}, "the batch size is 257; take 1 to 256"),
        ({"epochs": 0}, "0 epochs were asked for"),
        ({"epochs": 1e-3}, "less than one step"),
        ({"rate": -1.0}, "the rate is -1.0"),
        ({"schedule": "step"}, "no schedule 'step'"),
        ({"loss": lambda x, a, b: a * x}, "must be one number"),
        ({"loss": lambda x, a: a @ x}, "cannot be traced"),
    ],
)
def test_malformed_sums_are_refused(change: dict, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        minimize(Sum(**{"loss": squares, "data": (A, B), **change}), [0.0] * 3, method="adam")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "ipopt"}, "no method 'ipopt' for sums over data"),
        ({"bounds": (0, 1)}, "neither rows nor bounds"),
        ({"starts": 2}, "takes one start"),
        ({"time_limit": 0.0}, "the time limit is 0.0"),
    ],
)
def test_what_sums_do_not_take_is_refused(options: dict, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        minimize(Sum(squares, (A, B)), [0.0] * 3, **options)


def test_schedules_and_single_samples_outside_a_methods_assumptions_are_refused() -> None:
    with pytest.raises(ModelError, match="schedule-free does without a schedule"):
        solved("schedule-free", schedule="rex")
    with pytest.raises(ModelError, match="adadagrad estimates the variance"):
        solved("adadagrad", batch_size=1)


def test_missing_and_bad_starts_are_refused() -> None:
    for start, message in ((None, "needs a start"), ([np.nan], "not finite"), (np.zeros(0), "is empty")):
        with pytest.raises(ModelError, match=message):
            minimize(Sum(squares, (A, B)), start)


def test_methods_of_sums_are_refused_for_functions() -> None:
    with pytest.raises(ModelError, match="no method 'adam' for models and functions"):
        minimize(lambda x: x[0] ** 2, [1.0], method="adam")
