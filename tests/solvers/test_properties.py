"""Random linear models: engines agree, certificates catch corruption, conflicts are irreducible."""

import math
from dataclasses import replace

import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import solvers
from solvers import Status
from solvers.certificate import certify, proves_infeasible
from solvers.exact import exact_violation
from solvers.matrix import extract

NUMBERS = st.integers(-5, 5)


@st.composite
def linear_models(draw: st.DrawFn, *, is_whole: bool | None = None) -> pyo.ConcreteModel:
    """A bounded model with two to four variables and one to four rows, feasible or not."""
    count = draw(st.integers(2, 4))
    whole = draw(st.booleans()) if is_whole is None else is_whole
    model = pyo.ConcreteModel()
    model.x = pyo.Var(range(count), bounds=(0, 6), domain=pyo.Integers if whole else pyo.Reals)
    cost = draw(st.lists(NUMBERS, min_size=count, max_size=count))
    sense = draw(st.sampled_from([pyo.minimize, pyo.maximize]))
    model.goal = pyo.Objective(
        expr=sum(c * model.x[i] for i, c in enumerate(cost)) + 0 * model.x[0], sense=sense
    )
    model.rows = pyo.ConstraintList()
    for _ in range(draw(st.integers(1, 4))):
        row = draw(st.lists(NUMBERS, min_size=count, max_size=count).filter(any))
        body = sum(c * model.x[i] for i, c in enumerate(row) if c)
        limit = draw(st.integers(-10, 20))
        model.rows.add(draw(st.sampled_from([body <= limit, body >= limit, body == limit])))
    return model


@settings(max_examples=40)
@given(linear_models())
def test_two_engines_agree(model: pyo.ConcreteModel) -> None:
    found = solvers.classify(model)
    names = ["highs", "scip", *(["cpsat"] if found.is_pure_integer else [])]
    reports = [solvers.solve(model, engine=name) for name in names]
    assert len({report.status for report in reports}) == 1
    if reports[0].status is Status.OPTIMAL:
        for report in reports:
            assert report.objective == pytest.approx(reports[0].objective, abs=1e-6)
            assert report.certificate is not None and report.certificate.is_feasible


@settings(max_examples=60)
@given(linear_models(), st.integers(0, 3), st.sampled_from([-1e3, -1.0, -1e-3, 1e-3, 1.0, 1e3]))
def test_the_certificate_catches_a_moved_value(model: pyo.ConcreteModel, place: int, by: float) -> None:
    """Moving one value out of its bounds or off an equation or a whole number is always seen."""
    report = solvers.solve(model, engine="highs")
    assume(report.status is Status.OPTIMAL)
    found = extract(model)
    assert found is not None
    program = found.program
    x = np.array(report.primal)
    place %= len(x)
    x[place] += by
    truth = max(
        np.max(
            np.maximum(program.row_lower - program.activities(x), program.activities(x) - program.row_upper)
        ),
        np.max(np.maximum(program.lower - x, x - program.upper)),
        abs(x[place] - round(x[place])) if program.is_integer[place] else 0.0,
    )
    certificate = certify(program, x)
    assert certificate.is_feasible == (truth <= 1e-6)
    assert certificate.objective == pytest.approx(program.offset + program.cost @ x)


@settings(max_examples=60)
@given(linear_models(is_whole=False), st.integers(0, 10**6))
def test_no_multipliers_prove_more_than_the_optimum(model: pyo.ConcreteModel, seed: int) -> None:
    """Weak duality: whatever the multipliers, the recomputed bound is on the right side of the optimum."""
    report = solvers.solve(model, engine="highs")
    assume(report.status is Status.OPTIMAL and report.objective is not None)
    found = extract(model)
    assert found is not None and report.bound is not None
    assert report.bound == pytest.approx(report.objective, abs=1e-6)
    noise = np.random.default_rng(seed).normal(0, 2, found.program.row_count)
    bound = certify(found.program, np.array(report.primal), noise).dual_bound
    assert bound is not None  # all variables are bounded
    sign = -1 if found.program.is_maximize else 1
    assert sign * bound <= sign * report.objective + 1e-6


