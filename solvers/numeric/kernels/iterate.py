"""What an interior-point lane works on: the scaled problem in z = (x, s), and the state carried from sweep to sweep.

Equalities come first among the rows; each other row gets a slack, c(x) - s = 0, so that all inequalities are bounds.
"""

from typing import NamedTuple, TypeVar

import jax
import jax.numpy as jnp

from solvers.numeric.compile import Array
from solvers.numeric.kernels.barrier import Interior, Point
from solvers.numeric.kernels.filter import Filter
from solvers.numeric.kernels.state import Bounds

Tree = TypeVar("Tree")

RELAX, RELAX_VARIABLES = 1e-8, 1e-10
"""By how much limits of rows and bounds are relaxed, relative to their size, so that there is always an interior. A
point is cut at its bounds in the end, which moves steep rows: by less than a millionth, with bounds relaxed so little.
"""
LARGEST_RELAXED = 50.0
"""The size from which limits of rows are relaxed no further, which keeps their violation below a millionth."""


class Settings(NamedTuple):
    """What the method is told, all static.

    Attributes:
        tolerance: of the scaled first-order conditions.
        acceptable: of the same, where no more can be had.
        most_sweeps: trial steps.
    """

    tolerance: float = 1e-8
    acceptable: float = 1e-6
    most_sweeps: int = 600


class Direction(NamedTuple):
    """A step in all parts, how far it may go, and the barrier objective's slope along it."""

    z: Array
    y: Array
    z_lower: Array
    z_upper: Array
    longest: Array
    longest_dual: Array
    slope: Array


class State(NamedTuple):
    """All that a lane carries from sweep to sweep.

    Attributes:
        target: (m,) what the direction is to bring to zero: h(z), or a second-order correction of it.
        guess: where the ladder of regularizations starts.
        is_restoring: whether the violation alone is being lowered; `restore_from` is what it was at the beginning.
        weight: the regularization of restoring steps.
        margin: how far, relative to their size, restoring steps stay away from bounds.
    """

    point: Point
    direction: Direction
    scale_f: Array
    scale_c: Array
    mu: Array
    step: Array
    halvings: Array
    corrections: Array
    target: Array
    is_ready: Array
    guess: Array
    filter: Filter
    is_restoring: Array
    restore_from: Array
    weight: Array
    margin: Array
    failures: Array
    acceptable_for: Array
    error: Array
    outcome: Array
    sweeps: Array


class Frame(NamedTuple):
    """The problem in z = (x, s), rows scaled: limits of rows (m,), of z, and how many rows are equalities."""

    row_lower: Array
    row_upper: Array
    box: Interior
    equalities: int

    @property
    def variables(self) -> int:
        """How many of z are x."""
        return len(self.box.lower) - len(self.row_lower) + self.equalities

    def gap(self, c: Array, z: Array) -> Array:
        """h(z), (m,): what equalities miss, and by how much slacks differ from their rows."""
        return c - jnp.concatenate((self.row_lower[: self.equalities], z[self.variables :]))

    def to_slacks(self, y: Array) -> Array:
        """J'y of the slacks: each stands in its own row with -1."""
        return -y[self.equalities :]


def frame_of(bounds: Bounds, scale_c: Array, equalities: int) -> Frame:
    """The problem of a lane, its bounds relaxed by `RELAX`."""
    row_lower, row_upper = bounds.row_lower * scale_c, bounds.row_upper * scale_c
    counts = (len(bounds.lower), len(scale_c) - equalities)
    scale, relax, most = (
        jnp.concatenate((jnp.full(counts[0], of_variables), of_rows * jnp.ones(counts[1])))
        for of_variables, of_rows in (
            (1.0, scale_c[equalities:]),
            (RELAX_VARIABLES, RELAX),
            (jnp.inf, LARGEST_RELAXED),
        )
    )
    lower = jnp.concatenate((bounds.lower, bounds.row_lower[equalities:]))
    upper = jnp.concatenate((bounds.upper, bounds.row_upper[equalities:]))
    is_free = lower < upper
    has_lower, has_upper = jnp.isfinite(lower) & is_free, jnp.isfinite(upper) & is_free
    lower = jnp.where(has_lower, lower - relax * jnp.clip(jnp.abs(lower), 1.0, most), lower) * scale
    upper = jnp.where(has_upper, upper + relax * jnp.clip(jnp.abs(upper), 1.0, most), upper) * scale
    return Frame(row_lower, row_upper, Interior(lower, upper, has_lower, has_upper, is_free), equalities)


def select(condition: Array, yes: Tree, no: Tree) -> Tree:
    """One of two states, or of two parts of them."""
    chosen: Tree = jax.tree.map(lambda left, right: jnp.where(condition, left, right), yes, no)
    return chosen
