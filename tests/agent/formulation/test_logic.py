"""Linearization and verification agree: on small models, the solver's optimum is the best point that the
verifier accepts, found by trying them all.
"""

import itertools
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from problems import formulation

from agent.formulation import Formulation
from agent.formulation.compile import compile_model, values_of
from agent.formulation.faults import FaultyFormulation
from agent.formulation.instance import Instance, bind
from agent.formulation.violation import objective_value, violations
from solvers import Status, solve

BOXES = {"x": (-2, 2), "y": (0, 3), "z": (-1, 1)}
BINARIES = ("p", "q")


class Best(NamedTuple):
    """The best point of a model: its objective, or None where no point is accepted."""

    objective: float | None


def points(instance: Instance) -> list[dict[str, dict[object, float]]]:
    """All whole points in the bounds of scalar variables."""
    items = instance.formulation.variables
    ranges = [
        (0, 1) if item.domain == "binary" else range(int(item.lower), int(item.upper) + 1) for item in items
    ]
    return [
        {item.name: {(): float(value)} for item, value in zip(items, point, strict=True)}
        for point in itertools.product(*ranges)
    ]


def by_trying_all(problem: Formulation) -> Best:
    """The best accepted point, by enumeration."""
    instance = bind(problem)
    accepted = [
        objective_value(instance, point) for point in points(instance) if not violations(instance, point)
    ]
    pick = min if problem.objective.sense == "minimize" else max
    return Best(pick(accepted, default=None))


def by_solving(problem: Formulation) -> Best:
    """The solver's optimum, itself accepted by the verifier."""
    instance = bind(problem)
    try:
        model = compile_model(instance)
    except FaultyFormulation as fault:
        assert "whatever the variables" in str(fault)  # nothing else may be wrong with a well-formed model
        return Best(None)
    report = solve(model)
    assert report.status in (Status.OPTIMAL, Status.INFEASIBLE), report
    if report.status is Status.INFEASIBLE:
        return Best(None)
    report.load()
    values = instance.keyed(values_of(model, instance))
    assert not violations(instance, values)
    assert objective_value(instance, values) == pytest.approx(report.objective, abs=1e-6)
    return Best(report.objective)


def assert_agreement(problem: Formulation) -> None:
    """Both ways give the same."""
    expected = by_trying_all(problem).objective
    assert by_solving(problem).objective == (None if expected is None else pytest.approx(expected, abs=1e-6))


def model(objective: str, *constraints: str, sense: str = "minimize") -> Formulation:
    """A model over all the small variables."""
    variables = [
        {"name": name, "domain": "integer", "lower": low, "upper": high}
        for name, (low, high) in BOXES.items()
    ]
    variables += [{"name": name, "domain": "binary"} for name in BINARIES]
    return formulation(variables, objective, list(constraints), sense=sense)


WEIGHTS = st.integers(-3, 3)
LINEAR = st.tuples(WEIGHTS, WEIGHTS, WEIGHTS, WEIGHTS, st.integers(-4, 4)).map(
    lambda c: f"({c[0]} * x + {c[1]} * y + {c[2]} * z + {c[3]} * p + {c[4]})"
)
PIECES = st.sampled_from(["x", "y", "z", "x - y", "y + z", "x - 1", "2 * z", "1 - y"])
NUMBERS = st.recursive(
    LINEAR | PIECES.map("({})".format),
    lambda inner: st.one_of(
        inner.map("abs({})".format),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
        st.tuples(WEIGHTS, inner, inner).map(lambda t: f"({t[0]} * {t[1]} - {t[2]})"),
    ),
    max_leaves=4,
)
RELATIONS = st.tuples(NUMBERS, st.sampled_from(["<=", ">=", "==", "<", ">", "!="]), NUMBERS).map(
    lambda t: f"({t[0]} {t[1]} {t[2]})"
)
CONDITIONS = st.recursive(
    RELATIONS | st.sampled_from([*BINARIES, "2 >= 1", "1 == 2", "p == 0", "q >= 1"]),
    lambda inner: st.one_of(
        inner.map("not ({})".format),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"(({t[0]}) {t[1]} ({t[2]}))"),
        st.tuples(st.sampled_from(["implies", "iff"]), inner, inner).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
        st.tuples(st.sampled_from(["all", "any"]), inner, inner).map(lambda t: f"{t[0]}([{t[1]}, {t[2]}])"),
    ),
    max_leaves=4,
)
LENGTHS = st.integers(0, 2)
GLOBALS = st.one_of(
    st.tuples(PIECES, PIECES, PIECES).map(lambda t: f"all_different({t[0]}, {t[1]}, {t[2]})"),
    st.tuples(LENGTHS, LENGTHS, LENGTHS).map(
        lambda t: f"no_overlap([(x, {t[0]}), (y, {t[1]}), (z + 1, {t[2]})])"
    ),
    st.tuples(LENGTHS, LENGTHS, LENGTHS, st.integers(1, 3)).map(
        lambda t: f"cumulative([(x, {t[0]}, 2), (y, {t[1]}, 1), (z, {t[2]} + p, 1)], capacity={t[3]})"
    ),
    st.tuples(LENGTHS, LENGTHS, CONDITIONS).map(
        lambda t: f"implies({t[2]}, no_overlap([(x, {t[0]}), (y, {t[1]})]))"
    ),
)


