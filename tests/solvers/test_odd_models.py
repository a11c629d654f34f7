"""Models that are easily got wrong: empty, fixed, badly scaled, with noise, with things no engine sees."""

import math
from collections.abc import Callable

import pyomo.environ as pyo
import pytest
from small_models import pick

import solvers
from solvers import ModelClass, ModelError, Status
from solvers.combinatorial import GlobalConstraint, declare, declared


@pytest.mark.parametrize("engine", ["highs", "scip", "cpsat"])
def test_a_model_without_rows_or_objective_terms(engine: str) -> None:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(domain=pyo.Integers, bounds=(2, 5))
    model.goal = pyo.Objective(expr=0 * model.x + 4)
    report = solvers.solve(model, engine=engine)
    assert report.status is Status.OPTIMAL and report.objective == 4
    assert 2 <= report.values["x"] <= 5


def test_a_model_without_variables() -> None:
    model = pyo.ConcreteModel()
    model.goal = pyo.Objective(expr=3.0)
    report = solvers.solve(model)
    assert report.status is Status.OPTIMAL and report.objective == 3


@pytest.mark.parametrize("engine", ["highs", "scip"])
def test_twelve_orders_of_magnitude_are_warned_about_and_survived(engine: str) -> None:
    model = pyo.ConcreteModel()
    model.x, model.y = pyo.Var(bounds=(0, 1e6)), pyo.Var(bounds=(0, 1e-6))
    model.goal = pyo.Objective(expr=model.x + 1e6 * model.y, sense=pyo.maximize)
    model.row = pyo.Constraint(expr=1e-6 * model.x + 1e6 * model.y <= 1.5)
    assert any("orders of magnitude" in warning for warning in solvers.classify(model).warnings)
    report = solvers.solve(model, engine=engine)
    assert report.certificate is not None and report.certificate.is_feasible


def test_a_loose_big_m_is_named_with_what_it_can_be() -> None:
    model = pyo.ConcreteModel()
    model.x, model.on = pyo.Var(bounds=(0, 40)), pyo.Var(domain=pyo.Binary)
    model.goal = pyo.Objective(expr=model.x - model.on, sense=pyo.maximize)
    model.switch = pyo.Constraint(expr=model.x <= 1e6 * model.on)
    assert solvers.classify(model).warnings == ("`switch`: the big-M 1e+06 on `on` can be 40",)


def test_a_warm_start_is_taken() -> None:
    model = pick()
    for engine in ("highs", "scip", "cpsat"):
        for i, var in model.x.items():
            var.set_value(1.0 if i in (0, 1, 2, 3) else 0.0)
        report = solvers.solve(model, engine=engine, warm_start=True)
        assert report.objective == 14
        assert [var.value for var in model.x.values()][:4] == [1.0] * 4  # the model is left as it was


def test_classes_and_sizes() -> None:
    found = solvers.classify(pick())
    assert (found.model_class, found.variables, found.integers, found.binaries) == (ModelClass.MILP, 6, 6, 6)
    assert (found.constraints, found.nonzeros, found.density) == (1, 6, 1.0)
    assert found.coefficients == (1.0, 6.0) and found.is_pure_integer and not found.has_global_constraints
    for bad in (math.nan, math.inf):
        model = pick()
        model.bad = pyo.Constraint(expr=bad * model.x[0] <= 3)
        with pytest.raises(ModelError):
            solvers.classify(model)


# What is easily overlooked --------------------------------------------------------------------------------------------


def test_components_that_no_engine_sees_are_refused() -> None:
    model = pick()
    model.one_of = pyo.SOSConstraint(var=model.x, sos=1)
    with pytest.raises(ModelError, match="`one_of` is a SOSConstraint"):
        solvers.solve(model)
    model.one_of.deactivate()
    assert solvers.solve(model).status is Status.OPTIMAL


def test_a_domain_with_steps_is_refused() -> None:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(domain=pyo.Set(initialize=[0, 5, 10]))
    model.goal = pyo.Objective(expr=model.x, sense=pyo.maximize)
    with pytest.raises(ModelError, match="the domain of `x`"):
        solvers.solve(model)


@pytest.mark.parametrize(("sense", "optimum"), [(pyo.minimize, 3), (pyo.maximize, 9)])
def test_noise_in_a_limit_does_not_cut_off_the_optimum(sense: object, optimum: float) -> None:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(domain=pyo.Integers, bounds=(0, 9))
    model.least = pyo.Constraint(expr=0.1 * model.x >= 0.1 + 0.2)
    model.goal = pyo.Objective(expr=model.x, sense=sense)
    assert solvers.solve(model, engine="cpsat").objective == optimum


