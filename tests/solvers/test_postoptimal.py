"""After the optimum: sensitivity against re-solves, fronts, the next best plans, different plans."""

import itertools

import pyomo.environ as pyo
import pytest

import solvers
from solvers import ModelError


def bakery(domain: object = pyo.NonNegativeReals) -> pyo.ConcreteModel:
    """max 3x + 8y with 2x + 5y <= 220, 10x + 30y <= 1200, x >= 20; the optimum is 340 at (60, 20)."""
    model = pyo.ConcreteModel()
    model.x, model.y = pyo.Var(domain=domain), pyo.Var(domain=domain)
    model.profit = pyo.Objective(expr=3 * model.x + 8 * model.y, sense=pyo.maximize)
    model.flour = pyo.Constraint(expr=2 * model.x + 5 * model.y <= 220)
    model.oven = pyo.Constraint(expr=10 * model.x + 30 * model.y <= 1200)
    model.regulars = pyo.Constraint(expr=model.x >= 20)
    model.work = pyo.Objective(expr=model.x + model.y)
    model.work.deactivate()
    return model


def test_duals_hold_within_their_ranges_and_not_beyond() -> None:
    model = bakery()
    found = solvers.sensitivity(model)
    flour = next(row for row in found.constraints if row.name == "flour")
    inside, edge, beyond = (flour.low + flour.high) / 2, flour.high, flour.high + 5
    (_, a), (_, b), (_, c) = solvers.along(model, "flour", [inside, edge, beyond])
    assert a.objective is not None and b.objective is not None and c.objective is not None
    assert a.objective == pytest.approx(340 + flour.dual * (inside - 220))
    assert b.objective == pytest.approx(340 + flour.dual * (edge - 220))
    assert c.objective < 340 + flour.dual * (beyond - 220) - 0.1
    assert model.flour.upper == 220


def test_the_plan_holds_within_the_ranges_of_its_costs() -> None:
    found = solvers.sensitivity(bakery())
    x = next(var for var in found.variables if var.name == "x")
    for cost, is_same in ((x.low + 0.01, True), (x.high - 0.01, True), (x.high + 0.1, False)):
        model = bakery()
        model.profit.set_value(cost * model.x + 8 * model.y)
        assert (solvers.solve(model).values["x"] == pytest.approx(60)) is is_same
    assert [row.name for row in found.most_valuable()] == ["flour", "oven"]


def test_whole_variables_are_held_fixed() -> None:
    found = solvers.sensitivity(bakery(pyo.NonNegativeIntegers))
    assert found.is_of_fixed_integers and found.objective == pytest.approx(340)


def test_sensitivity_needs_an_optimum_of_a_linear_model() -> None:
    model = bakery()
    model.little = pyo.Constraint(expr=model.x <= 10)
    with pytest.raises(ModelError, match="the model is infeasible"):
        solvers.sensitivity(model)
    model.square = pyo.Constraint(expr=model.x**2 <= 10)
    with pytest.raises(ModelError, match="takes linear models"):
        solvers.sensitivity(model)
    with pytest.raises(ModelError, match="no active constraint `sugar`"):
        solvers.along(model, "sugar", [1])


def test_no_plan_of_a_front_beats_another_and_its_ends_are_the_single_optima() -> None:
    model = bakery()
    front = solvers.pareto(model, ["profit", "work"], points=8)
    assert front.is_maximized == (True, False) and len(front.points) >= 6
    for a, b in itertools.permutations(front.points, 2):
        assert not (a.objectives[0] >= b.objectives[0] - 1e-6 and a.objectives[1] < b.objectives[1] - 1e-4)
    best, least = (
        max(point.objectives[0] for point in front.points),
        min(point.objectives[1] for point in front.points),
    )
    assert best == pytest.approx(340, abs=0.01) and least == pytest.approx(20, abs=0.01)
    assert model.profit.active and not model.work.active and model.x.value is None
    assert front.plot().axes[0].get_xlabel() == "profit (more is better)"


def test_a_front_finds_plans_that_no_weights_find() -> None:
    """Three whole plans, the middle one above the line between the others: unsupported."""
    model = pyo.ConcreteModel()
    model.pick = pyo.Var(range(3), domain=pyo.Binary)
    model.one = pyo.Constraint(expr=sum(model.pick.values()) == 1)
    model.cost = pyo.Objective(expr=0 * model.pick[0] + 6 * model.pick[1] + 10 * model.pick[2])
    model.time = pyo.Objective(expr=10 * model.pick[0] + 6 * model.pick[1] + 0 * model.pick[2])
    front = solvers.pareto(model, ["cost", "time"], points=11)
    rounded = [tuple(map(round, point.objectives)) for point in front.points]
    assert rounded == [(0, 10), (6, 6), (10, 0)]