MODELS = st.builds(
    lambda objective, sense, constraints: model(objective, *constraints, sense=sense),
    objective=NUMBERS,
    sense=st.sampled_from(["minimize", "maximize"]),
    constraints=st.lists(CONDITIONS | GLOBALS, max_size=3),
)


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(problem=MODELS)
def test_solver_finds_the_best_point_that_the_verifier_accepts(problem: Formulation) -> None:
    assert_agreement(problem)


@pytest.mark.slow
@settings(max_examples=120, suppress_health_check=list(HealthCheck))
@given(problem=MODELS)
def test_solver_and_verifier_agree_on_many_models(problem: Formulation) -> None:
    assert_agreement(problem)


@pytest.mark.parametrize(
    "arcs", [[(0, 1), (1, 0)], [(0, 1), (1, 2), (2, 0), (1, 0), (0, 2), (0, 0)], [(0, 0)]]
)
@settings(max_examples=10)
@given(data=st.data())
def test_tours_are_found_and_short_cycles_refused(arcs: list[tuple[int, int]], data: st.DataObject) -> None:
    names = [f"arc_{i}_{j}" for i, j in arcs]
    lengths = data.draw(st.lists(st.integers(-3, 9), min_size=len(arcs), max_size=len(arcs)))
    objective = " + ".join(f"{length} * {name}" for length, name in zip(lengths, names, strict=True))
    items = ", ".join(f"({i}, {j}, {name})" for (i, j), name in zip(arcs, names, strict=True))
    variables = [{"name": name, "domain": "binary"} for name in names]
    assert_agreement(formulation(variables, objective, [f"circuit([{items}])"]))


@pytest.mark.parametrize(
    "condition",
    [
        "implies(x >= 1, p)",
        "implies(abs(x - y) >= 2, p)",
        "iff(max(x, y) <= 1, p)",
        "not (p or q)",
        "any(x == k for k in range(-1, 1))",
        "all(x <= k for k in range(1, 3))",
        "x != 2",
        "1 <= abs(x) <= 1 + min(y, z)",
        "sum(max(x, k) for k in range(0, 3)) <= 4",
        "p == q",
        "cumulative([(x, y, 2), (z, 2, 1)], capacity=2 + p)",
        "no_overlap([(x, y), (z, 1 + q)])",
    ],
)
def test_named_conditions_mean_the_same_to_solver_and_verifier(condition: str) -> None:
    assert_agreement(model("x - 3 * p - 2 * y + z", condition, sense="maximize"))


def test_a_condition_on_a_real_without_bounds_is_exact() -> None:
    variables = [{"name": "x", "lower": None}, {"name": "p", "domain": "binary"}]
    problem = formulation(variables, "x + 100 * p", ["implies(not p, x >= 3)", "x >= -50"])
    assert by_solving(problem).objective == pytest.approx(3.0)


def test_an_arc_listed_twice_is_refused() -> None:
    problem = formulation(
        [{"name": "p", "domain": "binary"}, {"name": "q", "domain": "binary"}],
        "p + q",
        ["circuit([(0, 1, p), (0, 1, q), (1, 0, p)])"],
    )
    with pytest.raises(FaultyFormulation, match="lists an arc twice"):
        compile_model(bind(problem))
