"""Solves from models and functions: optima, certificates, refusals, many starts, many data sets."""

import subprocess
import sys
import time

import jax.numpy as jnp
import numpy as np
import pyomo.environ as pyo
import pytest
from numeric_models import FAMILIES, haverly, hs71, model_of, nl_text

from solvers.errors import ModelError
from solvers.numeric import Outcome, minimize, roads


def checked(result, optimum: float) -> None:
    assert result.outcome.is_solved, result
    assert result.objective == pytest.approx(optimum, rel=1e-5, abs=1e-6)
    certificate = result.certificate
    assert certificate.is_stationary and certificate.is_feasible
    assert certificate.objective == pytest.approx(result.objective, rel=1e-9, abs=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_the_lanes_find_the_known_optimum(name: str) -> None:
    family = FAMILIES[name]
    checked(minimize(family.build(), starts=family.starts, method="lanes"), family.optimum)


@pytest.mark.parametrize("name", ["rosenbrock", "a product over a sphere", "entropy"])
def test_the_ipopt_road_finds_the_known_optimum(name: str) -> None:
    family = FAMILIES[name]
    result = minimize(family.build(), method="ipopt")
    checked(result, family.optimum)
    assert "ipopt" in result.route


@pytest.mark.slow
def test_functions_are_minimized_with_rows_and_bounds() -> None:
    result = minimize(
        lambda x: x[0] * x[3] * (x[0] + x[1] + x[2]) + x[2],
        [1.0, 5.0, 5.0, 1.0],
        rows=lambda x: jnp.stack([jnp.prod(x), jnp.sum(x**2)]),
        bounds=(1.0, 5.0),
        row_bounds=([25.0, 40.0], [np.inf, 40.0]),
        time_limit=600.0,
    )
    assert result.outcome is Outcome.SOLVED
    assert result.objective == pytest.approx(17.0140173)
    assert result.y == pytest.approx([0.5522937, -0.1614686], abs=1e-6)


def test_one_solve_goes_to_ipopt_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roads, "_caches", {})  # nothing of this structure is compiled
    result = minimize(hs71())
    assert "one solve" in result.route
    checked(result, 17.0140173)


def test_whole_variables_are_refused_on_every_road() -> None:
    model = model_of(2, lambda x: (x[0] - 1.4) ** 2 + x[1] ** 2, start=[0, 0])
    model.x[0].domain = pyo.Integers
    for method in ("auto", "lanes", "ipopt"):
        with pytest.raises(ModelError, match="1 variables are whole"):
            minimize(model, method=method)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"starts": 0}, "0 starts"),
        ({"processes": 0}, "0 processes"),
        ({"time_limit": -1.0}, "the time limit is -1.0"),
        ({"start": [1.0]}, "the start has 1 values; the model has 4"),
        ({"bounds": (0, 1)}, "belong to functions"),
    ],
)
def test_wrong_options_are_refused(options: dict, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        minimize(hs71(), **options)


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ModelError, match=r"no-such\.nl"):
        minimize("no-such.nl")
    with pytest.raises(ModelError, match="cannot be read"):
        minimize("no\0name")


