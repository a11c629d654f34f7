"""The NL parser and the NumPy evaluator against Pyomo's writer and Pyomo's own evaluation."""

import contextlib
import io
import logging
import math
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from pyomo.core.expr.calculus.derivatives import Modes, differentiate
from pyomo.core.expr.calculus.diff_with_pyomo import DifferentiationException
from pyomo.repn.plugins.nl_writer import NLWriter

from solvers.numeric.errors import NLError
from solvers.numeric.nl import Evaluator, NLLimits, NLModel, parse_nl, write_sol
from solvers.numeric.nl.operations import OPERATIONS, REFUSED


def text_of(model: pyo.ConcreteModel) -> tuple[str, Any]:
    stream = io.StringIO()
    written = NLWriter().write(model, stream, linear_presolve=False, scale_model=False)
    return stream.getvalue(), written


def parsed(model: pyo.ConcreteModel) -> tuple[NLModel, Any]:
    text, written = text_of(model)
    return parse_nl(text), written


COUNT = 3
logging.getLogger("pyomo.core").setLevel(logging.CRITICAL)  # undefined values are expected below
UNARY = [
    pyo.exp, pyo.log, pyo.log10, pyo.sin, pyo.cos, pyo.tan, pyo.sinh, pyo.cosh, pyo.tanh, pyo.asin, pyo.acos,
    pyo.atan, pyo.asinh, pyo.acosh, pyo.atanh, pyo.sqrt, abs, lambda e: -e, lambda e: e**2, lambda e: e**-1.5,
]  # fmt: skip
BINARY = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / b,
    lambda a, b: abs(a) ** b,
    lambda a, b: 2.5**b + a,
    # With a condition of numbers alone Pyomo writes no branch at all.
    lambda a, b: pyo.Expr_if(a >= 0.4, a * b, pyo.exp(b)) if hasattr(a, "is_expression_type") else a,
]
leaves = st.one_of(
    st.integers(0, COUNT - 1).map(lambda i: ("x", i)),
    st.floats(-3, 3, allow_nan=False).map(lambda v: ("n", round(v, 3))),
)
trees = st.recursive(
    leaves,
    lambda below: st.one_of(
        st.tuples(st.just("u"), st.integers(0, len(UNARY) - 1), below),
        st.tuples(st.just("b"), st.integers(0, len(BINARY) - 1), below, below),
        st.tuples(st.just("s"), st.lists(below, min_size=3, max_size=5)),
        st.tuples(st.just("e"), below),
    ),
    max_leaves=8,
)


def built(tree: Any, model: pyo.ConcreteModel) -> Any:
    match tree:
        case ("x", place):
            return model.x[place]
        case ("n", number):
            return number
        case ("u", place, below):
            return UNARY[place](built(below, model))
        case ("b", place, left, right):
            return BINARY[place](built(left, model), built(right, model))
        case ("s", members):
            return sum(built(member, model) * (k + 0.5) for k, member in enumerate(members))
        case (_, below):
            expression = built(below, model)
            name = f"e{len(list(model.component_objects(pyo.Expression)))}"
            model.add_component(name, pyo.Expression(expr=expression))
            return model.component(name) * 1.5
    raise AssertionError(tree)


