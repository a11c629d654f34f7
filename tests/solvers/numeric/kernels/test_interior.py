"""The interior-point kernel's parts: how far steps go, what they solve, and where restoration ends."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from solvers.numeric import Outcome, minimize
from solvers.numeric.compile import oracle_of_functions
from solvers.numeric.kernels import barrier, interior
from solvers.numeric.kernels.iterate import Settings, frame_of
from solvers.numeric.kernels.state import Bounds


def test_a_bound_that_does_not_exist_limits_no_step() -> None:
    with jax.enable_x64(True):
        room, move = jnp.array([1.0, 2.0]), jnp.array([-500.0, -4.0])
        assert float(barrier.reach(room, move, jnp.array([False, True]), 0.99)) == pytest.approx(0.495)
        assert float(barrier.reach(room, move, jnp.array([False, False]), 0.99)) == 1.0


def test_one_sided_rows_far_from_their_limits_do_not_slow_a_search() -> None:
    result = minimize(lambda x: (x[0] - 300) ** 2, [0.0], rows=lambda x: x, row_bounds=([-np.inf], [1_000.0]))
    assert result.outcome is Outcome.SOLVED and result.iterations < 20


def test_a_step_meets_the_equalities_to_the_last_digits() -> None:
    oracle = oracle_of_functions(
        lambda x: jnp.sum(x**4), lambda x: jnp.array([1e3 * x[0] + x[1] - 2, x[1] * x[2] - 5.0])
    )
    method = interior.Method(oracle, 2, Settings())
    nothing, everything = jnp.full(3, -jnp.inf), jnp.full(3, jnp.inf)
    with jax.enable_x64(True):
        bounds = Bounds(nothing, everything, jnp.zeros(2), jnp.zeros(2))
        x = jnp.array([1.0, 2.0, 3.0])
        state = method.sweep((), bounds, method.start((), bounds, x))
        frame = frame_of(bounds, state.scale_c, 2)
        jac = state.scale_c[:, None] * oracle.jacobian((), x)[1:]
        left = jac @ state.direction.z + frame.gap(state.point.c, state.point.z)
    assert np.abs(left).max() < 1e-12


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "limits", "nearest"),
    [
        (lambda x: jnp.array([x[0] + x[1], x[0] + x[1]]), ([-np.inf, 3.0], [1.0, np.inf]), None),
        (lambda x: jnp.array([jnp.sum(x**2)]), ([-1.0], [-1.0]), [0.0, 0.0]),
        (lambda x: jnp.array([jnp.exp(x[0]) + x[1] ** 2]), ([-np.inf], [-1.0]), [-2.0, 0.0]),
        (lambda x: jnp.array([x[0] - x[1] ** 2]), ([5.0], [np.inf]), [2.0, 0.0]),
    ],
    ids=["rows that exclude each other", "a negative square", "above zero, at a bound", "beyond a bound"],
)
def test_infeasible_problems_end_where_the_violation_is_least(
    rows: Callable[[Any], Any], limits: tuple[list[float], list[float]], nearest: list[float] | None
) -> None:
    result = minimize(
        lambda x: x[0] + 2 * x[1] ** 2, [0.5, 0.3], rows=rows, bounds=(-2.0, 2.0), row_bounds=limits
    )
    assert result.outcome is Outcome.INFEASIBLE
    assert result.violation > 0.5
    if nearest is not None:
        assert result.x == pytest.approx(nearest, abs=1e-3)


@pytest.mark.slow
def test_restoration_leads_back_to_the_search_where_the_rows_can_be_met() -> None:
    result = minimize(
        lambda x: x[0],
        [-4.0, 1.0, 1.0],
        rows=lambda x: jnp.array([x[0] ** 2 - x[1] - 1, x[0] - x[2] - 0.5]),
        bounds=([-np.inf, 0.0, 0.0], np.inf),
        row_bounds=(0.0, 0.0),
    )
    assert result.outcome is Outcome.SOLVED
    assert result.objective == pytest.approx(1.0, abs=1e-6)


@pytest.mark.slow
def test_a_row_that_is_steep_at_the_start_is_met_in_its_own_units() -> None:
    result = minimize(
        lambda x: jnp.sum(x**2), [25.0, 0.0], rows=lambda x: jnp.stack([jnp.exp(x[0]) + x[1]]),
        row_bounds=(3.0, np.inf), method="lanes", time_limit=300,
    )  # fmt: skip
    assert result.outcome is Outcome.SOLVED and result.objective == pytest.approx(1.0719523656, abs=1e-6)
    assert result.violation <= 1e-6


def test_limits_of_rows_are_relaxed_by_less_than_what_counts_as_met() -> None:
    with jax.enable_x64(True):
        bounds = Bounds(jnp.array([-1e9]), jnp.array([1e9]), jnp.array([0.0, 1e7]), jnp.array([1.0, np.inf]))
        scale = jnp.array([1e-4, 1.0])
        frame = frame_of(bounds, scale, 0)
        relaxed = jnp.abs(frame.box.lower[1:] - bounds.row_lower * scale) / scale
        assert (relaxed > 0).all() and (relaxed <= 5e-7).all()
