"""Simple sets: projections and least points, against what defines them."""

import jax.numpy as jnp
import numpy as np
import pytest

from solvers.errors import ModelError
from solvers.numeric.methods.sets import Box, L1Ball, Simplex

SETS = [Simplex(2.0), L1Ball(1.5), Box(-0.5, 1.0)]


def members(over, count: int):
    """Points of a set: means of the least points of random slopes."""
    draw = np.random.default_rng(0)
    return [
        np.mean([over.least(jnp.asarray(draw.normal(size=5))) for _ in range(3)], 0) for _ in range(count)
    ]


@pytest.mark.parametrize("over", SETS, ids=str)
def test_no_point_of_the_set_lies_at_less_than_a_right_angle_behind_the_projection(over) -> None:
    draw = np.random.default_rng(1)
    for x in 2 * draw.normal(size=(5, 5)):
        nearest = np.asarray(over.project(jnp.asarray(x)))
        assert all((x - nearest) @ (point - nearest) <= 1e-6 for point in members(over, 5))
        assert np.asarray(over.project(jnp.asarray(nearest))) == pytest.approx(nearest, abs=1e-6)


@pytest.mark.parametrize("over", SETS, ids=str)
def test_the_least_point_is_a_member_below_all_others(over) -> None:
    slope = np.random.default_rng(2).normal(size=5)
    least = np.asarray(over.least(jnp.asarray(slope)))
    assert np.asarray(over.project(jnp.asarray(least))) == pytest.approx(least, abs=1e-6)
    assert all(slope @ least <= slope @ point + 1e-6 for point in members(over, 10))


@pytest.mark.parametrize(
    ("over", "message"),
    [
        (Simplex(0.0), "total is 0.0"),
        (L1Ball(-1.0), "radius is -1.0"),
        (Box(0, np.inf), "infinite bounds"),
        (Box(1, [0.0, 2.0, 2.0]), "lower bound 0 is above"),
        (Box(0, [1.0, 2.0]), "do not have the start's 3 entries"),
    ],
)
def test_empty_and_open_sets_are_refused(over, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        over.check(3)
