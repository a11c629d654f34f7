"""The verifier accepts right solutions and refuses every point that truly violates something."""

import math
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from problems import PROBLEMS, Problem, formulation, rule

from agent.data import load
from agent.formulation.compile import compile_model, values_of
from agent.formulation.faults import FaultyFormulation
from agent.formulation.instance import Instance, bind
from agent.formulation.violation import largest_violation, objective_value, violations
from solvers import Status, solve

SOLVED = [problem for problem in PROBLEMS if problem.status is Status.OPTIMAL]
Values = dict[str, dict[Any, float]]


@pytest.fixture(scope="module", params=SOLVED, ids=lambda problem: problem.name)
def solved(request: pytest.FixtureRequest) -> tuple[Problem, Instance, Values]:
    """A known problem with the solver's solution."""
    problem: Problem = request.param
    instance = bind(problem.formulation, load(problem.data))
    model = compile_model(instance)
    solve(model).load()
    return problem, instance, instance.keyed(values_of(model, instance))


def test_a_right_solution_passes(solved: tuple[Problem, Instance, Values]) -> None:
    problem, instance, values = solved
    assert violations(instance, values) == []
    assert largest_violation(instance, values) <= 1e-6
    assert objective_value(instance, values) == pytest.approx(problem.optimum, abs=1e-5)


def entries(values: Values) -> list[tuple[str, Any]]:
    """The places of all numbers in a solution."""
    return [(name, key) for name, data in values.items() for key in data]


def test_no_number_but_a_finite_one_passes(solved: tuple[Problem, Instance, Values]) -> None:
    _, instance, values = solved
    for wrong in (math.nan, math.inf, -math.inf):
        name, key = entries(values)[0]
        broken = {**values, name: {**values[name], key: wrong}}
        assert largest_violation(instance, broken) == math.inf


def test_a_value_below_its_bound_is_refused(solved: tuple[Problem, Instance, Values]) -> None:
    _, instance, values = solved
    lowers = {item.name: item.lower for item in instance.formulation.variables}
    for name, key in entries(values):
        if not isinstance(lowers[name], float):
            continue
        broken = {**values, name: {**values[name], key: lowers[name] - 1e-3}}
        assert [item for item in violations(instance, broken) if item.element == f"variable `{name}`"]


def test_a_fraction_of_a_whole_number_is_refused(solved: tuple[Problem, Instance, Values]) -> None:
    _, instance, values = solved
    domains = {item.name: item.domain for item in instance.formulation.variables}
    for name, key in entries(values):
        if domains[name] == "real":
            continue
        broken = {**values, name: {**values[name], key: values[name][key] + 1e-3}}
        assert largest_violation(instance, broken) >= 1e-3 - 1e-9


@settings(max_examples=60)
@given(
    weights=st.lists(st.integers(-5, 5), min_size=3, max_size=3),
    point=st.lists(st.floats(-50, 50), min_size=3, max_size=3),
    sign=st.sampled_from(["<=", ">=", "=="]),
    gap=st.floats(1e-3, 100),
    is_broken=st.booleans(),
)
def test_a_linear_row_is_refused_exactly_where_arithmetic_refuses_it(
    weights: list[int], point: list[float], sign: str, gap: float, is_broken: bool
) -> None:
    assume(any(weights))
    names = ["x", "y", "z"]
    activity = sum(weight * value for weight, value in zip(weights, point, strict=True))
    off = {"<=": -gap, ">=": gap, "==": gap}[sign]
    right = activity + off if is_broken else activity - (0.0 if sign == "==" else off)
    left = " + ".join(f"{weight} * {name}" for weight, name in zip(weights, names, strict=True))
    variables = [{"name": name, "lower": None} for name in names]
    instance = bind(formulation(variables, "x", [f"{left} {sign} {right!r}"]))
    values: Values = {name: {(): value} for name, value in zip(names, point, strict=True)}
    found = violations(instance, values)
    assert bool(found) == is_broken
    if is_broken:
        size = max(1.0, abs(activity), abs(right))
        assert found[0].amount == pytest.approx(gap / size, rel=1e-3, abs=1e-9)


@pytest.mark.parametrize(
    ("condition", "accepted", "refused"),
    [
        ("abs(x - y) <= 1", {"x": 2, "y": 3}, {"x": 2, "y": 3.001}),
        ("max(x, y) == 3", {"x": 1, "y": 3}, {"x": 1, "y": 2.999}),
        ("x * y >= 6", {"x": 2, "y": 3}, {"x": 2, "y": 2.99}),
        ("b or x <= 1", {"x": 5, "b": 1}, {"x": 1.001, "b": 0}),
        ("implies(b, x >= 2)", {"x": 0, "b": 0}, {"x": 1.999, "b": 1}),
        ("iff(b, k >= 2)", {"k": 2, "b": 1}, {"k": 2, "b": 0}),
        ("k != 3", {"k": 4}, {"k": 3}),
        ("k < 3", {"k": 2}, {"k": 3}),
        ("not (b and k >= 1)", {"b": 1, "k": 0}, {"b": 1, "k": 1}),
        ("all_different(k, m, 2)", {"k": 1, "m": 3}, {"k": 1, "m": 1}),
        ("no_overlap([(x, 2), (y, 3)])", {"x": 3, "y": 0}, {"x": 2.999, "y": 0}),
        ("cumulative([(k, 2, 1), (m, 2, 1)], capacity=1)", {"k": 0, "m": 2}, {"k": 0, "m": 1}),
        ("cumulative([(k, 0, 5), (m, 2, 1)], capacity=1)", {"k": 0, "m": 0}, {"k": 0, "m": 0, "x": -1}),
        ("circuit([(1, 2, b), (2, 1, c), (1, 1, d)])", {"b": 1, "c": 1}, {"b": 1, "c": 1, "d": 1}),
        ("circuit([(1, 2, b), (2, 1, c), (1, 1, d)])", {"b": 1, "c": 1}, {"d": 1}),
    ],
)
def test_conditions_are_measured_as_they_are_defined(
    condition: str, accepted: dict[str, float], refused: dict[str, float]
) -> None:
    variables = [{"name": name} for name in ("x", "y")]
    variables += [{"name": name, "domain": "integer"} for name in ("k", "m")]
    variables += [{"name": name, "domain": "binary"} for name in ("b", "c", "d")]
    instance = bind(formulation(variables, "x", [condition]))

    def at(given: dict[str, float]) -> Values:
        return {item["name"]: {(): float(given.get(item["name"], 0))} for item in variables}

    assert violations(instance, at(accepted)) == []
    assert violations(instance, at(refused)) != []


def test_the_worst_comes_first_and_says_where() -> None:
    problem = formulation(
        [{"name": "x", "indices": ["s"], "upper": "cap"}],
        "sum(x[i] for i in s)",
        [rule("floor_", "x[i] >= 1", "i in s")],
        sets={"s": ["a", "b"]},
        parameters=[{"name": "cap", "indices": ["s"], "values": [5, 6]}],
    )
    found = violations(bind(problem), {"x": {"a": 0.5, "b": 12.0}})
    assert [str(item) for item in found] == [
        "variable `x`[b] is violated by 0.5",
        "constraint `floor_`[a] is violated by 0.5",
    ]


def test_an_objective_without_a_value_is_a_fault() -> None:
    instance = bind(formulation(["x"], "1 / x"))
    with pytest.raises(FaultyFormulation, match="division by zero"):
        objective_value(instance, {"x": {(): 0.0}})
