"""Models with bounds alone by methods over sets, in this process."""

import jax.numpy as jnp
import pyomo.environ as pyo
import pytest
from numeric_models import hs71, model_of

from solvers.errors import ModelError
from solvers.numeric import Box, OverSet, minimize


def bowl(sense=pyo.minimize):
    sign = 1 if sense is pyo.minimize else -1
    return model_of(
        2,
        lambda x: sign * ((x[0] - 2) ** 2 + x[0] * x[1] + x[1] ** 2),
        start=[0.5, 0.5],
        bounds=(0, 1),
        sense=sense,
    )


@pytest.mark.parametrize("sense", [pyo.minimize, pyo.maximize])
def test_a_model_and_its_function_lead_to_the_same_point_in_the_models_own_sense(sense) -> None:
    found = minimize(bowl(sense), method="projected-gradient")
    function = OverSet(lambda x: (x[0] - 2) ** 2 + x[0] * x[1] + x[1] ** 2, Box(0.0, 1.0))
    assert found.x == pytest.approx(minimize(function, jnp.array([0.5, 0.5])).x)
    assert found.objective == pytest.approx(1.0 if sense is pyo.minimize else -1.0, abs=1e-6)
    assert found.certificate is not None and found.certificate.is_stationary


def test_what_needs_rows_or_a_function_is_refused_by_name() -> None:
    with pytest.raises(ModelError, match="bounds alone; this one has 2 constraints"):
        minimize(hs71(), method="frank-wolfe")
    with pytest.raises(ModelError, match=r"are OverSet\(f, Box\(lower, upper\)\)"):
        minimize(lambda x: x[0] ** 2, [1.0], bounds=(0, 1), method="frank-wolfe")
