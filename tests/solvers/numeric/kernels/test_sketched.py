"""Sketched Newton steps on the exact augmented Lagrangian: optima and multipliers, and what the method refuses."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pyomo.environ as pyo
import pytest
from numeric_models import hs71, nl_text

from solvers.errors import ModelError
from solvers.numeric import Outcome, minimize
from solvers.numeric.kernels.sketched import Settings

pytestmark = pytest.mark.slow


def solved(objective: Any, start: list[float], rows: Any, levels: float | list[float], **options: Any) -> Any:
    return minimize(
        objective, start, rows=rows, row_bounds=(levels, levels), method="sketched", time_limit=120, **options
    )


def test_systems_larger_than_the_sketch_are_solved_to_the_optimum_with_its_multipliers() -> None:
    draw = np.random.default_rng(0)
    n, m = 12, 4
    assert n + m > Settings().sketch
    root, slopes, level = draw.normal(size=(n, n)), draw.normal(size=(m, n)), draw.normal(size=m)
    curvature, slope = np.eye(n) + root @ root.T / n, draw.normal(size=n)
    kkt = np.block([[curvature, -slopes.T], [slopes, np.zeros((m, m))]])
    best = np.linalg.solve(kkt, np.concatenate((-slope, level)))
    result = solved(
        lambda x: 0.5 * x @ curvature @ x + slope @ x, [0.0] * n, lambda x: slopes @ x, level.tolist()
    )
    assert result.outcome is Outcome.SOLVED and "sketched Newton" in result.route
    assert result.x == pytest.approx(best[:n], abs=1e-6) and result.y == pytest.approx(best[n:], abs=1e-5)


@pytest.mark.parametrize("start", [[2.0, 2.0], [0.5, 0.1]])
def test_curved_rows_and_directions_of_negative_curvature(start: list[float]) -> None:
    result = solved(
        lambda x: jnp.log(1 + x[0] ** 2) - x[1], start,
        lambda x: jnp.array([(1 + x[0] ** 2) ** 2 + x[1] ** 2]), 4.0,
    )  # fmt: skip
    assert result.outcome is Outcome.SOLVED and result.objective == pytest.approx(-np.sqrt(3), abs=1e-6)
    assert result.y == pytest.approx([-1 / (2 * np.sqrt(3))], abs=1e-6)


def test_a_model_is_solved_in_its_own_sense_from_many_starts() -> None:
    model = pyo.ConcreteModel()
    model.x, model.y = pyo.Var(initialize=1.0), pyo.Var(initialize=0.3)
    model.gain = pyo.Objective(expr=model.x * model.y, sense=pyo.maximize)
    model.circle = pyo.Constraint(expr=model.x**2 + model.y**2 == 2)
    result = minimize(nl_text(model), starts=8, method="sketched")
    assert result.outcome is Outcome.SOLVED and result.solved >= 6
    assert result.objective == pytest.approx(1.0, abs=1e-7) and result.certificate.is_stationary


def test_rows_that_cannot_be_met_an_endless_objective_and_an_undefined_start_are_told() -> None:
    impossible = solved(lambda x: x[0], [0.5], lambda x: x**2, -1.0)
    assert impossible.outcome is Outcome.STALLED and impossible.violation >= 1.0
    assert not solved(lambda x: -x[0], [0.5, 0.5], lambda x: x[1:], 1.0).outcome.is_solved
    assert solved(lambda x: jnp.log(x[0]), [-1.0], lambda x: x, 1.0).outcome is Outcome.UNDEFINED


def test_inequalities_and_bounds_are_refused_with_what_to_take() -> None:
    with pytest.raises(
        ModelError, match=r"1 inequalities and 4 variables with bounds: take lanes or augmented"
    ):
        minimize(hs71(), method="sketched")
