"""Why a model has no solution: small conflicts, what relaxing takes, in words."""

import pyomo.environ as pyo
import pytest

import solvers
from solvers import Status


def diet(domain: object = pyo.NonNegativeReals) -> pyo.ConcreteModel:
    """At most 20 hours, at least 12 meals at 2 and 5 hours each; an unneeded row beside them."""
    model = pyo.ConcreteModel()
    model.soup, model.roast = pyo.Var(domain=domain), pyo.Var(domain=domain)
    model.cost = pyo.Objective(expr=3 * model.soup + 8 * model.roast)
    model.hours = pyo.Constraint(expr=2 * model.soup + 5 * model.roast <= 20)
    model.meals = pyo.Constraint(expr=model.soup + model.roast >= 12)
    model.guests = pyo.Constraint(expr=model.soup >= 2)
    return model


@pytest.mark.parametrize("domain", [pyo.NonNegativeReals, pyo.NonNegativeIntegers])
def test_a_conflict_with_what_relaxing_each_member_takes(domain: object) -> None:
    model = diet(domain)
    found = solvers.explain_infeasible(model)
    assert set(found.constraints) == {"hours", "meals"}
    assert found.bounds == ("roast >= 0",) and found.is_irreducible
    assert {item.constraint: round(item.amount, 6) for item in found.alone} == {"hours": 4, "meals": 2}
    assert "raise `hours` by 4 (from 20 to 24), or lower `meals` by 2 (from 12 to 10)" in found.text
    assert model.hours.active and model.cost.active and model.soup.value is None


def test_the_cheapest_relaxation_is_in_proportion_to_the_limits() -> None:
    found = solvers.explain_infeasible(diet())
    (only,) = found.together
    assert only.constraint == "meals" and only.amount == pytest.approx(2)


def test_two_conflicts_at_once_need_two_relaxations() -> None:
    model = diet()
    model.few = pyo.Constraint(expr=model.roast <= 3)
    model.many = pyo.Constraint(expr=model.roast >= 4)
    found = solvers.explain_infeasible(model)
    assert found.is_irreducible and not found.alone  # no single one helps
    assert len(found.together) == 2 and " and " in found.text


def test_integrality_alone_can_be_the_reason() -> None:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(domain=pyo.Integers, bounds=(0, 9))
    model.goal = pyo.Objective(expr=model.x)
    model.half = pyo.Constraint(expr=2 * model.x == 5)
    found = solvers.explain_infeasible(model)
    assert found.constraints == ("half",) and found.components == ("half",)


def test_nonlinear_rows_take_part() -> None:
    model = diet()
    model.product = pyo.Constraint(expr=model.soup * model.roast >= 200)
    model.meals.deactivate()
    found = solvers.explain_infeasible(model)
    assert set(found.constraints) == {"hours", "product"} and found.is_irreducible
    assert model.product.active and not model.meals.active


def test_rows_of_an_indexed_constraint_are_told_apart() -> None:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(["a", "b"], bounds=(0, 5))
    model.goal = pyo.Objective(expr=model.x["a"] + model.x["b"])
    model.need = pyo.Constraint(["a", "b"], rule=lambda m, k: m.x[k] >= {"a": 2, "b": 7}[k])
    found = solvers.explain_infeasible(model)
    assert found.constraints == ("need[b]",) and found.bounds == ("x[b] <= 5",)


def test_there_is_no_conflict_in_what_can_be_solved() -> None:
    model = diet()
    model.meals.deactivate()
    found = solvers.explain_infeasible(model)
    assert found.constraints == () and "not found" in found.text
    assert solvers.solve(model).status is Status.OPTIMAL
