"""Any Pyomo model to a typed report: statuses, values, bounds, deadlines."""

import math
import time

import pyomo.environ as pyo
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import solvers
from solvers import ModelError, Status


def model_of(sense: int = pyo.maximize, domain: object = pyo.NonNegativeReals) -> pyo.ConcreteModel:
    """max 3x + 8y with 2x + 5y <= 220, 10x + 30y <= 1200, x >= 20; the optimum is 340 at (60, 20)."""
    model = pyo.ConcreteModel()
    model.x, model.y = pyo.Var(domain=domain), pyo.Var(domain=domain)
    model.goal = pyo.Objective(expr=3 * model.x + 8 * model.y, sense=sense)
    model.flour = pyo.Constraint(expr=2 * model.x + 5 * model.y <= 220)
    model.oven = pyo.Constraint(expr=10 * model.x + 30 * model.y <= 1200)
    model.regulars = pyo.Constraint(expr=model.x >= 20)
    return model


@pytest.mark.parametrize("domain", [pyo.NonNegativeReals, pyo.NonNegativeIntegers])
def test_an_optimum_with_its_bound_and_values(domain: object) -> None:
    model = model_of(domain=domain)
    report = solvers.solve(model)
    assert report.status is Status.OPTIMAL
    assert report.objective == pytest.approx(340) and report.bound == pytest.approx(340)
    assert report.values == {"x": pytest.approx(60), "y": pytest.approx(20)}
    assert report.certificate is not None and report.certificate.is_feasible
    assert model.x.value is None  # the caller's model is left as it was
    report.load()
    assert model.x.value == pytest.approx(60)


def test_duals_are_changes_of_the_objective() -> None:
    before = solvers.solve(model_of())
    model = model_of()
    model.oven.set_value(10 * model.x + 30 * model.y <= 1201)
    after = solvers.solve(model)
    assert after.objective is not None and before.objective is not None
    assert after.objective - before.objective == pytest.approx(before.duals["oven"], abs=1e-6)


def unbounded_model(kind: str) -> pyo.ConcreteModel:
    model = model_of(domain=pyo.NonNegativeIntegers if kind == "MILP" else pyo.NonNegativeReals)
    model.flour.deactivate()
    model.oven.deactivate()
    if kind == "NLP":
        model.bend = pyo.Constraint(expr=model.x * model.y >= 1)
    return model


@pytest.mark.parametrize("kind", ["LP", "MILP", "NLP"])
def test_unbounded_and_infeasible_are_told_apart(kind: str) -> None:
    model = unbounded_model(kind)
    assert solvers.solve(model).status is Status.UNBOUNDED
    model.low = pyo.Constraint(expr=model.x + model.y <= 10)
    assert solvers.solve(model).status is Status.INFEASIBLE


def test_a_ray_names_what_grows() -> None:
    assert solvers.solve(unbounded_model("LP")).ray.keys() <= {"x", "y"}


def test_nonlinear_models_are_solved_to_global_optimality() -> None:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(bounds=(-2, 2))
    model.goal = pyo.Objective(expr=model.x**4 - 3 * model.x**2 + model.x)
    report = solvers.solve(model)
    best = min(value**4 - 3 * value**2 + value for value in (k / 10000 for k in range(-20000, 20001)))
    assert report.status is Status.OPTIMAL and report.objective == pytest.approx(best, abs=1e-5)


def test_a_contradiction_with_bounds_in_a_nonlinear_model_is_infeasible() -> None:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(bounds=(0, 3))
    model.goal = pyo.Objective(expr=(model.x - 1) ** 2)
    model.fixed = pyo.Constraint(expr=model.x == 5)
    assert solvers.solve(model).status is Status.INFEASIBLE


def test_variables_that_nothing_mentions_get_a_value_in_their_bounds() -> None:
    model = model_of()
    model.unused = pyo.Var(bounds=(3, 9))
    assert solvers.solve(model).values["unused"] == 3


def test_fixed_variables_are_numbers() -> None:
    model = model_of()
    model.x.fix(30)
    assert solvers.solve(model).objective == pytest.approx(90 + 8 * 30)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_numbers_that_are_not_finite_are_refused(bad: float) -> None:
    model = model_of()
    model.weight = pyo.Param(initialize=bad, mutable=True)
    model.extra = pyo.Constraint(expr=model.weight * model.x <= 3)
    with pytest.raises((ModelError, ValueError)):
        solvers.solve(model)


@pytest.mark.parametrize("count", [0, 2])
def test_one_objective_is_needed(count: int) -> None:
    model = model_of()
    if count == 0:
        model.goal.deactivate()
    else:
        model.second = pyo.Objective(expr=model.x)
    with pytest.raises(ModelError, match="has none" if count == 0 else "has 2"):
        solvers.solve(model)


@pytest.mark.slow
def test_a_hard_model_ends_in_time_with_what_was_found() -> None:
    model = pyo.ConcreteModel()
    size = 60
    model.x = pyo.Var(range(size), domain=pyo.Binary)
    weights = [[(7919 * (i + 1) * (k + 3)) % 997 + 1 for i in range(size)] for k in range(8)]
    model.goal = pyo.Objective(expr=sum(weights[0][i] * model.x[i] for i in range(size)), sense=pyo.maximize)
    model.rows = pyo.Constraint(
        range(1, 8), rule=lambda m, k: sum(weights[k][i] * m.x[i] for i in range(size)) <= 5000 + k
    )
    started = time.monotonic()
    report = solvers.solve(model, time_limit=1, gap=0)
    assert time.monotonic() - started < 6
    assert report.status in (Status.OPTIMAL, Status.FEASIBLE)
    assert (
        report.bound is not None and report.objective is not None and report.bound >= report.objective - 1e-6
    )


number = st.integers(-9, 9)


@given(
    st.lists(st.tuples(number, number, st.integers(0, 30)), min_size=1, max_size=5),
    st.tuples(number, number),
    st.booleans(),
)
@settings(max_examples=40)
def test_the_dual_bound_of_a_random_lp_is_its_optimum(
    rows: list[tuple[int, int, int]], costs: tuple[int, int], is_maximize: bool
) -> None:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(range(2), bounds=(0, 50))
    model.goal = pyo.Objective(
        expr=sum(c * model.x[j] for j, c in enumerate(costs)) + 7,
        sense=pyo.maximize if is_maximize else pyo.minimize,
    )
    model.rows = pyo.ConstraintList()
    for a, b, limit in rows:
        model.rows.add((-limit - 50, a * model.x[0] + b * model.x[1] + 0 * model.x[0], limit))
    report = solvers.solve(model)
    if report.status is Status.OPTIMAL:
        assert report.bound == pytest.approx(report.objective, abs=1e-6)
        assert report.certificate is not None and report.certificate.is_feasible
