"""Routing, refusals, whole-number translation."""

import pyomo.environ as pyo
import pytest
from small_models import pick

import solvers
from solvers import ENGINES, EngineMissing, ModelClass, ModelError, Status
from solvers.combinatorial import GlobalConstraint, declare, declared, holds
from solvers.engines import Engine

# Routing --------------------------------------------------------------------------------------------------------


def test_auto_takes_the_fittest_and_says_why() -> None:
    model = pick()
    assert "HiGHS for this MILP" in solvers.solve(model).route
    model.square = pyo.Constraint(expr=model.x[0] * model.x[1] == 0)
    assert "SCIP" in solvers.solve(model).route


def test_global_constraints_go_to_constraint_programming() -> None:
    model = pick(3, domain=pyo.NonNegativeIntegers)
    for var in model.x.values():
        var.setub(5)
    model.differ = pyo.Constraint([0, 1, 2], rule=lambda m, i: m.x[i] <= 5)  # stands for the linearization
    declare(model.differ, [GlobalConstraint("all_different", tuple((model.x[i],) for i in range(3)))])
    report = solvers.solve(model)
    assert "CP-SAT" in report.engine and report.status is Status.OPTIMAL
    assert len(set(report.values.values())) == 3
    model.differ.deactivate()
    assert declared(model) == {} and "HiGHS" in solvers.solve(model).engine


def test_a_copy_of_a_model_keeps_its_global_constraints() -> None:
    model = pick(2)
    model.differ = pyo.Constraint(expr=model.x[0] + model.x[1] == 1)
    declare(model.differ, [GlobalConstraint("all_different", ((model.x[0],), (model.x[1],)))])
    copy = model.clone()
    (form,) = declared(copy)["differ"]
    assert form.items[0][0] is copy.x[0]


@pytest.mark.parametrize(
    ("engine", "message"),
    [
        ("cplex", "there is no engine 'cplex'; take auto, race, highs"),
        ("pdlp", "OR-Tools PDLP takes no such model .MILP, purely integer.; these do: highs, cpsat, scip"),
        ("ipopt", "IPOPT takes no such model"),
    ],
)
def test_an_engine_that_does_not_fit_is_refused_with_those_that_do(engine: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        solvers.solve(pick(), engine=engine)


def test_an_engine_that_is_not_installed_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = Engine("cpsat", "OR-Tools CP-SAT", "no_such_module", "pip install it", frozenset(ModelClass))
    monkeypatch.setitem(ENGINES, "cpsat", missing)
    with pytest.raises(EngineMissing, match="OR-Tools CP-SAT is not installed: pip install it"):
        solvers.solve(pick(), engine="cpsat")
    report = solvers.solve(pick())
    assert report.status is Status.OPTIMAL and "not installed (pip install it)" in report.route


# Whole numbers ---------------------------------------------------------------------------------------------------


def test_fractions_are_scaled_exactly() -> None:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(range(3), domain=pyo.Integers, bounds=(0, 100))
    model.goal = pyo.Objective(expr=0.1 * model.x[0] + 0.25 * model.x[1] + 7, sense=pyo.maximize)
    model.row = pyo.Constraint(expr=0.1 * model.x[0] + 0.2 * model.x[1] == 0.3 * model.x[2])
    model.most = pyo.Constraint(expr=model.x[2] / 3 <= 10)
    report = solvers.solve(model, engine="cpsat")
    other = solvers.solve(model, engine="highs")
    assert report.status is Status.OPTIMAL and report.objective == pytest.approx(other.objective)
    assert report.bound == pytest.approx(report.objective)
    x = [round(report.values[f"x[{i}]"]) for i in range(3)]
    assert x[0] + 2 * x[1] == 3 * x[2]


def test_bounds_follow_from_rows() -> None:
    model = pick(domain=pyo.NonNegativeIntegers)
    assert (
        solvers.solve(model, engine="cpsat").objective == solvers.solve(model, engine="highs").objective == 20
    )


def test_what_does_not_fit_is_refused_with_its_place_and_auto_goes_on() -> None:
    model = pick(domain=pyo.Integers)
    with pytest.raises(ModelError, match=r"`x\[0\]` has no finite bounds"):
        solvers.solve(model, engine="cpsat")
    large = pick()
    large.huge = pyo.Constraint(expr=1e17 * large.x[0] + 1.1e17 * large.x[1] + 1e-3 * large.x[2] <= 1e18)
    with pytest.raises(ModelError, match="`huge`: made whole, its numbers do not fit into 64 bits"):
        solvers.solve(large, engine="cpsat")
    declare(large.huge, [])
    report = solvers.solve(large)
    assert report.status is Status.OPTIMAL


@pytest.mark.parametrize(
    ("form", "values", "verdict"),
    [
        ("all_different", (1, 2, 3), True),
        ("all_different", (1, 2, 1), False),
        ("no_overlap", (0, 2, 4), True),
        ("no_overlap", (0, 1, 4), False),
        ("cumulative", (0, 0, 2), True),
        ("cumulative", (0, 1, 1), False),
    ],
)
def test_global_constraints_are_checked_from_their_definition(
    form: str, values: tuple[int, ...], verdict: bool
) -> None:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(range(3))
    for var, value in zip(model.x.values(), values, strict=True):
        var.set_value(value)
    width = {"all_different": (), "no_overlap": (2,), "cumulative": (2, 1)}[form]
    items = tuple((var, *width) for var in model.x.values())
    assert holds(GlobalConstraint(form, items, 2)) is verdict  # type: ignore[arg-type]


@pytest.mark.parametrize(("arcs", "verdict"), [("ab bc ca", True), ("ab ba cc", False), ("ab bc", False)])
def test_a_tour_visits_everything_once(arcs: str, verdict: bool) -> None:
    model = pyo.ConcreteModel()
    every = [(tail, head) for tail in "abc" for head in "abc"]
    model.x = pyo.Var(every, domain=pyo.Binary)
    for key, var in model.x.items():
        var.set_value(float("".join(key) in arcs.split()))
    assert holds(GlobalConstraint("circuit", tuple((*key, model.x[key]) for key in every))) is verdict