@settings(max_examples=40)
@given(linear_models())
def test_a_conflict_is_infeasible_and_nothing_in_it_is_superfluous(model: pyo.ConcreteModel) -> None:
    assume(solvers.solve(model).status is Status.INFEASIBLE)
    conflict = solvers.explain_infeasible(model)
    assert conflict.is_irreducible
    assert is_infeasible(model, conflict.constraints, conflict.bounds)
    for name in conflict.constraints:
        assert not is_infeasible(model, set(conflict.constraints) - {name}, conflict.bounds)
    for bound in conflict.bounds:
        assert not is_infeasible(model, conflict.constraints, set(conflict.bounds) - {bound})


@settings(max_examples=40)
@given(linear_models())
def test_each_relaxation_that_is_offered_suffices(model: pyo.ConcreteModel) -> None:
    assume(solvers.solve(model).status is Status.INFEASIBLE)
    conflict = solvers.explain_infeasible(model)
    for group in ([conflict.together] if conflict.together else []) + [(one,) for one in conflict.alone]:
        copy = model.clone()
        for relaxation in group:
            row = copy.find_component(relaxation.constraint)
            low, body, high = row.to_bounded_expression(evaluate_bounds=True)
            if relaxation.needed < relaxation.limit:
                low = relaxation.needed - 1e-7
            else:
                high = relaxation.needed + 1e-7
            row.set_value((low, body, high))
        assert solvers.solve(copy).status is not Status.INFEASIBLE


def is_infeasible(model: pyo.ConcreteModel, constraints: object, bounds: object) -> bool:
    """Whether only these constraints and bounds contradict each other."""
    copy = model.clone()
    copy.goal.deactivate()
    copy.nothing = pyo.Objective(expr=0.0 * copy.x[0])
    for row in copy.rows.values():
        if row.name not in constraints:  # type: ignore[operator]
            row.deactivate()
    for var in copy.x.values():
        var.setlb(0 if f"{var.name} >= 0" in bounds else None)  # type: ignore[operator]
        var.setub(6 if f"{var.name} <= 6" in bounds else None)  # type: ignore[operator]
    return solvers.solve(copy, engine="highs").status is Status.INFEASIBLE


def test_farkas_multipliers_are_checked() -> None:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(bounds=(0, None))
    model.goal = pyo.Objective(expr=model.x)
    model.most = pyo.Constraint(expr=2 * model.x <= 4)
    model.least = pyo.Constraint(expr=model.x >= 3)
    found = extract(model)
    assert found is not None
    assert proves_infeasible(found.program, np.array([-0.5, 1.0]))
    assert not proves_infeasible(found.program, np.array([1.0, 1.0]))
    possible = replace(found.program, row_upper=np.array([8.0, math.inf]))
    assert not proves_infeasible(possible, np.array([-0.5, 1.0]))
    report = solvers.solve(model)
    assert report.status is Status.INFEASIBLE and report.is_infeasibility_checked


def test_exact_residuals_see_what_floats_cannot() -> None:
    """1e16 + 1 - 1e16 is 0 in floats; the row asks for 1, and gets it exactly."""
    model = pyo.ConcreteModel()
    model.x = pyo.Var(range(3))
    model.goal = pyo.Objective(expr=model.x[0])
    model.row = pyo.Constraint(expr=model.x[0] + model.x[1] - model.x[2] == 1)
    found = extract(model)
    assert found is not None
    assert exact_violation(found.program, np.array([1e16, 1.0, 1e16])) == 0.0
    assert exact_violation(found.program, np.array([1e16, 1.0 + 2.0**-40, 1e16])) == 2.0**-40
    assert exact_violation(found.program, np.array([1e300, 1.0, 1e300])) == 0.0
    assert exact_violation(found.program, np.array([0.0, 0.0, 1e-300])) == pytest.approx(1.0)
