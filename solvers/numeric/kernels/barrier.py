"""Points between bounds: their distances, the barrier, how far a step may go, and where to begin."""

from typing import NamedTuple

import jax.numpy as jnp

from solvers.numeric.compile import Array

PUSH = 1e-2
SIGMA_RANGE = 1e10
LARGEST_DUAL = 1e3


class Interior(NamedTuple):
    """Bounds of z = (x, s), (k,) each: relaxed a little, with those that exist marked, and variables that may move."""

    lower: Array
    upper: Array
    has_lower: Array
    has_upper: Array
    is_free: Array


class Point(NamedTuple):
    """A primal-dual point with what was computed at it; f and c are scaled."""

    z: Array
    y: Array
    z_lower: Array
    z_upper: Array
    f: Array
    c: Array


def kept_off(lower: Array, upper: Array, margin: Array | float) -> tuple[Array, Array]:
    """The bounds moved inwards, by a share of their size or, where that is less, of their distance."""
    width = upper - lower
    low = margin * jnp.minimum(jnp.maximum(1.0, jnp.abs(lower)), width)
    high = margin * jnp.minimum(jnp.maximum(1.0, jnp.abs(upper)), width)
    return (
        jnp.where(jnp.isfinite(lower), lower + low, -jnp.inf),
        jnp.where(jnp.isfinite(upper), upper - high, jnp.inf),
    )


def inside(x: Array, lower: Array, upper: Array) -> Array:
    """The point moved off its bounds, by `PUSH` of their size or distance."""
    return jnp.clip(x, *kept_off(lower, upper, PUSH))


def least_squares_multipliers(gradient: Array, jac: Array, pull: Array, equalities: int) -> Array:
    """The y that make the first-order conditions hold best at the start; 0 where they are large."""
    n, m = len(gradient), len(jac)
    is_slack = (jnp.arange(m) >= equalities).astype(float)
    matrix = jac @ jac.T + jnp.diag(is_slack + 1e-8)
    slack_pull = jnp.concatenate((jnp.zeros(equalities), pull[n:]))
    y = jnp.linalg.solve(matrix, -(jac @ (gradient - pull[:n])) - slack_pull) if m else jnp.zeros(0)
    is_usable = jnp.isfinite(y).all() & (jnp.abs(y).max(initial=0.0) <= LARGEST_DUAL)
    return jnp.where(is_usable, y, 0.0)


def distances(z: Array, box: Interior) -> tuple[Array, Array]:
    """To the bounds that exist; 1 where there is none."""
    return jnp.where(box.has_lower, z - box.lower, 1.0), jnp.where(box.has_upper, box.upper - z, 1.0)


def barrier(point: Point, box: Interior, mu: Array) -> Array:
    """F minus mu times the logarithms of all distances."""
    low, high = distances(point.z, box)
    return point.f - mu * (jnp.log(low).sum() + jnp.log(high).sum())


def reach(room: Array, move: Array, has: Array, tau: Array) -> Array:
    """The longest step up to 1 that uses at most the share tau of the room towards each bound there is."""
    ends = has & (move < 0)
    return jnp.minimum(
        1.0, jnp.where(ends, -tau * room / jnp.where(ends, move, -1.0), jnp.inf).min(initial=1.0)
    )


def with_safe_duals(point: Point, box: Interior, mu: Array) -> Point:
    """The point with bound multipliers within a factor of mu over the distance."""
    low, high = distances(point.z, box)

    def safe(dual: Array, room: Array, has: Array) -> Array:
        return jnp.where(has, jnp.clip(dual, mu / (SIGMA_RANGE * room), SIGMA_RANGE * mu / room), 0.0)

    return point._replace(
        z_lower=safe(point.z_lower, low, box.has_lower), z_upper=safe(point.z_upper, high, box.has_upper)
    )