@settings(max_examples=150, phases=(Phase.explicit, Phase.generate))
@given(st.tuples(trees, trees), st.lists(st.floats(0.1, 0.9), min_size=COUNT, max_size=COUNT))
def test_values_and_derivatives_equal_those_of_pyomo_and_of_differences(
    pair: Any, point: list[float]
) -> None:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(range(COUNT), initialize=dict(enumerate(point)))
    try:
        goal, row = (built(tree, model) + 0.1 * sum(model.x.values()) for tree in pair)
        expected = [pyo.value(goal), pyo.value(row)]
    except (ValueError, ArithmeticError, TypeError):
        assume(False)
    assume(all(isinstance(value, float) and abs(value) < 1e6 for value in expected))
    model.goal, model.row = pyo.Objective(expr=goal), pyo.Constraint(expr=row <= 7)
    try:
        found, written = parsed(model)
    except (ValueError, ArithmeticError, TypeError):  # a constant part that Pyomo cannot evaluate
        assume(False)
    x = np.array([var.value for var in written.variables])
    evaluator = Evaluator(found)
    values = evaluator.values(x)
    # Pyomo moves the row's constants to its limit.
    moved = found.row_upper[0] - 7
    assert values.objective == pytest.approx(expected[0], rel=1e-9, abs=1e-9)
    assert values.rows[0] - moved == pytest.approx(expected[1], rel=1e-9, abs=1e-9)
    for weight, multiplier, expression in ((1.0, 0.0, goal), (0.0, 1.0, row)):
        gradient = evaluator.gradient(x, weight, np.array([multiplier]))
        assume(np.isfinite(gradient).all() and np.abs(gradient).max() < 1e4)
        try:
            slope = differentiate(expression, mode=Modes.reverse_numeric)
        except (DifferentiationException, ArithmeticError, ValueError):
            continue  # Pyomo knows no derivative of a few operators, and none of 0 ** x
        wanted = np.array([slope.get(var, 0.0) for var in written.variables], float)
        assert gradient == pytest.approx(wanted, rel=1e-7, abs=1e-7)
    hessian = evaluator.hessian(x, 0.7, np.array([1.3]))
    assume(np.isfinite(hessian).all() and np.abs(hessian).max() < 1e3)
    step = 1e-5
    slope = evaluator.gradient(x, 0.7, np.array([1.3]))
    for place, unit in enumerate(np.eye(len(x))):
        ahead, behind = (evaluator.gradient(x + s * step * unit, 0.7, np.array([1.3])) for s in (1, -1))
        difference = (ahead - behind) / (2 * step)
        values = [evaluator.values(x + s * step * unit) for s in (1, -1)]
        rise = [0.7 * value.objective + 1.3 * value.rows[0] for value in values]
        # Beside a kink or jump the difference is none of the derivative.
        halved = evaluator.gradient(x + 0.5 * step * unit, 0.7, np.array([1.3]))
        smooth = np.abs((halved - behind) / (1.5 * step) - difference) < 1e-3 * (1 + np.abs(difference))
        assume(smooth.all())
        assert slope[place] == pytest.approx((rise[0] - rise[1]) / (2 * step), rel=2e-3, abs=2e-3)
        assert hessian[:, place] == pytest.approx(difference, rel=2e-3, abs=2e-3)


def test_every_operator_that_pyomo_can_write_is_taken_or_refused_by_name() -> None:
    from pyomo.repn.ampl import nl_operators

    assert set(nl_operators) <= OPERATIONS.keys() | REFUSED.keys()
    assert not OPERATIONS.keys() & REFUSED.keys()


def small() -> pyo.ConcreteModel:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(range(3), bounds=(0, 5), initialize=1)
    model.k = pyo.Var(domain=pyo.Integers, bounds=(None, 4))
    model.z = pyo.Var(domain=pyo.Binary)
    model.product = pyo.Expression(expr=model.x[0] * model.x[1] + 2 * model.x[2])
    model.goal = pyo.Objective(expr=pyo.exp(model.product) + 3 * model.k - model.z, sense=pyo.maximize)
    model.one = pyo.Constraint(expr=model.product * model.x[2] + model.k * model.x[0] <= 3)
    model.two = pyo.Constraint(expr=(1, model.x[1] ** 2, 4))
    model.three = pyo.Constraint(expr=model.x[0] + model.x[1] + model.z == 2)
    return model


def test_sizes_bounds_senses_and_kinds_are_read() -> None:
    found, written = parsed(small())
    whole = [not var.is_continuous() for var in written.variables]
    assert found.is_integer.tolist() == whole and sum(whole) == 2
    assert found.is_maximize and found.variables == 5 and found.rows == 3
    assert sorted(found.row_upper.tolist()) == [2, 3, 4] and math.isinf(found.row_lower.min())
    assert found.start.tolist() == [1.0 if var.value == 1 else 0.0 for var in written.variables]


