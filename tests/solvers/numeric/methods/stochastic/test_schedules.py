"""Schedules by name: their ends, what they have in common, and the refined one."""

import numpy as np
import pytest

from solvers.errors import ModelError
from solvers.numeric.methods.stochastic import schedules


@pytest.mark.parametrize("name", ["linear", "cosine", "rex", "uba"])
def test_they_fall_from_one_towards_zero(name: str) -> None:
    factors = schedules.factors(name, 100)
    assert factors[0] == 1.0 and 0 < factors[-1] < 0.05
    assert np.all(np.diff(factors) < 0)


def test_rex_lies_above_the_linear_decay() -> None:
    assert np.all(schedules.factors("rex", 50)[1:] > schedules.factors("linear", 50)[1:])


def test_uba_is_the_cosine_for_two_and_constant_for_zero() -> None:
    spent = np.linspace(0, 0.99, 50)
    assert schedules.uba(spent, 2.0) == pytest.approx(schedules.cosine(spent))
    assert schedules.uba(spent, 1e-9) == pytest.approx(np.ones(50), abs=1e-4)
    assert np.all(np.diff([schedules.uba(np.array([0.6]), phi)[0] for phi in (0.5, 1, 2, 5)]) < 0)


def test_equal_norms_refine_to_the_linear_decay() -> None:
    assert schedules.refined(np.ones(30), 100) == pytest.approx(np.arange(99, -1, -1) / 99)


def test_falling_norms_refine_to_a_warm_up_and_a_fast_decay() -> None:
    factors = schedules.refined(np.linspace(2, 1, 100), 100)
    top = int(np.argmax(factors))
    assert 0 < top < 99 and factors[0] < 1 and factors[-1] == 0


def test_the_scale_of_the_norms_does_not_matter() -> None:
    norms = np.random.default_rng(0).uniform(1, 2, 40)
    assert schedules.refined(1e6 * norms, 60) == pytest.approx(schedules.refined(norms, 60))


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ModelError, match="no schedule 'step'; take one of constant"):
        schedules.factors("step", 10)
