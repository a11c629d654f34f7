"""A primal-dual interior-point method with a filter for one lane: min f(x), equalities first among the rows c(x).

A sweep tries the step that is due (`search`, or `restoration` where the filter takes none), judges the point it leads
to (`optimality`) and computes the next step there (`direction`).

Source: Waechter and Biegler, Mathematical Programming 106 (2006).
"""

from typing import Any, NamedTuple

import jax.numpy as jnp

from solvers.numeric.compile import Array, Oracle
from solvers.numeric.kernels import optimality, restoration, search
from solvers.numeric.kernels.barrier import Point, inside, least_squares_multipliers
from solvers.numeric.kernels.direction import Slopes, condensed, unfolded
from solvers.numeric.kernels.filter import empty
from solvers.numeric.kernels.iterate import Direction, Frame, State, frame_of, select
from solvers.numeric.kernels.iterate import Settings as Settings
from solvers.numeric.kernels.newton import factored, next_guess, solved
from solvers.numeric.kernels.scaling import largest_violation, scales
from solvers.numeric.kernels.state import Answer, Bounds, Outcome

MU_START = 0.1
MOST_VIOLATION = 1e4
"""How far beyond the start's violation the filter lets a lane go."""
HOPELESS = 1e19
"""A regularization with which no matrix is indefinite but one with entries that are not finite."""


