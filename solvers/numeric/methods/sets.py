"""Simple sets: those onto which a point is projected, and over which a linear function is minimized, in closed form."""

from dataclasses import dataclass
from typing import Any, Protocol

import jax.numpy as jnp
import numpy as np

from solvers.errors import ModelError


class SimpleSet(Protocol):
    """A compact convex set in n dimensions; what it computes is written with `jax.numpy`."""

    def project(self, x: Any) -> Any:
        """The nearest point of the set, (n,)."""

    def least(self, slope: Any) -> Any:
        """The point v of the set with the least slope'v, (n,)."""

    def check(self, n: int) -> None:
        """Raises ModelError where the set is empty, not compact, or of another dimension."""


@dataclass(frozen=True, slots=True)
class Simplex:
    """x >= 0 that sum to `total`."""

    total: float = 1.0

    def project(self, x: Any) -> Any:
        """By the threshold t with sum max(x - t, 0) = total: Held, Wolfe and Crowder (1974)."""
        down = jnp.sort(x)[::-1]
        thresholds = (jnp.cumsum(down) - self.total) / jnp.arange(1, x.size + 1)
        return jnp.maximum(x - thresholds[jnp.sum(down > thresholds) - 1], 0.0)

    def least(self, slope: Any) -> Any:
        """The corner of the least entry."""
        return jnp.zeros_like(slope).at[jnp.argmin(slope)].set(self.total)

    def check(self, n: int) -> None:
        """Refuses totals that are not positive."""
        del n
        _positive("the simplex's total", self.total)


@dataclass(frozen=True, slots=True)
class L1Ball:
    """The sum of |x| is at most `radius`."""

    radius: float = 1.0

    def project(self, x: Any) -> Any:
        """By the simplex, with signs: Duchi et al., Efficient Projections onto the l1-Ball (2008)."""
        outside = jnp.sign(x) * Simplex(self.radius).project(jnp.abs(x))
        return jnp.where(jnp.sum(jnp.abs(x)) <= self.radius, x, outside)

    def least(self, slope: Any) -> Any:
        """The corner against the largest entry."""
        place = jnp.argmax(jnp.abs(slope))
        return jnp.zeros_like(slope).at[place].set(-self.radius * jnp.sign(slope[place]))

    def check(self, n: int) -> None:
        """Refuses radii that are not positive."""
        del n
        _positive("the ball's radius", self.radius)


@dataclass(frozen=True, slots=True)
class Box:
    """lower <= x <= upper, (n,) or a number each, all finite."""

    lower: Any = 0.0
    upper: Any = 1.0

    def project(self, x: Any) -> Any:
        """Entry by entry."""
        return jnp.clip(x, jnp.asarray(self.lower, x.dtype), jnp.asarray(self.upper, x.dtype))

    def least(self, slope: Any) -> Any:
        """The corner against the signs."""
        lower, upper = (jnp.asarray(end, slope.dtype) for end in (self.lower, self.upper))
        return jnp.where(slope > 0, lower, upper)

    def check(self, n: int) -> None:
        """Refuses bounds that cross, are infinite, or are of another dimension."""
        try:
            lower, upper = (np.broadcast_to(np.asarray(end, float), n) for end in (self.lower, self.upper))
        except ValueError:
            raise ModelError(f"the box's bounds do not have the start's {n} entries") from None
        if not (np.all(np.isfinite(lower)) and np.all(np.isfinite(upper))):
            raise ModelError("the box has infinite bounds; methods over sets need a compact one")
        if np.any(lower > upper):
            raise ModelError(
                f"the box is empty: lower bound {int(np.argmax(lower > upper))} is above the upper one"
            )


def _positive(what: str, value: float) -> None:
    if not 0 < value < float("inf"):
        raise ModelError(f"{what} is {value}; give a positive number")
