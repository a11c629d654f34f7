"""What expressions are worth at a point: against Python's own arithmetic, and the compiled Pyomo model."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import pyomo.environ as pyo
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from problems import formulation

from agent.formulation import Formulation
from agent.formulation.compile import AUXILIARY, compile_model
from agent.formulation.faults import FaultyFormulation
from agent.formulation.instance import bind
from agent.formulation.parse import parse
from agent.formulation.syntax import Node, Number, children
from agent.formulation.violation import objective_value

Point = dict[str, float]
DATA = {"a": 1.5, "b": -2.0, "c": 3}


class Term(NamedTuple):
    """An expression twice: as text of the algebra, and as Python's own computation."""

    text: str
    value: Callable[[Point], float]


def _join(operator: str, compute: Callable[[float, float], float]) -> Callable[[tuple[Term, Term]], Term]:
    return lambda pair: Term(
        f"({pair[0].text} {operator} {pair[1].text})", lambda p: compute(pair[0].value(p), pair[1].value(p))
    )


def _call(
    name: str, compute: Callable[..., float], *, flat: bool = False
) -> Callable[[tuple[Term, ...]], Term]:
    return lambda parts: Term(
        f"{name}({', '.join(part.text for part in parts)})",
        lambda p: (
            compute(*[part.value(p) for part in parts])
            if flat
            else compute([part.value(p) for part in parts])
        ),
    )


def _look(name: str) -> Term:
    return Term(name, lambda p: p[name])


def _loop(part: Term) -> Term:
    """A loop over data, whose index the body may name."""
    return Term(
        f"sum(i * {part.text} - w[j] for i in range(1, 4) for j in s if i != j)",
        lambda p: sum(i * part.value(p) - j / 2 for i in (1, 2, 3) for j in (1, 2) if i != j),
    )


NUMBER_TERMS = st.one_of(
    st.integers(-5, 9).map(lambda k: Term(f"({k})", lambda p: float(k))),
    st.floats(-4, 4).map(lambda k: Term(f"({k!r})", lambda p: k)),
)
NAMES = st.sampled_from([*"xyz", *DATA]).map(_look)
TERMS: st.SearchStrategy[Term] = st.recursive(
    NUMBER_TERMS | NAMES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(_join("+", lambda u, v: u + v)),
        st.tuples(inner, inner).map(_join("-", lambda u, v: u - v)),
        st.tuples(inner, inner).map(_join("*", lambda u, v: u * v)),
        st.tuples(inner, inner).map(_join("/", lambda u, v: u / v)),
        inner.map(lambda u: Term(f"(-{u.text})", lambda p: -u.value(p))),
        st.tuples(inner, st.integers(0, 3)).map(
            lambda t: Term(f"{t[0].text}**{t[1]}", lambda p: t[0].value(p) ** t[1])
        ),
        st.tuples(inner, inner, inner).map(_call("sum", math.fsum)),
        st.tuples(inner, inner).map(_call("min", min)),
        st.tuples(inner, inner, inner).map(_call("max", max)),
        st.tuples(inner).map(_call("abs", abs, flat=True)),
        st.tuples(inner).map(_call("sin", math.sin, flat=True)),
        st.tuples(inner).map(_call("tanh", math.tanh, flat=True)),
        st.tuples(inner).map(_call("exp", math.exp, flat=True)),
        st.tuples(inner).map(_call("sqrt", math.sqrt, flat=True)),
        st.tuples(inner, inner).map(lambda t: Term(f"({t[0].text} if c > 2 else {t[1].text})", t[0].value)),
        inner.map(_loop),
    ),
    max_leaves=6,
)
POINTS = st.fixed_dictionaries({name: st.floats(-3, 3) for name in "xyz"})


def objective(text: str, sense: str = "minimize") -> Formulation:
    """A problem whose objective is `text`, over x, y, z with no bounds, and the data."""
    return formulation(
        [{"name": name, "lower": None} for name in "xyz"],
        f"{text} + 0 * x",
        sense=sense,
        sets={"s": [1, 2]},
        parameters=[
            *({"name": name, "values": value} for name, value in DATA.items()),
            {"name": "w", "indices": ["s"], "values": [0.5, 1]},
        ],
    )


def value_at(problem: Formulation, point: Point) -> float:
    """The objective as the verifier sees it."""
    return objective_value(bind(problem), {name: {(): value} for name, value in point.items()})


def compiled_value_at(model: Any, point: Point) -> float:
    """The objective as Pyomo sees it."""
    for name, value in point.items():
        model.component(name).set_value(value)
    return float(pyo.value(model.objective))


def python_value(term: Term, point: Point) -> float:
    """Python's own result, or no example at all where there is none."""
    try:
        value = term.value({**point, **DATA})
    except (ValueError, ArithmeticError):
        assume(False)
    assume(isinstance(value, float | int) and math.isfinite(value) and abs(value) < 1e9)
    return float(value)