class Method(NamedTuple):
    """The method for problems of one shape: `start` and `sweep` are functions of one lane."""

    oracle: Oracle
    equalities: int
    settings: Settings

    def start(self, data: Any, bounds: Bounds, x: Array) -> State:
        """The first state of a lane: the start moved inside its bounds, scaled by the gradients there."""
        free = bounds.lower < bounds.upper
        x = jnp.where(free, inside(x, bounds.lower, bounds.upper), jnp.clip(x, bounds.lower, bounds.upper))
        values, slopes = self.oracle.outputs(data, x), self.oracle.jacobian(data, x) * free
        scale = scales(slopes)
        f, c = scale[0] * values[0], scale[1:] * values[1:]
        frame = frame_of(bounds, scale[1:], self.equalities)
        box, n = frame.box, len(x)
        z = jnp.concatenate((x, inside(c[self.equalities :], box.lower[n:], box.upper[n:])))
        z_lower, z_upper = box.has_lower.astype(float), box.has_upper.astype(float)
        gradient, jac = scale[0] * slopes[0], scale[1:, None] * slopes[1:]
        y = least_squares_multipliers(gradient, jac, z_lower - z_upper, self.equalities)
        gap = frame.gap(c, z)
        nothing, none = jnp.zeros(()), jnp.array(0)
        is_defined = jnp.isfinite(values).all() & jnp.isfinite(slopes).all()
        return State(
            point=Point(z, y, z_lower, z_upper, f, c),
            direction=Direction(0 * z, 0 * y, 0 * z, 0 * z, nothing, nothing, nothing),
            scale_f=scale[0],
            scale_c=scale[1:],
            mu=jnp.array(MU_START),
            step=nothing,
            halvings=none,
            corrections=none,
            target=gap,
            is_ready=jnp.array(False),
            guess=jnp.array(1e-4),
            filter=empty(MOST_VIOLATION * jnp.maximum(1.0, jnp.abs(gap).sum())),
            is_restoring=jnp.array(False),
            restore_from=nothing,
            weight=jnp.array(restoration.FIRST_WEIGHT),
            margin=jnp.array(restoration.LARGEST_MARGIN),
            failures=none,
            acceptable_for=none,
            error=jnp.array(jnp.inf),
            outcome=jnp.where(is_defined, int(Outcome.RUNNING), int(Outcome.UNDEFINED)),
            sweeps=none,
        )

    def sweep(self, data: Any, bounds: Bounds, state: State) -> State:
        """One trial step, and the direction that follows from its outcome; ended lanes stay as they are."""
        frame = frame_of(bounds, state.scale_c, self.equalities)
        trial = self._trial(data, frame, state)
        stepped, is_taken = search.tried(frame, state, trial, self.settings)
        restored, is_restored = restoration.tried(frame, state, trial)
        after = select(state.is_restoring, restored, stepped)
        moved = self._directed(data, frame, after, jnp.where(state.is_restoring, is_restored, is_taken))
        return select(state.outcome != Outcome.RUNNING, state, moved)

    def answer(self, data: Any, bounds: Bounds, state: State) -> Answer:
        """The point of a lane in the problem's own units, inside its bounds."""
        n = len(bounds.lower)
        x = jnp.clip(state.point.z[:n], bounds.lower, bounds.upper)
        values = self.oracle.outputs(data, x)
        return Answer(
            x=x,
            y=-state.point.y * state.scale_c / state.scale_f,
            objective=values[0],
            violation=largest_violation(values[1:], bounds),
            error=state.error,
            outcome=state.outcome,
            sweeps=state.sweeps,
        )

    def _trial(self, data: Any, frame: Frame, state: State) -> Point:
        """The point that the step due leads to."""
        point, direction = state.point, state.direction
        z = point.z + state.step * direction.z
        values = self.oracle.outputs(data, z[: frame.variables])
        return Point(
            z,
            point.y + state.step * direction.y,
            point.z_lower + direction.longest_dual * direction.z_lower,
            point.z_upper + direction.longest_dual * direction.z_upper,
            state.scale_f * values[0],
            state.scale_c * values[1:],
        )

    def _directed(self, data: Any, frame: Frame, state: State, is_taken: Array) -> State:
        """The state with its outcome, and with the direction at its point for what is to be reached."""
        point, n, settings = state.point, frame.variables, self.settings
        x, free = point.z[:n], frame.box.is_free[:n]
        derivatives = self.oracle.jacobian(data, x) * free
        gradient, jac = state.scale_f * derivatives[0], state.scale_c[:, None] * derivatives[1:]
        miss = restoration.missed(frame, point.c, state.margin)
        weights = jnp.concatenate(
            (
                jnp.where(state.is_restoring, 0.0, state.scale_f)[None],
                jnp.where(state.is_restoring, miss, point.y) * state.scale_c,
            )
        )
        curvature = self.oracle.hessian(data, x, weights) * free * free[:, None]
        stationary = jnp.concatenate((gradient + jac.T @ point.y, frame.to_slacks(point.y)))
        gap = frame.gap(point.c, point.z)
        state = optimality.judged(frame, state, gap, stationary, is_taken, settings)
        slopes = Slopes(gradient, jac, curvature)
        towards = condensed(frame, state, slopes, stationary)
        back = restoration.system(frame, state, jac, curvature)
        factor = factored(jnp.where(state.is_restoring, back.matrix, towards.matrix), state.guess)
        dx = solved(factor, jnp.where(state.is_restoring, back.right, towards.right))
        direction = unfolded(frame, state, slopes, towards, factor, dx)
        step, foretold = restoration.step_of(frame, back, state, dx)
        direction = direction._replace(
            z=jnp.where(state.is_restoring, step, direction.z),
            longest=jnp.where(state.is_restoring, 1.0, direction.longest),
            slope=jnp.where(state.is_restoring, foretold, direction.slope),
        )
        is_finite = jnp.isfinite(direction.z).all() & jnp.isfinite(direction.y).all()
        is_lost = ~factor.is_definite & (state.guess >= HOPELESS) & (state.outcome == Outcome.RUNNING)
        state = restoration.judged(frame, state, back, settings)
        return state._replace(
            direction=direction,
            step=jnp.where(state.halvings > 0, state.step, direction.longest),
            is_ready=factor.is_definite & is_finite,
            guess=jnp.where(is_taken | ~factor.is_definite, next_guess(factor, state.guess), state.guess),
            outcome=jnp.where(is_lost, int(Outcome.STALLED), state.outcome),
        )
