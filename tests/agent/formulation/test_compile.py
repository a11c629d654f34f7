"""Instances as Pyomo models: names, bounds, rows, and what the data make impossible."""

import pyomo.environ as pyo
import pytest
from problems import PROBLEMS, Problem, formulation, rule

from agent.data import load
from agent.formulation import Formulation
from agent.formulation.compile import AUXILIARY, compile_model, component_name, values_of
from agent.formulation.faults import FaultyFormulation
from agent.formulation.instance import bind
from solvers import Status, solve


def built(problem: Formulation) -> pyo.ConcreteModel:
    return compile_model(bind(problem))


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_known_problems_have_their_known_outcomes(problem: Problem) -> None:
    report = solve(compile_model(bind(problem.formulation, load(problem.data))))
    assert report.status is problem.status
    if problem.optimum is not None:
        assert report.objective == pytest.approx(problem.optimum, abs=1e-6)


def test_components_carry_the_names_of_the_formulation() -> None:
    problem = formulation(
        [{"name": "acres", "indices": ["crops"]}],
        "sum(acres[c] for c in crops)",
        [rule("least", "acres[c] >= need[c]", "c in crops")],
        sets={"crops": ["wheat", "rye"]},
        parameters=[{"name": "need", "indices": ["crops"], "values": [2, 3]}],
    )
    model = built(problem)
    assert [data.name for data in model.component_data_objects(pyo.Var)] == ["acres[wheat]", "acres[rye]"]
    assert [data.name for data in model.component_data_objects(pyo.Constraint)] == [
        "least[wheat]",
        "least[rye]",
    ]
    assert pyo.value(model.need["rye"]) == 3
    assert model.component(AUXILIARY) is None


HARD_NAMES = [
    "name",
    "name_",
    "model",
    "objective",
    "component",
    "auxiliary",
    "x",
    "doc",
    "print",
    "self",
    "_data",
]


def test_no_name_clashes_with_pyomos_or_with_another() -> None:
    problem = formulation(
        [{"name": name, "lower": 2} for name in HARD_NAMES],
        " + ".join(HARD_NAMES),
        [rule(f"{name}_row", f"{name} >= 3") for name in HARD_NAMES] + [rule("set_value", "x >= 4")],
    )
    assert len({component_name(name) for name in [*HARD_NAMES, "name__", "set_value", "set_value_"]}) == 14
    assert solve(built(problem)).objective == pytest.approx(3 * len(HARD_NAMES) + 1)


def test_values_come_back_under_the_formulations_names() -> None:
    problem = formulation(
        [{"name": "name", "indices": ["s"], "lower": 3}, "doc"],
        "sum(name[i] for i in s) + doc",
        sets={"s": [5, 7]},
    )
    model = built(problem)
    solve(model).load()
    assert values_of(model, bind(problem)) == {"name": (3.0, 3.0), "doc": (0.0,)}


def test_a_bound_may_be_a_parameter_of_the_same_indices_or_an_expression() -> None:
    problem = formulation(
        [{"name": "x", "indices": ["arcs", "s"], "lower": "-2 * k", "upper": "cap"}],
        "sum(x[a, i] for a in arcs for i in s)",
        sets={"arcs": [("a", 1), ("b", 2)], "s": ["u", "v"]},
        parameters=[
            {"name": "k", "values": 4},
            {"name": "cap", "indices": ["arcs", "s"], "values": [[1, 2], [3, 4]]},
        ],
    )
    model = built(problem)
    assert [data.bounds for data in model.x.values()] == [(-8, 1), (-8, 2), (-8, 3), (-8, 4)]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("x >= 3", ""),
        ("0 * x <= -1", ""),
        ("p == 5 or p == 6", ""),
        ("x < 3", "`<` between real values leaves out its border"),
        ("x != 3", "between real values leaves out its border"),
        ("implies(x <= 3, y >= 1)", "between real values leaves out its border"),
        ("not all_different(k, m)", "a global constraint can be neither negated nor a condition"),
        ("cumulative([(k, 1, m)], capacity=2)", "the demands of `cumulative` must be data"),
    ],
)
def test_rows_that_cannot_be(expression: str, message: str) -> None:
    problem = formulation(
        [{"name": "x", "upper": 9}, {"name": "y", "upper": 9}]
        + [{"name": name, "domain": "integer", "upper": 9} for name in "km"],
        "x",
        [expression],
        parameters=[{"name": "p", "values": 5}],
    )
    if not message:
        assert built(problem) is not None
        return
    with pytest.raises(FaultyFormulation) as caught:
        built(problem)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "expression", ["p <= 4", "sum(x for i in range(0)) >= 1", "p == 6 or p > 7", "p != 5"]
)
def test_what_the_data_alone_make_false_is_infeasible(expression: str) -> None:
    problem = formulation([{"name": "x"}], "x", [expression], parameters=[{"name": "p", "values": 5}])
    assert solve(built(problem)).status is Status.INFEASIBLE


