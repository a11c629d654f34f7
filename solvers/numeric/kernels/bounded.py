"""Newton's method with bounds for one lane: min f(x), lower <= x <= upper, for functions without rows.

Variables at a bound towards which f falls rest there; the others take the step (H + lambda I) d = -g, cut at the
bounds. lambda grows with the root of the gradient's size, which makes steps long far away and Newton's own near an
optimum, and is adapted by how well the quadratic model foretold the change of f.

Sources: Bertsekas, SIAM Journal on Control and Optimization 20 (1982), for the projection; Mishchenko, Regularized
Newton method with global O(1/k^2) convergence, SIAM Journal on Optimization 33 (2023), for the regularization.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from solvers.numeric.compile import Array, Oracle
from solvers.numeric.kernels.newton import BAD, EPSILON, GOOD, factored, solved
from solvers.numeric.kernels.state import Answer, Bounds, Outcome

SMALLEST, LARGEST = 1e-10, 1e16


class Settings(NamedTuple):
    """What the method is told, all static: the tolerance of the scaled projected gradient, and the trial steps."""

    tolerance: float = 1e-8
    acceptable: float = 1e-6
    most_sweeps: int = 500


class State(NamedTuple):
    """All that a lane carries from sweep to sweep; f is scaled."""

    x: Array
    f: Array
    gradient: Array
    curvature: Array
    scale: Array
    weight: Array
    error: Array
    outcome: Array
    sweeps: Array


class Method(NamedTuple):
    """The method for functions of one shape."""

    oracle: Oracle
    settings: Settings

    def start(self, data: Any, bounds: Bounds, x: Array) -> State:
        """The first state of a lane: the start cut at its bounds, f scaled by the gradient there."""
        x = jnp.clip(x, bounds.lower, bounds.upper)
        f, gradient, curvature = self._evaluated(data, x)
        size = jnp.abs(gradient).max(initial=0.0)
        scale = jnp.where(size > 100.0, 100.0 / jnp.maximum(size, 1.0), 1.0)
        is_defined = jnp.isfinite(f) & jnp.isfinite(gradient).all() & jnp.isfinite(curvature).all()
        error = _error(x, scale * gradient, bounds)
        outcome = jnp.where(error <= self.settings.tolerance, int(Outcome.SOLVED), int(Outcome.RUNNING))
        return State(
            x=x,
            f=scale * f,
            gradient=scale * gradient,
            curvature=scale * curvature,
            scale=scale,
            weight=jnp.array(1e-2),
            error=error,
            outcome=jnp.where(is_defined, outcome, int(Outcome.UNDEFINED)),
            sweeps=jnp.array(0),
        )

    def sweep(self, data: Any, bounds: Bounds, state: State) -> State:
        """One trial step; ended lanes stay as they are."""
        x, g = state.x, state.gradient
        rests = ((x <= bounds.lower) & (g > 0)) | ((x >= bounds.upper) & (g < 0))
        free = (~rests).astype(x.dtype)
        base = state.weight * jnp.sqrt(jnp.abs(g * free).max(initial=0.0))
        matrix = state.curvature * free * free[:, None] + jnp.diag(rests + base * free)
        factor = factored(matrix, jnp.maximum(base, 1e-6) * 8)
        target = jnp.clip(x + solved(factor, -g * free), bounds.lower, bounds.upper)
        step = target - x
        foretold = -(g @ step + 0.5 * step @ state.curvature @ step)
        f, gradient, curvature = (state.scale * part for part in self._evaluated(data, target))
        is_finite = jnp.isfinite(f) & jnp.isfinite(gradient).all() & jnp.isfinite(curvature).all()
        rounding = 10 * EPSILON * jnp.maximum(1.0, jnp.abs(state.f))
        share = (state.f - f + rounding) / jnp.maximum(jnp.abs(foretold), rounding)
        takes = factor.is_definite & is_finite & (share >= BAD)
        factor_of_weight = jnp.where(~takes, 6.0, jnp.where((share > GOOD) & (factor.shift == 0), 0.25, 1.0))
        weight = jnp.clip(state.weight * factor_of_weight, SMALLEST, LARGEST)
        is_still = jnp.abs(step).max(initial=0.0) <= 1e-15 * jnp.maximum(1.0, jnp.abs(x).max(initial=0.0))
        moved = State(
            x=jnp.where(takes, target, x),
            f=jnp.where(takes, f, state.f),
            gradient=jnp.where(takes, gradient, g),
            curvature=jnp.where(takes, curvature, state.curvature),
            scale=state.scale,
            weight=weight,
            error=state.error,
            outcome=state.outcome,
            sweeps=state.sweeps + 1,
        )
        judged = self._judged(moved, bounds, is_still | (weight >= LARGEST))
        is_over = state.outcome != Outcome.RUNNING
        kept: State = jax.tree.map(lambda old, new: jnp.where(is_over, old, new), state, judged)
        return kept

    def answer(self, data: Any, bounds: Bounds, state: State) -> Answer:
        """The point of a lane in the problem's own units."""
        del data
        nothing = jnp.zeros_like(bounds.row_lower)
        return Answer(
            state.x, nothing, state.f / state.scale, jnp.zeros(()), state.error, state.outcome, state.sweeps
        )

    def _evaluated(self, data: Any, x: Array) -> tuple[Array, Array, Array]:
        """f, its gradient (n,) and its Hessian (n, n)."""
        return (
            self.oracle.outputs(data, x)[0],
            self.oracle.jacobian(data, x)[0],
            self.oracle.hessian(data, x, jnp.ones(1)),
        )

    def _judged(self, state: State, bounds: Bounds, is_stuck: Array) -> State:
        error = _error(state.x, state.gradient, bounds)
        settings = self.settings
        is_acceptable = error <= settings.acceptable
        outcome = jnp.select(
            [
                error <= settings.tolerance,
                state.f < -1e19,
                is_stuck & is_acceptable,
                is_stuck,
                state.sweeps >= settings.most_sweeps,
            ],
            [
                int(Outcome.SOLVED),
                int(Outcome.UNBOUNDED),
                int(Outcome.ACCEPTABLE),
                int(Outcome.STALLED),
                jnp.where(is_acceptable, int(Outcome.ACCEPTABLE), int(Outcome.LIMIT)),
            ],
            int(Outcome.RUNNING),
        )
        return state._replace(error=error, outcome=outcome)


def _error(x: Array, gradient: Array, bounds: Bounds) -> Array:
    """The largest entry of the projected gradient."""
    return jnp.abs(jnp.clip(x - gradient, bounds.lower, bounds.upper) - x).max(initial=0.0)