def test_weights_and_strict_orders() -> None:
    model = bakery()
    assert solvers.weighted(model, {"profit": 1, "work": 1e-6}).objectives[0] == pytest.approx(340)
    strict = solvers.lexicographic(model, ["profit", "work"])
    assert strict.objectives == pytest.approx((340, 80), abs=1e-3)
    giving = solvers.lexicographic(model, ["profit", "work"], give=[0.1])
    assert giving.objectives[0] == pytest.approx(306, abs=1e-3) and giving.objectives[1] < 60
    with pytest.raises(ModelError, match="no objective `beauty`"):
        solvers.lexicographic(model, ["beauty"])
    with pytest.raises(ModelError, match="two objectives or more"):
        solvers.pareto(model, ["profit"])


def test_the_best_plans_are_all_and_in_order() -> None:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(range(4), domain=pyo.Binary)
    model.n = pyo.Var(domain=pyo.Integers, bounds=(0, 2))
    model.goal = pyo.Objective(
        expr=sum((2 + i) * model.x[i] for i in range(4)) + 4 * model.n, sense=pyo.maximize
    )
    model.weight = pyo.Constraint(expr=sum((1 + i) * model.x[i] for i in range(4)) + 2 * model.n <= 6)
    plans = solvers.best(model, 100)
    every = [
        sum((2 + i) * x[i] for i in range(4)) + 4 * n
        for *x, n in itertools.product((0, 1), (0, 1), (0, 1), (0, 1), range(3))
        if sum((1 + i) * x[i] for i in range(4)) + 2 * n <= 6
    ]
    assert [round(plan.objective) for plan in plans] == sorted(every, reverse=True)
    assert len({tuple(round(v) for v in plan.values.values()) for plan in plans}) == len(plans)
    with pytest.raises(ModelError, match="needs whole variables"):
        solvers.best(bakery(), 2)


def test_alternatives_are_within_the_margin_and_unlike() -> None:
    model = bakery()
    plans = solvers.alternatives(model, 3, within=0.1)
    assert plans[0].objective == pytest.approx(340) and len(plans) >= 2
    assert all(plan.objective >= 306 - 1e-3 for plan in plans)
    assert abs(plans[1].values["x"] - plans[0].values["x"]) > 10
    assert model.profit.active and model.x.value is None


def test_a_row_off_its_limit_keeps_its_dual_until_the_limit_comes_to_it() -> None:
    model = bakery()
    model.slack = pyo.Constraint(expr=model.x + 5 <= 105)
    row = next(row for row in solvers.sensitivity(model).constraints if row.name == "slack")
    assert (row.activity, row.slack, row.dual) == pytest.approx((65, 40, 0))
    assert row.low == pytest.approx(65) and row.high == float("inf")


def test_models_without_a_bounded_optimum_give_no_plans() -> None:
    model = pyo.ConcreteModel()
    model.x, model.y = pyo.Var(bounds=(0, None)), pyo.Var(bounds=(0, None))
    model.a = pyo.Objective(expr=model.x, sense=pyo.maximize)
    model.b = pyo.Objective(expr=model.y)
    model.b.deactivate()
    model.row = pyo.Constraint(expr=model.x - model.y <= 1)
    with pytest.raises(ModelError, match="unbounded"):
        solvers.weighted(model, {"a": 1})
    with pytest.raises(ModelError, match="`a` alone has no optimum"):
        solvers.pareto(model, ["a", "b"])
    assert solvers.alternatives(model, 2) == []


def test_names_and_constant_objectives_are_no_trouble() -> None:
    model = bakery()
    model.other_costs = pyo.Var(bounds=(3, 5))
    model.profit.set_value(3 * model.x + 8 * model.y - model.other_costs)
    assert all("other_costs" in plan.values for plan in solvers.alternatives(model, 2, within=0.1))
    model.profit.set_value(0.0)
    assert solvers.alternatives(model, 2)[0].objective == 0


def test_a_plan_says_whether_the_optimum_it_stays_near_was_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from small_models import pick

    from solvers import plans

    assert [plan.is_proven for plan in solvers.alternatives(pick(), 2, within=0.5)] == [True, True]

    def stopped(*arguments: object, **options: object) -> solvers.SolveReport:
        return replace(solvers.solve(*arguments, **options), status=solvers.Status.FEASIBLE)  # type: ignore[arg-type]

    monkeypatch.setattr(plans, "solve", stopped)
    assert [plan.is_proven for plan in solvers.best(pick(), 2)] == [False, False]


def test_as_many_plans_are_found_as_there_are() -> None:
    plans = solvers.alternatives(bakery_whole(), 4, within=0.05)
    assert len(plans) == 4
    assert plans[0].objective == 340 and all(plan.objective >= 0.95 * 340 - 1e-6 for plan in plans)
    assert len({tuple(plan.values.values()) for plan in plans}) == 4


def bakery_whole() -> pyo.ConcreteModel:
    model = bakery(pyo.NonNegativeIntegers)
    model.work.deactivate()
    model.x.setub(110)
    model.y.setub(44)
    return model
