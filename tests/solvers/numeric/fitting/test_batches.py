"""Many data sets of one curve, of any lengths: parameters, outcomes, limits."""

import math
import time

import numpy as np
import pytest
from curves import decay, decay_fit, decay_model, decay_sets
from scipy.optimize import curve_fit

from solvers.numeric import DataSet, fit_of
from solvers.numeric.fitting.batches import fit_sets
from solvers.numeric.lanes import Progress

SOON = 600.0


def test_data_sets_of_several_lengths_get_the_parameters_that_scipy_finds() -> None:
    fit = decay_fit(decay_sets([9, 12, 16, 15], noise=0.01))
    told: list[Progress] = []
    found = fit_sets(fit, deadline=time.monotonic() + SOON, on_progress=told.append)
    for one, data in zip(found, fit.sets, strict=True):
        assert data.inputs is not None and data.observed is not None
        times, observed = np.array(data.inputs[0]), np.array(data.observed)
        expected, _ = curve_fit(decay, times, observed, [1.0, 1.0, 0.0])
        assert one.outcome == "solved" and one.certificate is not None and one.certificate.is_stationary
        assert one.parameters == pytest.approx(expected, rel=1e-5)
        assert one.residual_norm == pytest.approx(np.linalg.norm(decay(times, *expected) - observed))
        assert one.route.startswith("Gauss-Newton steps, and Levenberg-Marquardt")
    assert told[-1].done == told[-1].total == 4


@pytest.mark.slow
def test_bounds_of_the_model_hold() -> None:
    found = fit_sets(decay_fit(decay_sets([16, 16]), bounds=(0, 1.5)), deadline=time.monotonic() + SOON)
    assert found[0].parameters[0] == pytest.approx(1.0, abs=1e-6) and found[1].parameters[0] == 1.5
    assert [one.outcome for one in found] == ["solved", "solved"]
    assert "bounds" in found[0].route


@pytest.mark.slow
def test_without_observations_the_curve_is_the_residual() -> None:
    """(t - a)^2 with weights: the least sum of (w (t - a)) squared is at the weighted mean."""
    import pyomo.environ as pyo

    model = pyo.ConcreteModel()
    model.a, model.t, model.w = pyo.Var(initialize=0), pyo.Var(), pyo.Var()
    model.residual = pyo.Objective(expr=model.w * (model.t - model.a))
    data = DataSet(inputs=[[1.0, 2.0, 6.0], [1.0, 1.0, 2.0]])
    (found,) = fit_sets(
        fit_of(model, parameters=[model.a], inputs=[model.t, model.w], sets=[data]),
        deadline=time.monotonic() + SOON,
    )
    assert found.is_solved and found.parameters == pytest.approx([(1 + 2 + 4 * 6) / 6])


def test_a_data_set_that_has_no_value_at_its_start_does_not_hold_up_the_others() -> None:
    good = decay_sets([16])[0]
    bad = good.model_copy(update={"start": [1.0, -1e6, 0.0]})
    first, second = fit_sets(decay_fit([bad, good]), deadline=time.monotonic() + SOON)
    assert (first.outcome, second.outcome) == ("undefined", "solved")
    assert first.residual_norm == math.inf


def test_what_was_not_reached_in_time_says_so() -> None:
    model = decay_model()
    found = fit_sets(decay_fit(decay_sets([16, 9])), deadline=time.monotonic() - 1)
    assert {one.outcome for one in found} == {"limit"} and "before its turn" in found[0].route
    assert found[0].parameters == [model.a.value, model.b.value, model.c.value]
    assert found[0].certificate is None
