"""The augmented Lagrangian: optima and multipliers, where rows depend on each other, and where it cannot end well."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from numeric_models import hs71

from solvers.numeric import Outcome, minimize

ROWS = Callable[[Any], Any]


def solved(*given: Any, **options: Any) -> Any:
    return minimize(*given, method="augmented", time_limit=120, **options)


def test_a_model_with_both_kinds_of_rows_is_solved_and_certified() -> None:
    result = solved(hs71())
    assert result.outcome is Outcome.SOLVED and "augmented Lagrangian" in result.route
    assert result.objective == pytest.approx(17.0140173, abs=1e-6)
    assert result.certificate is not None and result.certificate.kind == "local minimum"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "limits", "best", "y"),
    [
        (lambda x: x[:1] + x[1:], ([2.0], [2.0]), [1.0, 1.0], [2.0]),
        (lambda x: x[:1] + x[1:], ([2.0], [np.inf]), [1.0, 1.0], [2.0]),
        (lambda x: x[:1] + x[1:], ([-np.inf], [2.0]), [0.0, 0.0], [0.0]),
        (lambda x: x[:1] + x[1:], ([1.0], [3.0]), [0.5, 0.5], [1.0]),
    ],
    ids=["an equality", "a lower limit", "a limit without effect", "a range"],
)
def test_multipliers_say_what_a_limit_costs(
    rows: ROWS, limits: tuple[list[float], list[float]], best: list[float], y: list[float]
) -> None:
    result = solved(lambda x: jnp.sum(x**2), [3.0, -1.0], rows=rows, row_bounds=limits)
    assert result.outcome is Outcome.SOLVED
    assert result.x == pytest.approx(best, abs=1e-6) and result.y == pytest.approx(y, abs=1e-5)


@pytest.mark.slow
def test_rows_may_depend_on_each_other_and_complement_each_other() -> None:
    twice = solved(
        lambda x: (x[0] - 1) ** 2 + x[1] ** 2, [0.3, 2.0],
        rows=lambda x: jnp.array([x[0] - x[1], 2 * (x[0] - x[1])]), row_bounds=(0.0, 0.0),
    )  # fmt: skip
    assert twice.outcome.is_solved and twice.x == pytest.approx([0.5, 0.5], abs=1e-6)
    either = solved(
        lambda x: (x[0] - 1) ** 2 + (x[1] - 2) ** 2, [1.0, 1.0],
        rows=lambda x: jnp.array([x[0] * x[1]]), bounds=(0.0, np.inf), row_bounds=(-np.inf, 0.0),
    )  # fmt: skip
    assert either.outcome.is_solved and either.objective == pytest.approx(1.0, abs=1e-4)


@pytest.mark.slow
def test_rows_that_cannot_be_met_and_an_objective_without_end_are_told() -> None:
    impossible = solved(lambda x: x[0], [0.5], rows=lambda x: x**2, row_bounds=([-1.0], [-1.0]))
    assert impossible.outcome is Outcome.INFEASIBLE and impossible.violation == pytest.approx(1.0, abs=1e-3)
    endless = solved(lambda x: -x[0], [0.5, 0.5], rows=lambda x: x[1:], row_bounds=([0.0], [1.0]))
    assert not endless.outcome.is_solved
    undefined = solved(lambda x: jnp.log(x[0]), [-1.0], rows=lambda x: x, row_bounds=([-2.0], [2.0]))
    assert undefined.outcome is Outcome.UNDEFINED


@pytest.mark.slow
def test_rows_that_can_be_met_are_not_called_infeasible_however_steep() -> None:
    steep = solved(
        lambda x: 1e6 * (x[0] - 3) ** 2, [1e5],
        rows=lambda x: 1e-4 * x**4, row_bounds=([1.0], [np.inf]),
    )  # fmt: skip
    assert steep.outcome is not Outcome.INFEASIBLE
    assert steep.outcome.is_solved == (steep.violation <= 1e-6)
