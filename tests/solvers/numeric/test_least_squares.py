"""Curve fits, free and with bounds, and solutions that can be differentiated."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import curve_fit

from solvers.errors import ModelError
from solvers.numeric import fit_curves, solution_map
from solvers.numeric.cache import ProgramCache
from solvers.numeric.least_squares import Programs


def decay(t: Any, p: Any) -> Any:
    return p[0] * jnp.exp(-p[1] * t)


TIMES = np.linspace(0, 2, 25)


def noisy(count: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(3)
    truth = np.column_stack((draw.uniform(1, 3, count), draw.uniform(0.5, 3, count)))
    clean = truth[:, :1] * np.exp(-truth[:, 1:] * TIMES)
    return truth, clean + draw.normal(0, 0.01, clean.shape)


@pytest.mark.parametrize("bounds", [None, (0.0, 9.0)], ids=["free", "bounded"])
def test_programs_of_a_named_curve_are_found_on_disk(
    tmp_path: Path, bounds: tuple[float, float] | None
) -> None:
    def never(t: Any, p: Any) -> Any:
        raise AssertionError("a known curve must not be traced again")

    _, observed = noisy(3)
    first, again = (
        fit_curves(
            curve, TIMES, observed, [1.0, 1.0], bounds=bounds,
            programs=Programs(("decay",), ProgramCache(tmp_path / "programs")),
        )
        for curve in (decay, never)
    )  # fmt: skip
    assert first.is_solved.all() and again.parameters.tolist() == first.parameters.tolist()


def test_fits_equal_those_of_scipy() -> None:
    _, observed = noisy(20)
    fits = fit_curves(decay, TIMES, observed, [1.0, 1.0])
    for row, found in zip(observed, fits.parameters, strict=True):
        expected, _ = curve_fit(lambda t, a, b: a * np.exp(-b * t), TIMES, row, [1.0, 1.0])
        assert found == pytest.approx(expected, rel=1e-5)
    assert fits.is_solved.all()


def test_what_gauss_newton_does_not_end_is_mended() -> None:
    def wave(t: Any, p: Any) -> Any:
        return p[0] * jnp.sin(p[1] * t + p[2])

    draw = np.random.default_rng(0)
    truth = np.column_stack((draw.uniform(1, 3, 40), draw.uniform(1, 3, 40), draw.uniform(-1, 1, 40)))
    times = np.linspace(0.1, 5, 40)
    observed = truth[:, :1] * np.sin(truth[:, 1:2] * times + truth[:, 2:])
    alone = fit_curves(wave, times, observed, [1.0, 2.0, 0.0], bounds=(-np.inf, np.inf))
    mended = fit_curves(wave, times, observed, [1.0, 2.0, 0.0])
    assert alone.is_solved.sum() < mended.is_solved.sum() >= 36
    kept = alone.is_solved
    assert mended.parameters[kept].tolist() == alone.parameters[kept].tolist()
    assert np.median(mended.losses[mended.is_solved & ~kept]) < np.median(alone.losses[~kept])


@pytest.mark.slow
def test_fits_with_bounds_rest_on_them() -> None:
    truth, observed = noisy(8)
    fits = fit_curves(decay, TIMES, observed, [1.0, 1.0], bounds=([0.0, 0.0], [2.0, 10.0]))
    assert fits.is_solved.all() and (fits.parameters[:, 0] <= 2.0).all()
    for row, found, true in zip(observed, fits.parameters, truth, strict=True):
        expected, _ = curve_fit(
            lambda t, a, b: a * np.exp(-b * t), TIMES, row, [1.0, 1.0], bounds=([0, 0], [2, 10])
        )
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-4)
        assert (found[0] == 2.0) == (true[0] > 2.05) or abs(true[0] - 2.0) < 0.1


@pytest.mark.parametrize("observed", [np.ones(25), np.full((2, 25), np.nan), np.ones((2, 24))])
def test_data_that_do_not_fit_are_refused(observed: np.ndarray) -> None:
    with pytest.raises(ModelError):
        fit_curves(decay, TIMES, observed, [1.0, 1.0])


def test_a_solution_is_differentiated_by_its_parameters() -> None:
    best = solution_map(lambda x, p: jnp.sum(jnp.cosh(x - p)) + 0.5 * jnp.sum(x**2), jnp.zeros(2))
    at, step = jnp.array([0.5, -1.0]), 1e-5
    exact = jax.jacobian(best)(at)
    rough = np.column_stack([(best(at + step * e) - best(at - step * e)) / (2 * step) for e in jnp.eye(2)])
    assert np.asarray(exact) == pytest.approx(rough, abs=1e-7)