def test_a_model_that_pyomo_proves_infeasible_is_refused() -> None:
    model = model_of(2, lambda x: x[0] ** 2 + x[1] ** 2, start=[0, 0])
    model.x[0].fix(1.0)
    model.never = pyo.Constraint(expr=2 * model.x[0] <= 1)
    with pytest.raises(ModelError, match="cannot be written"):
        minimize(model)


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        ([1.0, 2.0], {"bounds": (2, 1)}, "bounds: no value of variables 0 is at least 2.0 and at most 1.0"),
        ([1.0], {"bounds": (float("nan"), 1)}, "bounds: no value of variables 0"),
        ([1.0], {"bounds": (np.inf, np.inf)}, "bounds: no value"),
        ([1.0, 2.0], {"bounds": np.zeros((3, 2))}, "bounds are a lower and an upper limit"),
        ([1.0], {"rows": lambda x: x, "row_bounds": (2, 1)}, "row_bounds: no value of rows 0"),
        ([1.0], {"rows": lambda x: x, "row_bounds": ([1.0, 2.0], [3.0, 4.0])}, "a number or 1 each"),
        ([1.0], {"rows": lambda x: [x[0]]}, r"rows must give an array of JAX, such as jnp.stack"),
        ([1.0], {"row_bounds": (0, 1)}, "no rows are given"),
        ([1.0, 2.0], {"bounds": np.array([[0.0, 0.0], [1.0, 1.0]]), "starts": 2.5}, "2.5 starts"),
        (3.0, {}, r"a list of numbers; it has the shape \(\)"),
        ([[1.0], [2.0]], {}, "a list of numbers"),
        (["one"], {}, "a list of numbers"),
    ],
)
def test_a_function_with_limits_or_a_start_that_do_not_fit_is_refused(
    given: object, options: dict, message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        minimize(lambda x: jnp.sum(x**2), given, **options)
    with pytest.raises(ModelError, match="the objective gives an array"):
        minimize(lambda x: x, [1.0, 2.0])


_FORK = """
import os
import jax.numpy as jnp
from solvers.numeric import minimize
from solvers.numeric.errors import WorkerLost
minimize(lambda x: jnp.sum(x**2), [1.0])
if os.fork() == 0:
    try:
        minimize(lambda x: jnp.sum(x**2), [1.0], time_limit=1)
    except WorkerLost as error:
        print(error, flush=True)
    os._exit(0)
os.wait()
"""


def test_a_fork_is_told_that_jax_cannot_run_in_it() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _FORK],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert b"forked after JAX was loaded" in told.stdout


@pytest.mark.slow
def test_many_starts_find_the_distinct_optima_of_a_pooling_problem() -> None:
    result = minimize(nl_text(haverly()), starts=64, method="lanes")
    assert result.optima[0].objective == pytest.approx(400, rel=1e-5)
    assert len({round(one.objective) for one in result.optima}) > 1
    assert sum(one.hits for one in result.optima) == result.solved <= result.starts == 64


@pytest.mark.slow
def test_the_report_does_not_depend_on_the_number_of_processes() -> None:
    text = nl_text(FAMILIES["himmelblau"].build())
    alone = minimize(text, starts=1_024, method="lanes", processes=1, time_limit=600.0)
    end = time.monotonic() + 300.0
    while "shared by 2 processes" not in (shared := minimize(text, starts=1_024, processes=2)).route:
        assert time.monotonic() < end, "no worker came"
    assert [(o.objective, o.x.tolist(), o.hits) for o in shared.optima] == [
        (o.objective, o.x.tolist(), o.hits) for o in alone.optima
    ]
    assert (shared.x == alone.x).all() and shared.iterations == alone.iterations
    assert (shared.solved, shared.starts) == (alone.solved, alone.starts)


@pytest.mark.slow
def test_an_infeasible_model_ends_at_a_stationary_point_of_its_violation() -> None:
    model = model_of(
        2,
        lambda x: x[0] ** 2 + x[1],
        lambda x: [x[0] ** 2 + x[1] ** 2 <= 1, x[0] * x[1] >= 3],
        start=[0.5, 0.4],
    )
    result = minimize(model, starts=8, method="lanes")
    assert result.outcome is Outcome.INFEASIBLE and result.solved == 0
    assert result.certificate.kind == "infeasible"
    assert result.x == pytest.approx([1.0, 1.0], abs=0.3) or result.x == pytest.approx([-1.0, -1.0], abs=0.3)
    assert abs(result.x[0]) == pytest.approx(abs(result.x[1]), abs=1e-5)


def test_a_function_undefined_at_the_start_is_named() -> None:
    result = minimize(lambda x: jnp.log(x[0]) ** 2, [-1.0])
    assert result.outcome is Outcome.UNDEFINED
    assert "not defined at the start" in result.outcome.text


def test_an_unbounded_function_is_named() -> None:
    result = minimize(lambda x: -(x[0] ** 3), [1.0])
    assert result.outcome is Outcome.UNBOUNDED
