"""What points are measured by: scales from the first gradients, violations in the rows' own units."""

import jax.numpy as jnp

from solvers.numeric.compile import Array
from solvers.numeric.kernels.state import Bounds

LARGEST_GRADIENT, LEAST_SCALE = 100.0, 1e-4
"""Objective and rows are scaled so that their first gradients have no larger entry, but no further than this."""


FEASIBLE = 1e-6
"""The largest violation of a row, in its own units, of a point that counts as solved."""


def scales(slopes: Array) -> Array:
    """Of objective and rows, (1 + m,), from their gradients, (1 + m, n)."""
    sizes = jnp.abs(slopes).max(axis=1, initial=0.0)
    scale = jnp.where(sizes > LARGEST_GRADIENT, LARGEST_GRADIENT / jnp.maximum(sizes, 1.0), 1.0)
    return jnp.maximum(scale, LEAST_SCALE)


def largest_violation(rows: Array, bounds: Bounds) -> Array:
    """The largest violation of a row, in its own units."""
    beyond = jnp.maximum(bounds.row_lower - rows, rows - bounds.row_upper)
    return jnp.maximum(beyond.max(initial=0.0), 0.0)


def multiplier_size(y: Array) -> Array:
    """What residuals are measured by where multipliers are large: their mean over 100, at least 1."""
    return jnp.maximum(1.0, jnp.abs(y).sum() / max(1, len(y)) / 100.0)
