"""Residuals and slopes computed again by NumPy, against finite differences and against what is no fit."""

import numpy as np
import pytest
from curves import decay, decay_fit, decay_sets

from solvers.numeric.fitting import certificate
from solvers.numeric.fitting.certificate import Slopes, certify_fit
from solvers.numeric.fitting.curve import curve_of

TRUE = np.array([1.0, 1.5, 0.25])
FIT = decay_fit(decay_sets([12]))
CURVE = curve_of(FIT)
TIMES, OBSERVED = np.array(FIT.sets[0].inputs[0]), np.array(FIT.sets[0].observed)


@pytest.mark.parametrize("block", [200_000, 30])
def test_values_and_slopes_are_those_of_the_curve(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate, "LARGEST_BLOCK", block)
    p = np.array([0.7, 2.0, -0.3])
    values, slopes = Slopes(CURVE).at(np.tile(p, (12, 1)), TIMES[:, None])
    assert values == pytest.approx(decay(TIMES, *p))
    step = 1e-6
    rough = [(decay(TIMES, *(p + step * e)) - decay(TIMES, *(p - step * e))) / (2 * step) for e in np.eye(3)]
    assert slopes == pytest.approx(np.transpose(rough), abs=1e-8)


def checked(p: np.ndarray, bounds: tuple[float | None, float | None] = (None, None)):
    curve = curve_of(decay_fit(decay_sets([12]), bounds))
    values, slopes = Slopes(curve).at(np.tile(p, (12, 1)), TIMES[:, None])
    return certify_fit(curve, p, OBSERVED, values, slopes)


def test_the_true_parameters_are_stationary_and_others_are_not() -> None:
    found = checked(TRUE)
    assert found.is_stationary and found.residual_norm == pytest.approx(0, abs=1e-12) and found.rank == 3
    assert not checked(TRUE + np.array([0.0, 1e-3, 0.0])).is_stationary


def test_a_bound_explains_a_pull_outwards_alone() -> None:
    best_c = np.mean(OBSERVED - 0.5 * np.exp(-1.5 * TIMES))
    p = np.array([0.5, 1.5, best_c])  # what is left to gain most by is a larger a
    free, bounded = checked(p), checked(p, (None, 0.5))
    assert bounded.stationarity < free.stationarity
    assert checked(p, (0.5, None)).stationarity == free.stationarity


def test_points_that_do_not_determine_the_parameters_lower_the_rank() -> None:
    p = np.array([0.0, 1.5, 0.25])  # without a, b has no effect
    assert checked(p).rank == 2


def test_a_curve_without_a_value_has_an_infinite_residual() -> None:
    found = checked(np.array([1.0, -1e6, 0.0]))
    assert found.residual_norm == np.inf and not found.is_stationary
