"""An augmented Lagrangian method for one lane: min f(x), row_lower <= c(x) <= row_upper, lower <= x <= upper.

With t = c + y / rho and r what t exceeds the rows' limits by, Newton's method with bounds (`bounded`) lowers
f + rho/2 |r|^2; once its residual is small enough, the multipliers become rho r, and rho grows where the violation did
not fall enough. Before that it lowers |r|^2 alone, and the first multipliers are those that explain the gradient best.
Where a penalty proves too small, so that the search left the rows for a place from which no slope leads back, it goes
on from where the rows held last. It needs no interior and no independent rows, so it also ends at degenerate optima,
but takes more steps than `interior`.

Sources: Conn, Gould and Toint, SIAM Journal on Numerical Analysis 28 (1991); Birgin and Martinez, Practical Augmented
Lagrangian Methods (2014), algorithm 4.1.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from solvers.numeric.compile import Array, Oracle
from solvers.numeric.kernels import bounded
from solvers.numeric.kernels.barrier import LARGEST_DUAL
from solvers.numeric.kernels.scaling import FEASIBLE, largest_violation, multiplier_size, scales
from solvers.numeric.kernels.state import Answer, Bounds, Outcome

FALL, GROWTH = 0.25, 10.0
"""The share of its last value that the violation must fall to, else the penalty grows by a factor."""
FIRST_PENALTIES, LARGEST_PENALTY, LARGEST_MULTIPLIER = (1.0, 100.0), 1e12, 1e12
NEAR = 1e-4
"""The scaled violation from which the objective counts."""
LOST = 1e-3
"""The slope of half the squared violation, as a share of the violation, where its lowering leads nowhere."""
FIRST_ACCURACY, ACCURACY_FACTOR = 1e-2, 0.1


class Settings(NamedTuple):
    """What the method is told, all static: tolerances of the scaled first-order conditions, and the trial steps."""

    tolerance: float = 1e-8
    acceptable: float = 1e-6
    most_sweeps: int = 2_000


class Terms(NamedTuple):
    """What the augmented Lagrangian depends on besides x; objective and rows are scaled, and y is (m,)."""

    data: Any
    bounds: Bounds
    scale: Array
    counts: Array
    y: Array
    penalty: Array


class State(NamedTuple):
    """All that a lane carries from sweep to sweep.

    Attributes:
        inner: of Newton's method on the augmented Lagrangian.
        counts: 1 where the objective counts, 0 while the violation alone is lowered.
        scale: (1 + m,) of objective and rows.
        y: (m,) multipliers of the scaled rows.
        penalty: rho.
        accuracy: the inner residual at which multipliers change.
        gap: the scaled violation when they did last.
        anchor: (n,) where the rows held last.
        error: of the first-order conditions.
    """

    inner: bounded.State
    counts: Array
    scale: Array
    y: Array
    penalty: Array
    accuracy: Array
    gap: Array
    anchor: Array
    error: Array
    outcome: Array
    sweeps: Array


class _Seen(NamedTuple):
    """At a point: f, scaled, the rows in their own units, multipliers, and how far rows are from where these hold.

    `is_lost` says whether no slope leads from there to the rows.
    """

    f: Array
    rows: Array
    y: Array
    gap: Array
    is_lost: Array


class Method(NamedTuple):
    """The method for problems of one shape."""

    oracle: Oracle
    settings: Settings

    @property
    def _newton(self) -> bounded.Method:
        lagrangian = Oracle(self._value, self._gradient, self._curvature)
        return bounded.Method(
            lagrangian, bounded.Settings(tolerance=0.0, most_sweeps=self.settings.most_sweeps)
        )

    def start(self, data: Any, bounds: Bounds, x: Array) -> State:
        """The first state of a lane: the start cut at its bounds, everything scaled by the gradients there."""
        x = jnp.clip(x, bounds.lower, bounds.upper)
        values, slopes = self.oracle.outputs(data, x), self.oracle.jacobian(data, x)
        scale = scales(slopes)
        none, one = jnp.zeros(len(values) - 1), jnp.ones(())
        inner = self._newton.start(Terms(data, bounds, scale, 0 * one, none, one), bounds, x)
        is_defined = jnp.isfinite(values).all() & jnp.isfinite(slopes).all()
        return State(
            inner=inner,
            counts=0 * one,
            scale=scale,
            y=none,
            penalty=one,
            accuracy=jnp.array(FIRST_ACCURACY),
            gap=jnp.array(jnp.inf),
            anchor=x,
            error=jnp.array(jnp.inf),
            outcome=jnp.where(is_defined, int(Outcome.RUNNING), int(Outcome.UNDEFINED)),
            sweeps=jnp.array(0),
        )

    def sweep(self, data: Any, bounds: Bounds, state: State) -> State:
        """One trial step of Newton's method, and new multipliers where it is done; ended lanes stay as they are."""
        terms = Terms(data, bounds, state.scale, state.counts, state.y, state.penalty)
        inner = self._newton.sweep(terms, bounds, state.inner)
        here = self._seen(terms, inner.x)
        is_stuck = inner.outcome != Outcome.RUNNING
        residual = inner.error / (inner.scale * multiplier_size(here.y))
        is_back = (here.gap <= NEAR) | is_stuck | (residual <= self.settings.tolerance)
        is_due = jnp.where(state.counts > 0, (residual <= state.accuracy) | is_stuck, is_back)
        y, penalty = (
            jnp.where(state.counts > 0, later, first)
            for later, first in zip(
                self._next(state, here, is_stuck), self._first(terms, here, inner.x), strict=True
            )
        )
        is_astray = (state.counts > 0) & here.is_lost
        y = jnp.where(is_astray, state.y, y)
        least = 0.1 * self.settings.tolerance
        after = State(
            inner=inner,
            counts=jnp.where(is_due, 1.0, state.counts),
            scale=state.scale,
            y=jnp.where(is_due, y, state.y),
            penalty=jnp.where(is_due, penalty, state.penalty),
            accuracy=jnp.where(
                is_due & (state.counts > 0),
                jnp.maximum(ACCURACY_FACTOR * state.accuracy, least),
                state.accuracy,
            ),
            gap=jnp.where(is_due & ~is_astray, here.gap, state.gap),
            anchor=jnp.where(is_due & ~is_astray, inner.x, state.anchor),
            error=jnp.where(state.counts > 0, jnp.maximum(residual, here.gap), jnp.inf),
            outcome=state.outcome,
            sweeps=state.sweeps + 1,
        )
        goes_on = terms._replace(counts=after.counts, y=after.y, penalty=after.penalty)
        again = self._newton.start(goes_on, bounds, after.anchor)
        after = after._replace(inner=jax.tree.map(lambda new, old: jnp.where(is_due, new, old), again, inner))
        after = self._judged(bounds, after, here, is_due)
        is_over = state.outcome != Outcome.RUNNING
        kept: State = jax.tree.map(lambda old, new: jnp.where(is_over, old, new), state, after)
        return kept

    def answer(self, data: Any, bounds: Bounds, state: State) -> Answer:
        """The point of a lane in the problem's own units."""
        x = state.inner.x
        values = self.oracle.outputs(data, x)
        return Answer(
            x=x,
            y=-state.y * state.scale[1:] / state.scale[0],
            objective=values[0],
            violation=largest_violation(values[1:], bounds),
            error=state.error,
            outcome=state.outcome,
            sweeps=state.sweeps,
        )

    def _judged(self, bounds: Bounds, state: State, here: "_Seen", is_due: Array) -> State:
        """The state with its outcome; whatever ends a lane is looked at when multipliers change."""
        settings = self.settings
        is_feasible = largest_violation(here.rows, bounds) <= FEASIBLE
        is_acceptable = is_feasible & (state.error <= settings.acceptable)
        is_spent = is_due & (state.penalty >= LARGEST_PENALTY)
        falls_on = state.inner.f / state.inner.scale < -1e19
        outcome = jnp.select(
            [
                is_due & is_feasible & (state.error <= settings.tolerance),
                is_spent,
                state.sweeps >= settings.most_sweeps,
            ],
            [
                int(Outcome.SOLVED),
                jnp.select(
                    [is_acceptable, falls_on, here.is_lost],
                    [int(Outcome.ACCEPTABLE), int(Outcome.UNBOUNDED), int(Outcome.INFEASIBLE)],
                    int(Outcome.STALLED),
                ),
                jnp.where(is_acceptable, int(Outcome.ACCEPTABLE), int(Outcome.LIMIT)),
            ],
            int(Outcome.RUNNING),
        )
        return state._replace(outcome=outcome)

    def _seen(self, terms: Terms, x: Array) -> "_Seen":
        """What multipliers follow from."""
        values = self.oracle.outputs(terms.data, x)
        excess, nearest = _shifted(terms, values[1:])
        y = jnp.clip(terms.penalty * excess, -LARGEST_MULTIPLIER, LARGEST_MULTIPLIER)
        scale, bounds = terms.scale[1:], terms.bounds
        rows = scale * values[1:]
        gap = jnp.abs(rows - nearest).max(initial=0.0)
        beyond = rows - jnp.clip(rows, scale * bounds.row_lower, scale * bounds.row_upper)
        slope = (scale * beyond) @ self.oracle.jacobian(terms.data, x)[1:]
        pull = jnp.abs(jnp.clip(x - slope, bounds.lower, bounds.upper) - x).max(initial=0.0)
        far = jnp.abs(beyond).max(initial=0.0)
        return _Seen(terms.scale[0] * values[0], values[1:], y, gap, (far > NEAR) & (pull <= LOST * far))

    def _next(self, state: State, here: "_Seen", is_stuck: Array) -> tuple[Array, Array]:
        """Multipliers and penalty where the augmented Lagrangian has been lowered."""
        falls = (here.gap <= FALL * state.gap) & ~is_stuck
        return here.y, jnp.where(falls, state.penalty, jnp.minimum(state.penalty * GROWTH, LARGEST_PENALTY))

    def _first(self, terms: Terms, here: "_Seen", x: Array) -> tuple[Array, Array]:
        """The multipliers of active rows that explain the gradient best, and the first penalty."""
        scale, bounds = terms.scale, terms.bounds
        slopes = (
            scale[:, None] * self.oracle.jacobian(terms.data, x) * ((bounds.lower < x) & (x < bounds.upper))
        )
        room = (scale[1:] * (here.rows - bounds.row_lower), scale[1:] * (bounds.row_upper - here.rows))
        at_lower, at_upper = (side <= 10 * NEAR for side in room)
        active = (at_lower | at_upper).astype(float)
        gradient, jac = slopes[0], slopes[1:] * active[:, None]
        y = jnp.linalg.solve(jac @ jac.T + jnp.diag(1 - active + 1e-8), -(jac @ gradient))
        y = jnp.clip(y, jnp.where(at_lower, -LARGEST_DUAL, 0.0), jnp.where(at_upper, LARGEST_DUAL, 0.0))
        penalty = jnp.clip(10 * jnp.abs(here.f), *FIRST_PENALTIES)
        return jnp.where(jnp.isfinite(y).all(), y, 0.0), penalty

    def _value(self, terms: Terms, x: Array) -> Array:
        values = self.oracle.outputs(terms.data, x)
        excess, _ = _shifted(terms, values[1:])
        return (terms.counts * terms.scale[0] * values[0] + 0.5 * terms.penalty * excess @ excess)[None]

    def _gradient(self, terms: Terms, x: Array) -> Array:
        excess, _ = _shifted(terms, self.oracle.outputs(terms.data, x)[1:])
        return (_weights(terms, excess) @ self.oracle.jacobian(terms.data, x))[None]

    def _curvature(self, terms: Terms, x: Array, weights: Array) -> Array:
        del weights  # of the one output
        excess, _ = _shifted(terms, self.oracle.outputs(terms.data, x)[1:])
        is_equality = terms.bounds.row_lower == terms.bounds.row_upper
        slopes = (terms.scale * jnp.concatenate((jnp.zeros(1), is_equality | (excess != 0))))[:, None] * (
            self.oracle.jacobian(terms.data, x)
        )
        return self.oracle.hessian(terms.data, x, _weights(terms, excess)) + terms.penalty * slopes.T @ slopes


def _shifted(terms: Terms, rows: Array) -> tuple[Array, Array]:
    """How far c + y / rho, scaled, is beyond the limits, and the values within them that it is nearest to."""
    scale, bounds = terms.scale[1:], terms.bounds
    shifted = scale * rows + terms.y / terms.penalty
    nearest = jnp.clip(shifted, scale * bounds.row_lower, scale * bounds.row_upper)
    return shifted - nearest, nearest


def _weights(terms: Terms, excess: Array) -> Array:
    """Of the outputs in the gradient of the augmented Lagrangian, (1 + m,)."""
    return terms.scale * jnp.concatenate((terms.counts[None], terms.penalty * excess))
