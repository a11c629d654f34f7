"""Grouping and compiled derivatives against the NumPy evaluator, which shares no code with them."""

import jax
import numpy as np
import pyomo.environ as pyo
import pytest
from numeric_models import hs71, nl_model, swing_up

from solvers.numeric.compile import Data, oracle_of
from solvers.numeric.errors import TooLarge
from solvers.numeric.nl import Evaluator, NLModel, parse_nl
from solvers.numeric.problem import problem_of


def everything() -> pyo.ConcreteModel:
    """All functions that Pyomo can write, inside their domains on [0.2, 0.8]."""
    model = pyo.ConcreteModel()
    model.x = pyo.Var(range(4), bounds=(0.2, 0.8))
    x = model.x
    model.shared = pyo.Expression(expr=x[0] * x[1] + pyo.exp(x[2]))
    names = "exp log log10 sin cos tan sinh cosh tanh asin acos atan asinh atanh sqrt"
    functions = [getattr(pyo, name) for name in names.split()]
    model.rows = pyo.ConstraintList()
    for k, function in enumerate(functions):
        model.rows.add(function(x[k % 4] * x[(k + 1) % 4]) + k * model.shared <= 3)
    model.rows.add(pyo.acosh(1.5 + x[0]) + abs(x[1] - x[2]) - x[3] / x[0] == 1)
    model.rows.add((0, x[0] ** x[1] + x[1] ** 2.5 + x[2] ** 3 + 2.0 ** x[3] - model.shared**2, 9))
    model.rows.add(pyo.Expr_if(x[0] >= 0.5, x[1] ** 2, x[2] * x[3]) + 3 * x[1] <= 2)
    model.goal = pyo.Objective(
        expr=sum(x[i] ** 2 * (i + 1) for i in range(4)) - model.shared, sense=pyo.maximize
    )
    return model


def compared(model: NLModel, x: np.ndarray) -> None:
    problem, evaluator = problem_of(model), Evaluator(model)
    oracle, data = oracle_of(problem.templates), Data(problem.indices, problem.numbers)
    weights = np.linspace(-1, 2, problem.rows + 1)
    found = jax.jit(oracle.outputs)(data, x)
    slopes = jax.jit(oracle.jacobian)(data, x)
    curves = jax.jit(oracle.hessian)(data, x, weights)
    values = evaluator.values(x)
    multipliers = np.zeros(model.rows)
    multipliers[problem.row_order] = weights[1:]
    assert found == pytest.approx(
        np.array([problem.sign * values.objective, *values.rows[problem.row_order]])
    )
    assert slopes[0] == pytest.approx(
        problem.sign * evaluator.gradient(x, 1.0, np.zeros(model.rows)), abs=1e-9
    )
    assert slopes[1:] == pytest.approx(evaluator.jacobian(x)[problem.row_order], abs=1e-9)
    expected = evaluator.hessian(x, problem.sign * weights[0], multipliers)
    assert curves == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.slow
def test_compiled_derivatives_equal_those_of_the_evaluator() -> None:
    model = nl_model(everything())
    compared(model, np.random.default_rng(1).uniform(0.2, 0.8, 4))


@pytest.mark.slow
@pytest.mark.parametrize("count", [10, 14], ids=["by jets", "too wide for jets"])
def test_terms_of_many_variables_have_their_derivatives(count: int) -> None:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(range(count))
    squares = sum((model.x[i] - 0.3) ** 2 for i in model.x)
    waves = sum(pyo.cos(6 * (model.x[i] - 0.3)) for i in model.x)
    product = model.x[0] * model.x[1] / (1 + model.x[2] ** 2) - model.x[0] ** 3 * model.x[3]
    model.goal = pyo.Objective(
        expr=-20 * pyo.exp(-0.2 * pyo.sqrt(squares)) - pyo.exp(waves / count) + pyo.sin(product)
    )
    compared(nl_model(model), np.random.default_rng(3).uniform(-1, 1, count))


def test_a_thousand_rows_of_one_shape_are_one_template() -> None:
    small, large = (problem_of(nl_model(swing_up(steps))) for steps in (10, 400))
    assert small.templates == large.templates and len(large.templates) == 2
    assert small.signature != large.signature
    compared(nl_model(swing_up(10)), np.random.default_rng(2).uniform(-1, 1, 33))


def test_other_data_are_the_same_structure() -> None:
    model = hs71()
    before = problem_of(nl_model(model))
    model.sphere.deactivate()
    model.other = pyo.Constraint(expr=sum(model.x[i] ** 2 for i in range(4)) == 39)
    model.x[2].setub(4.5)
    after = problem_of(nl_model(model))
    assert before.signature == after.signature


def test_repeated_parts_that_would_explode_are_refused() -> None:
    """Each defined variable is twice the one before it: 2 ** 60 terms when written out."""
    count = 60
    lines = [
        "g3 1 1 0",
        "1 0 1 0 0",
        "0 1",
        "0 0",
        "0 1 0",
        "0 0 0 1",
        "0 0 0 0 0",
        "0 0",
        "0 0",
        f"0 0 {count} 0 0",
    ]
    lines += ["V1 0 0", "o44", "v0"]
    for k in range(1, count):
        lines += [f"V{k + 1} 0 0", "o0", f"v{k}", f"v{k}"]
    lines += ["O0 0", f"v{count}", "b", "3"]
    with pytest.raises(TooLarge, match="grows more than 100-fold"):
        problem_of(parse_nl("\n".join(lines)))
    lines[-4:] = ["O0 0", "o44", f"v{count}", "b", "3"]
    with pytest.raises(TooLarge, match="a term has more than 4000"):
        problem_of(parse_nl("\n".join(lines)))
