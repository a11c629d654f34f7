"""The filter of a line search: pairs of violation and barrier objective that no later point may be worse than.

Source: Waechter and Biegler, Mathematical Programming 106 (2006), section 2.3.
"""

from typing import NamedTuple

import jax.numpy as jnp

from solvers.numeric.compile import Array
from solvers.numeric.kernels.newton import EPSILON

SIZE = 16
GAMMA_VIOLATION, GAMMA_BARRIER, ARMIJO = 1e-5, 1e-5, 1e-4


class Filter(NamedTuple):
    """Pairs that dominate, (SIZE, 2), how many were filed, and the largest violation that is ever taken."""

    pairs: Array
    count: Array
    most_violation: Array


class Merit(NamedTuple):
    """Violation and barrier objective of a point."""

    theta: Array
    phi: Array


def empty(most_violation: Array) -> Filter:
    """A filter that takes everything up to a violation."""
    return Filter(jnp.full((SIZE, 2), jnp.inf), jnp.array(0), most_violation)


def emptied(filter_: Filter, is_wanted: Array) -> Filter:
    """The filter without its pairs, where that is wanted."""
    pairs = jnp.where(is_wanted, jnp.inf, filter_.pairs)
    return filter_._replace(pairs=pairs, count=jnp.where(is_wanted, 0, filter_.count))


def filed(filter_: Filter, pair: Array, is_wanted: Array) -> Filter:
    """The filter with a pair, where that is wanted; it takes the oldest one's place when all are taken."""
    place = filter_.count % SIZE
    pairs = filter_.pairs.at[place].set(jnp.where(is_wanted, pair, filter_.pairs[place]))
    return filter_._replace(pairs=pairs, count=filter_.count + is_wanted)


def is_dominated(filter_: Filter, trial: Merit) -> Array:
    """Whether a pair, or the limit on violation, forbids a point."""
    worse = (trial.theta >= filter_.pairs[:, 0]) & (trial.phi >= filter_.pairs[:, 1])
    return worse.any() | (trial.theta > filter_.most_violation)


def passes(filter_: Filter, now: Merit, trial: Merit, step: Array, slope: Array) -> tuple[Array, Array]:
    """Whether the filter takes a trial point, and whether as a step that lowers the barrier objective."""
    rounding = 10 * EPSILON * jnp.abs(now.phi)
    switches = (slope < 0) & (step * jnp.abs(slope) ** 2.3 > jnp.maximum(now.theta, 0.0) ** 1.1)
    armijo = trial.phi <= now.phi + ARMIJO * step * slope + rounding
    lowers = (trial.theta <= (1 - GAMMA_VIOLATION) * now.theta) | (
        trial.phi <= now.phi - GAMMA_BARRIER * now.theta + rounding
    )
    is_small = now.theta <= 1e-4 * jnp.maximum(1.0, filter_.most_violation / 1e4)
    is_armijo = switches & is_small
    return ~is_dominated(filter_, trial) & jnp.where(is_armijo, armijo, lowers), is_armijo & armijo