def test_a_fault_of_the_data_names_the_combination() -> None:
    problem = formulation(
        [{"name": "x", "indices": ["days"]}],
        "sum(x[d] for d in days)",
        [rule("carry", "x[d] >= x[d - 1]", "d in days")],
        sets={"days": [1, 2]},
    )
    with pytest.raises(FaultyFormulation) as caught:
        built(problem)
    assert str(caught.value) == (
        "constraint `carry` for d = 1: `x[0]` does not exist; leave that case out with a condition, "
        "such as `for t in periods if t > 1`\n"
        "    x[d] >= x[d - 1]\n"
        "            ^^^^^^^^"
    )


@pytest.mark.parametrize(
    ("lower", "upper", "message"),
    [
        (3, 2, "variable `x`: its lower bound 3 is above its upper bound 2"),
        ("p", 2, "variable `x`: its lower bound 5 is above its upper bound 2"),
        ("1 / (p - 5)", 2, "bounds of `x`: this has no value: float division by zero"),
        (0, "1e200 * 1e200", "variable `x`: its upper bound inf is no number to compute with"),
    ],
)
def test_bounds_that_cannot_be(lower: object, upper: object, message: str) -> None:
    problem = formulation(
        [{"name": "x", "lower": lower, "upper": upper}], "x", parameters=[{"name": "p", "values": 5.0}]
    )
    with pytest.raises(FaultyFormulation) as caught:
        built(problem)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("sense", ["minimize", "maximize"])
def test_extremes_that_push_the_easy_way_need_no_binary(sense: str) -> None:
    extreme = "max" if sense == "minimize" else "min"
    problem = formulation(
        [{"name": name, "lower": 1, "upper": 4} for name in "xy"], f"{extreme}(x, y)", sense=sense
    )
    model = built(problem)
    assert len(model.auxiliary.choice) == 0
    assert solve(model).objective == pytest.approx(1 if sense == "minimize" else 4)


def test_a_constant_objective_asks_for_any_point() -> None:
    report = solve(built(formulation(["x"], "0", ["x >= 2"])))
    assert (report.status, report.objective) == (Status.OPTIMAL, 0)


def test_a_set_without_elements_leaves_nothing() -> None:
    problem = formulation(
        [{"name": "x", "indices": ["s"]}, "y"],
        "sum(x[i] for i in s) + y",
        [rule("r", "x[i] >= 1", "i in s")],
        sets={"s": []},
    )
    assert solve(built(problem)).objective == 0


@pytest.mark.parametrize(
    "shape", ["abs({} - 1)", "({}) ** 1", "2 ** (0 * ({}))", "min(max({}, 2), y)", "-({})", "sqrt({} ** 2)"]
)
@pytest.mark.parametrize("bound", [None, 5])
def test_deep_nesting_takes_no_more_than_its_length(shape: str, bound: float | None) -> None:
    expression = "x"
    for _ in range(18):
        expression = shape.format(expression)
    problem = formulation(
        [{"name": name, "lower": bound and -bound, "upper": bound} for name in "xy"], expression
    )
    model = built(problem)
    assert len(str(model.objective.expr)) < 3_000
    assert sum(1 for _ in model.component_data_objects(pyo.Constraint)) < 300