@pytest.mark.parametrize(
    ("upper", "row"),
    [
        (3, lambda m: m.x[0] + m.x[1] == 2.5),
        (3, lambda m: m.x[0] + m.x[1] <= -5),
        (0.8, lambda m: m.x[0] + m.n <= 9),  # no whole number lies between 0.2 and 0.8
    ],
)
def test_whole_numbers_that_cannot_be_are_infeasible(
    upper: float, row: Callable[[pyo.ConcreteModel], object]
) -> None:
    model = pick()
    model.n = pyo.Var(domain=pyo.Integers, bounds=(0.2, upper))
    model.row = pyo.Constraint(expr=row(model))
    assert solvers.solve(model, engine="cpsat").status is Status.INFEASIBLE


def test_a_fixed_arc_is_no_choice() -> None:
    model = pyo.ConcreteModel()
    arcs = [(i, j) for i in range(3) for j in range(3) if i != j]
    model.arc = pyo.Var(arcs, domain=pyo.Binary)
    model.goal = pyo.Objective(expr=sum((1 + i + 2 * j) * model.arc[i, j] for i, j in arcs))
    model.once = pyo.Constraint(range(3), rule=lambda m, i: sum(m.arc[a] for a in arcs if a[0] == i) == 1)
    declare(model.once, [GlobalConstraint("circuit", tuple((*a, model.arc[a]) for a in arcs))])
    model.arc[0, 1].fix(0)
    report = solvers.solve(model)
    assert report.status is Status.OPTIMAL and model.arc[0, 1].value == 0


def test_some_rows_of_a_declared_constraint_are_not_the_declaration() -> None:
    model = pick(3, domain=pyo.NonNegativeIntegers)
    model.differ = pyo.Constraint([0, 1], rule=lambda m, i: m.x[i] <= 5)
    declare(model.differ, [GlobalConstraint("all_different", tuple((model.x[i],) for i in range(3)))])
    assert declared(model)
    model.differ[1].deactivate()
    assert not declared(model)


def test_a_model_with_everything_fixed() -> None:
    model = pyo.ConcreteModel()
    model.x = pyo.Var()
    model.x.fix(5)
    model.goal = pyo.Objective(expr=2 * model.x)
    model.row = pyo.Constraint(expr=model.x <= 7)
    report = solvers.solve(model)
    assert (report.status, report.objective) == (Status.OPTIMAL, 10)
    model.row.set_value(model.x <= 3)
    report = solvers.solve(model)
    assert report.status is Status.INFEASIBLE and "`row`" in report.message


def test_a_function_that_scip_does_not_read_goes_to_ipopt() -> None:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(bounds=(-1, 2), initialize=1)
    model.goal = pyo.Objective(expr=pyo.tanh(model.x) + model.x**2)
    for engine in ("auto", "race", "ipopt"):
        report = solvers.solve(model, engine=engine, time_limit=20)
        assert report.objective == pytest.approx(-0.22053155, abs=1e-6), engine
        assert report.status is Status.FEASIBLE


@pytest.mark.parametrize(
    "options", [{"time_limit": math.inf}, {"time_limit": -1}, {"gap": -0.1}, {"threads": -2}]
)
def test_limits_that_are_none_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ModelError):
        solvers.solve(pick(), engine="race", **options)  # type: ignore[arg-type]


def test_a_scaled_model_comes_back_unscaled() -> None:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(bounds=(0, 4))
    model.goal = pyo.Objective(expr=(model.x - 3) ** 2 * model.x)
    model.scaling_factor = pyo.Suffix(direction=pyo.Suffix.EXPORT)
    model.scaling_factor[model.x] = 10
    assert solvers.solve(model, engine="scip").objective == pytest.approx(0, abs=1e-5)


def test_an_optimum_that_our_checks_refute_is_not_reported_as_one() -> None:
    """HiGHS drops coefficients below 1e-9 and reports 1; the truth is 0.01."""
    model = pyo.ConcreteModel()
    model.x, model.y = pyo.Var(bounds=(0, 1e10)), pyo.Var(bounds=(0, None))
    model.row = pyo.Constraint(expr=1e-10 * model.x + model.y >= 1)
    model.goal = pyo.Objective(expr=1e-12 * model.x + model.y)
    report = solvers.solve(model, engine="highs")
    assert report.objective == pytest.approx(0.01) or report.status is not Status.OPTIMAL


def test_nothing_is_certified_of_values_that_are_no_numbers() -> None:
    import numpy as np

    from solvers.certificate import certify
    from solvers.matrix import extract

    found = extract(pick())
    assert found is not None
    for bad in (math.nan, math.inf):
        assert not certify(found.program, np.full(6, bad)).is_feasible


