import math
import operator

import pyomo.environ as pyo
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from solvers.sandbox.expressions import FUNCTIONS, ExportError, number, write

NAMES = ("x", "y", "z")
ALGEBRA = {name: getattr(math, name, abs) for name in FUNCTIONS}
NUMBERS = st.sampled_from([-3, -1, 0, 1, 2, 0.5, -2.5, 1e-3])
UNARY = st.sampled_from(["neg", *sorted(FUNCTIONS)])
BINARY = st.sampled_from([operator.add, operator.sub, operator.mul, operator.truediv, operator.pow])


def make_model():
    model = pyo.ConcreteModel()
    model.x, model.y, model.z = pyo.Var(), pyo.Var(), pyo.Var()
    model.fixed = pyo.Var()
    model.fixed.fix(-1.5)
    model.p = pyo.Param(initialize=2, mutable=True)
    model.e = pyo.Expression(expr=model.x - model.y)
    return model


LEAVES = st.one_of(NUMBERS, st.sampled_from([*NAMES, "fixed", "p", "e"]))
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.tuples(UNARY, inner), st.tuples(BINARY, inner, inner)),
    max_leaves=12,
)


def build(tree, model):
    if isinstance(tree, str):
        return getattr(model, tree)
    if not isinstance(tree, tuple):
        return tree
    if len(tree) == 2:
        argument = build(tree[1], model)
        return (
            -argument if tree[0] == "neg" else (abs if tree[0] == "abs" else getattr(pyo, tree[0]))(argument)
        )
    return tree[0](build(tree[1], model), build(tree[2], model))


def evaluate(text, point):
    return eval(text, {"__builtins__": {}}, ALGEBRA | point)


@settings(max_examples=300, database=None)
@given(tree=TREES, values=st.tuples(*[st.sampled_from([-2.0, -0.5, 0.25, 1.0, 3.0])] * 3))
def test_the_text_has_the_value_of_the_expression(tree, values):
    model = make_model()
    try:
        expression = build(tree, model)
        text = write(expression, lambda variable: variable.name)
    except (ExportError, ArithmeticError, ValueError, TypeError):
        assume(False)
    point = dict(zip(NAMES, values, strict=True))
    for name, value in point.items():
        getattr(model, name).set_value(value)
    try:
        expected = pyo.value(expression)
        assume(isinstance(expected, int | float) and math.isfinite(expected))
        actual = evaluate(text, point)
    except (ArithmeticError, ValueError, TypeError):
        assume(False)
    assert actual == pytest.approx(expected, rel=1e-9, abs=1e-9), text


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (lambda m: 3 * m.x - m.y + 2, "3*x - y + 2"),
        (lambda m: -m.x, "-x"),
        (lambda m: m.x * m.y - m.x**2, "x*y - x**2"),
        (lambda m: m.p * m.x + m.fixed, "2*x - 1.5"),
        (lambda m: m.x / (m.y / m.z), "x/(y/z)"),
        (lambda m: (m.x**m.y) ** m.z, "(x**y)**z"),
        (lambda m: pyo.exp(-m.x) ** -2, "exp(-x)**(-2)"),
        (lambda m: m.x - (m.y - pyo.sin(m.z)), "x - (y - sin(z))"),
        (lambda m: 5, "5"),
        (lambda m: 0 * m.x, "0"),
        (lambda m: m.e * m.e * m.e, "(x - y)*(x - y)*(x - y)"),
    ],
)
def test_the_text_reads_well(expression, text):
    assert write(expression(make_model()), lambda v: v.name) == text


@pytest.mark.parametrize(
    ("given", "text"),
    [(3.0, "3"), (True, "1"), (0.1, "0.1"), (1e30, "1e+30"), (-0.0, "0"), (2**53, "9007199254740992.0")],
)
def test_numbers_are_written_exactly(given, text):
    assert number(given) == text
    assert float(text) == given


@pytest.mark.parametrize("given", [math.nan, math.inf, -math.inf, 10**400, 1j, "x"])
def test_numbers_that_are_not_finite_are_refused(given):
    with pytest.raises(ExportError, match="number"):
        number(given)


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        (lambda m: pyo.asinh(m.x), "asinh"),
        (lambda m: pyo.ceil(m.x), "ceil"),
        (lambda m: pyo.Expr_if(IF=m.x >= 0, THEN=m.x, ELSE=m.y), "Inequality"),
        (lambda m: pyo.exp(m.x) * math.nan, "NaN"),
        (lambda m: m.x * math.inf, "infinite"),
    ],
)
def test_what_has_no_text_is_refused_by_name(expression, named):
    with pytest.raises(ExportError, match=named):
        write(expression(make_model()), lambda v: v.name)


def test_a_variable_fixed_without_a_value_is_named():
    model = make_model()
    model.fixed.set_value(None)
    with pytest.raises(ExportError, match="fixed"):
        write(pyo.exp(model.fixed) * pyo.exp(model.x), lambda v: v.name)


def test_depth_is_no_obstacle():
    model = make_model()
    expression = model.x
    for _ in range(5000):
        expression = pyo.sin(expression)
    assert write(expression, lambda v: v.name).startswith("sin(sin(")