def test_a_truncated_file_is_refused_wherever_it_ends() -> None:
    lines = text_of(small())[0].splitlines()
    needed = next(k for k, line in enumerate(lines) if line.startswith("b")) + 5
    for length in range(needed):
        with pytest.raises(NLError):
            parse_nl("\n".join(lines[:length]))


def changed(old: str, new: str) -> str:
    text, _ = text_of(small())
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (changed(" 5 3 1", " 1000000000 3 1"), "line 10, segment header.: it declares 1000000000 variables"),
        (changed(" 5 3 1", " 900000 3 1"), "declares 900000 variables and 3 constraints, but ends before"),
        (changed("o44", "o99"), "segment O0.: there is no operator o99"),
        (changed("o44", "o59"), r"the operator o59 \(count\) is not taken"),
        (changed("o44", "f0 1"), "external function, which is code"),
        (changed("o44", "h3:abc"), "texts in expressions"),
        (changed("n2", "nnan"), "'nan' is not finite"),
        (changed("v0", "v9"), "the place of a variable is 9, but must be below"),
        (changed("\nb", "\nb\nb"), "expected a kind of limit"),
        (changed("\nb\n", "\nb\n0 3 2\n"), "segment b.: no value is at least 3 and at most 2"),
        (changed("g3 1 1 0", "b3 1 1 0"), "binary NL file"),
        (changed("g3 1 1 0", "\x7fELF"), "no NL file"),
        (changed("J0 ", "J7 "), "the constraint is 7, but must be below 3"),
        (changed("J1 ", "J0 "), "stands in the file twice"),
        (changed("0 0 0 1\t", "0 2 0 1\t"), "2 external functions"),
        (changed("\nx", "\nQ"), "there is no such segment"),
        ("g3 1 1 0\n" + "9" * 400, "is no whole number"),
    ],
)
def test_a_bad_file_is_refused_with_line_and_segment(text: str, message: str) -> None:
    with pytest.raises(NLError, match=message):
        parse_nl(text)


def nested(depth: int) -> str:
    lines = text_of(small())[0].splitlines()
    place = next(k for k, line in enumerate(lines) if line.startswith("O0"))
    return "\n".join([*lines[: place + 1], *["o16"] * depth, *lines[place + 1 :]])


def test_deep_nesting_stops_at_the_limit_and_not_in_the_interpreter() -> None:
    assert len(parse_nl(nested(1_900)).graph) > 1_900
    with pytest.raises(NLError, match="deeper than 2000"):
        parse_nl(nested(100_000))


def test_size_limits_hold() -> None:
    text, _ = text_of(small())
    with pytest.raises(NLError, match="bytes; the limit is 100"):
        parse_nl(text, NLLimits(size_bytes=100))
    with pytest.raises(NLError, match="more than 8 nodes"):
        parse_nl(text, NLLimits(nodes=8))


@settings(max_examples=150)
@given(st.data())
def test_a_mangled_file_is_read_or_refused_and_nothing_else(data: Any) -> None:
    lines = text_of(small())[0].splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(lines) - 1))
        junk = data.draw(
            st.sampled_from(["", "o54", "9" * 30, "-1", "n1e999", "v-1", "C0", "b", "\x00", "1 2 3"])
        )
        lines[place : place + data.draw(st.integers(0, 2))] = [junk]
    with contextlib.suppress(NLError):
        parse_nl("\n".join(lines))


def test_a_solution_file_is_read_back_by_pyomo(tmp_path: Any) -> None:
    from pyomo.opt.plugins.sol import ResultsReader_sol

    file = tmp_path / "model.sol"
    text = write_sol(
        "All well", ("3", "1", "1", "0"), duals=[0.5], rows=1, values=[1.0, 2.5], columns=2, code=0
    )
    file.write_text(text)
    results = ResultsReader_sol()(str(file), suffixes=["dual"])
    assert results.solution.variable["v1"]["Value"] == 2.5
    assert results.solution.constraint["c0"]["Dual"] == 0.5 and results.solver.message == "All well"