def test_the_log_is_printed_as_it_comes(capsys: pytest.CaptureFixture[str]) -> None:
    report = solvers.solve(pick(), engine="highs", log=True)
    assert "HiGHS" in capsys.readouterr().out and "HiGHS" in report.log
    solvers.solve(pick(), engine="highs")
    assert capsys.readouterr().out == ""


def test_a_bounded_column_beside_a_whole_one_is_not_cut_off() -> None:
    """HiGHS 1.14.0 calls 4.5 optimal here."""
    model = pyo.ConcreteModel()
    model.x, model.y = pyo.Var(bounds=(0, 2.5)), pyo.Var(domain=pyo.Integers, bounds=(0, 5))
    model.row = pyo.Constraint(expr=model.x + model.y <= 5)
    model.goal = pyo.Objective(expr=model.x + model.y, sense=pyo.maximize)
    assert solvers.solve(model).objective == pytest.approx(5)


@pytest.mark.parametrize("scale", [1e-11, 1e-9, 1e-3, 1.0, 1e9])
def test_the_size_of_numbers_does_not_change_the_plan(scale: float) -> None:
    values, weights = (60, 100, 120, 75, 90, 40, 85), (10, 20, 30, 14, 25, 6, 16)
    model = pyo.ConcreteModel()
    model.x = pyo.Var(range(7), domain=pyo.Binary)
    model.row = pyo.Constraint(expr=sum(w * scale * model.x[i] for i, w in enumerate(weights)) <= 70 * scale)
    model.goal = pyo.Objective(
        expr=sum(v * scale * model.x[i] for i, v in enumerate(values)), sense=pyo.maximize
    )
    report = solvers.solve(model)
    assert report.status is Status.OPTIMAL
    assert report.objective == pytest.approx(360 * scale, rel=1e-9)
    assert report.bound == pytest.approx(360 * scale, rel=1e-6)


def test_prices_are_in_the_units_of_the_model() -> None:
    model = pyo.ConcreteModel()
    model.x, model.y = pyo.Var(bounds=(0, None)), pyo.Var(bounds=(0, 4))
    model.need = pyo.Constraint(expr=1e-8 * model.x + 1e-8 * model.y >= 1e-7)
    model.goal = pyo.Objective(expr=2e-10 * model.x + 1e-10 * model.y)
    report = solvers.solve(model)
    assert report.objective == pytest.approx(1.6e-9)
    assert report.duals["need"] == pytest.approx(2e-10 / 1e-8)


def test_a_small_entry_is_an_entry() -> None:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(bounds=(0, None))
    model.row = pyo.Constraint(expr=1e-10 * model.x <= 1)
    model.goal = pyo.Objective(expr=model.x, sense=pyo.maximize)
    assert solvers.solve(model).objective == pytest.approx(1e10)


def test_a_convex_objective_without_an_optimum_is_not_optimal() -> None:
    model = pyo.ConcreteModel()
    model.x, model.y = pyo.Var(), pyo.Var()
    model.goal = pyo.Objective(expr=model.x**2 + model.y)
    assert solvers.solve(model).status is Status.UNBOUNDED
    assert solvers.solve(model, engine="highs").status is not Status.OPTIMAL


def test_a_slope_too_small_for_an_engine_is_not_called_optimal() -> None:
    model = pyo.ConcreteModel()
    model.x, model.y = pyo.Var(bounds=(0, None)), pyo.Var(bounds=(1, None))
    model.goal = pyo.Objective(expr=-1e-9 * model.x + model.y)
    assert solvers.solve(model).status in (Status.FEASIBLE, Status.UNBOUNDED)


def test_values_that_engines_take_for_infinite_prove_nothing() -> None:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(bounds=(1, None))
    model.goal = pyo.Objective(expr=pyo.log(model.x), sense=pyo.maximize)
    report = solvers.solve(model)
    assert report.status is not Status.OPTIMAL


def test_what_is_no_model_is_refused_in_our_words() -> None:
    with pytest.raises(ModelError, match="a Pyomo model is needed, not int"):
        solvers.solve(3)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="create_instance"):
        solvers.solve(pyo.AbstractModel())
    model = pyo.ConcreteModel()
    model.x = pyo.Var()
    with pytest.raises(ModelError, match=r"pyo\.Objective\(expr=0\)"):
        solvers.solve(model)
    model.goal = pyo.Objective(expr=model.x)
    model.x.fix()
    with pytest.raises(ModelError, match="`x` is fixed without a value"):
        solvers.solve(model)


def test_a_conflict_needs_no_objective() -> None:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(bounds=(0, 1))
    model.row = pyo.Constraint(expr=model.x >= 2)
    found = solvers.explain_infeasible(model)
    assert str(found) == found.text and "`row`" in found.text
    assert not list(model.component_objects(pyo.Objective))