@settings(max_examples=150)
@given(term=TERMS, point=POINTS)
def test_an_expression_is_worth_what_python_computes(term: Term, point: Point) -> None:
    expected = python_value(term, point)
    assert value_at(objective(term.text), point) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@settings(max_examples=150)
@given(term=TERMS, point=POINTS)
def test_the_compiled_objective_is_worth_the_same(term: Term, point: Point) -> None:
    # Inside a product, min, max and abs are exact expressions, so that a point determines the objective.
    expected = python_value(term, point)
    problem = objective(f"({term.text}) * cos(0 * x)")
    model = compile_model(bind(problem))
    assume(model.component(AUXILIARY) is None)  # bounded min and max become variables; see test_logic
    assert compiled_value_at(model, point) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def _shape(node: Node) -> Any:
    """A tree without its places in the text."""
    return (
        type(node).__name__,
        getattr(node, "name", getattr(node, "value", None)),
        [*map(_shape, children(node))],
    )


@settings(max_examples=100)
@given(term=TERMS)
def test_spaces_and_parentheses_change_no_tree(term: Term) -> None:
    spread = term.text.replace("(", "( ").replace(")", " )").replace(",", " , ")
    assert _shape(parse(f"({spread})")) == _shape(parse(term.text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 + 3 * 4 ** 2", 50),
        ("-2 ** 2", -4),
        ("2 ** -1", 0.5),
        ("2 ** 3 ** 2", 512),
        ("7 // 2 + 7 % 2", 4),
        ("floor(2.7) + ceil(2.2) + round(2.6)", 8),
        ("10 - 4 - 3", 3),
        ("100 / 10 / 5", 2),
        ("prod(i for i in range(1, 5))", 24),
        ("sum(i * j for i in range(3) for j in range(i))", 2),
        ("sum(1 for i in s for j in s if i < j)", 1),
        ("sum(1 for i in s if any(j > i for j in s))", 1),
        ("sum(1 for i in s if not i in s)", 0),
        ("sum(sum(i for i in range(3)) * i for i in s)", 9),
        ("max(w[i] for i in s)", 1),
        ("log10(1000) + log(exp(2))", 5),
        ("w[1] + w[1 + 1]", 1.5),
        ("1 if 2 in s and not 3 in s else 9", 1),
        ("sum(1 for i in s if implies(i == 1, a > 9) and iff(i == 2, b < 0))", 1),
    ],
)
def test_data_alone(text: str, expected: float) -> None:
    problem = objective(text)
    assert value_at(problem, {"x": 1, "y": 1, "z": 1}) == pytest.approx(expected)
    assert compiled_value_at(compile_model(bind(problem)), {"x": 1, "y": 1, "z": 1}) == pytest.approx(
        expected
    )


def test_an_inner_index_left_early_gives_the_outer_one_back() -> None:
    assert (
        value_at(objective("sum(10 * i for i in s if any(i == 1 for i in s))"), dict.fromkeys("xyz", 0.0))
        == 30
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 / (a - 1.5)", "this has no value: float division by zero"),
        ("log(b)", "this has no value: math domain error"),
        ("sqrt(b) * x", "this has no value: math domain error"),
        ("b ** 0.5", "a fractional power of a negative number"),
        ("x / sum(y for i in range(0))", "division by zero"),
        ("log(sum(y for i in range(0)))", "math domain error"),
        ("(x if c < 0 else 0) ** -1", "cannot be raised to a negative power"),
        ("9 ** 9 ** 9", "this has no value"),
        ("1e200 * 1e200 * x ** 2", "not finite"),
        ("max(x for i in range(0))", "`max` runs over nothing here"),
        ("w[3]", "`w[3]` does not exist"),
        ("sum(w[i + 1] for i in s)", "leave that case out with a condition"),
        ("sum(1 for i in range(10 ** 12))", "at most 1,000,000 are run over"),
        ("sum(1 for i in range(a))", "a range runs between whole numbers, not 1.5"),
    ],
)
def test_what_has_no_value_is_a_fault_with_its_place(text: str, message: str) -> None:
    with pytest.raises(FaultyFormulation) as caught:
        compile_model(bind(objective(text)))
    assert message in str(caught.value)
    assert "^" in str(caught.value)


def test_loops_within_loops_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.formulation.evaluate.MAX_STEPS", 1_000)
    with pytest.raises(FaultyFormulation, match="take more than 1,000 steps"):
        compile_model(bind(objective("x + sum(1 for i in range(100) for j in range(100))")))


@pytest.mark.parametrize("body", ["2 * i", "i + 1", "-i", "i % 2", "i ** 2", "abs(i)", "(1 if i < 2 else 0)"])
def test_words_are_no_numbers(body: str) -> None:
    problem = formulation(["x"], f"x + sum({body} for i in t)", sets={"t": ["mon", "tue"]})
    with pytest.raises(FaultyFormulation):
        compile_model(bind(problem))


def test_a_literal_number_is_read_as_written() -> None:
    assert isinstance(parse("1_000"), Number)
    assert value_at(objective("1_000 + 1e3 + .5"), dict.fromkeys("xyz", 0.0)) == 2000.5
