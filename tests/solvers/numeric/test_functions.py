"""Functions written with `jax.numpy`: IPOPT where the lanes found no optimum, and where it is asked for."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from solvers.errors import EngineMissing
from solvers.numeric import Outcome, functions, minimize
from solvers.numeric.kernels import interior

HS71: dict[str, Any] = {
    "rows": lambda x: jnp.stack([jnp.prod(x), jnp.sum(x**2)]),
    "bounds": (1.0, 5.0),
    "row_bounds": ([25.0, 40.0], [np.inf, 40.0]),
}
PATIENT = 600.0
"""Seconds that compiling may take on a busy machine."""
START = [1.0, 5.0, 5.0, 1.0]


def hs71(x: Any) -> Any:
    return x[0] * x[3] * (x[0] + x[1] + x[2]) + x[2]


def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lanes that end after two steps."""
    monkeypatch.setattr(
        functions,
        "method_for",
        lambda asked, oracle, equalities, bounds: interior.Method(
            oracle, equalities, interior.Settings(most_sweeps=2)
        ),
    )


def test_ipopt_is_given_functions_with_rows_and_bounds() -> None:
    result = minimize(hs71, START, method="ipopt", **HS71)
    assert result.outcome is Outcome.SOLVED and result.route.startswith("ipopt was asked for")
    assert result.objective == pytest.approx(17.0140173)
    assert result.y == pytest.approx([0.5522937, -0.1614686], abs=1e-6)
    assert result.violation < 1e-6 and result.error < 1e-6 and result.certificate is None


def test_ipopt_takes_functions_without_rows_from_every_start() -> None:
    result = minimize(
        lambda x: jnp.sum((x**2 - 1) ** 2), [0.5, 0.5], bounds=(-2.0, 3.0), starts=6, method="ipopt"
    )
    assert result.outcome is Outcome.SOLVED and result.starts == 6
    assert np.abs(result.x) == pytest.approx([1.0, 1.0], abs=1e-6)
    assert sum(one.hits for one in result.optima) == result.solved > 1 and len(result.optima) > 1


@pytest.mark.slow
def test_ipopt_has_a_try_where_the_lanes_found_no_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    hasty(monkeypatch)
    result = minimize(hs71, START, starts=2, time_limit=PATIENT, **HS71)
    assert result.outcome is Outcome.SOLVED and result.objective == pytest.approx(17.0140173)
    assert "which ended as LIMIT; IPOPT with derivatives by JAX" in result.route and result.starts == 2


@pytest.mark.slow
def test_lanes_alone_stay_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    hasty(monkeypatch)
    result = minimize(hs71, START, method="lanes", time_limit=PATIENT, **HS71)
    assert result.outcome is Outcome.LIMIT and "IPOPT" not in result.route


def test_where_ipopt_finds_nothing_either_the_lanes_answer_stays() -> None:
    result = minimize(lambda x: jnp.log(x[0]) ** 2, [-1.0])
    assert result.outcome is Outcome.UNDEFINED and "IPOPT" not in result.route


@pytest.mark.parametrize("error", [ValueError("not for this x"), KeyboardInterrupt()])
def test_what_a_function_raises_is_raised(error: BaseException) -> None:
    def failing(x: Any) -> Any:
        raise error

    with pytest.raises(type(error)):
        minimize(failing, [1.0, 2.0], method="ipopt")


def test_time_that_has_run_out_is_the_limit() -> None:
    result = minimize(hs71, START, method="ipopt", time_limit=1e-9, **HS71)
    assert result.outcome is Outcome.LIMIT and result.x.tolist() == START


def test_without_ipopt_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "find_spec", lambda name: None)
    with pytest.raises(EngineMissing, match=r'pip install "optwright\[engines\]"'):
        minimize(hs71, START, method="ipopt", **HS71)
