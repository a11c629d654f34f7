"""A primal-dual interior-point method with a filter for one lane: min f(x), equalities first among the rows c(x).

Inequality rows get a slack, c(x) - s = 0, so that all inequalities are bounds. With z = (x, s), the bounds'
multipliers z_l, z_u and the barrier parameter mu, each direction solves the Newton equations of

    grad f + J'y - z_l + z_u = 0,   h(z) = 0,   z_l (z - l) = mu,   z_u (u - z) = mu

reduced to the variables: (W + Sigma + shift + J' D^-1 J) dx = right, where D > 0 holds the slacks' curvature and a
small dual regularization. That matrix is definite exactly where the inertia is right, which Cholesky tells; the
shift mends it. Steps are accepted by a filter on violation and barrier objective, mended by second-order corrections,
and where no step is acceptable, a restoration phase lowers the violation alone by Gauss-Newton steps.

Sources: Waechter and Biegler, Mathematical Programming 106 (2006); Shin, Anitescu and Pacaud, arXiv:2307.16830, for
the condensed system.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from solvers.numeric.compile import Array, Oracle
from solvers.numeric.kernels.barrier import (
    Interior,
    Point,
    barrier,
    distances,
    inside,
    least_squares_multipliers,
    reach,
    with_safe_duals,
)
from solvers.numeric.kernels.filter import (
    ARMIJO,
    GAMMA_BARRIER,
    GAMMA_VIOLATION,
    Filter,
    Merit,
    emptied,
    empty,
    filed,
    is_dominated,
    passes,
)
from solvers.numeric.kernels.newton import factored, next_guess, solved
from solvers.numeric.kernels.state import Answer, Bounds, Outcome

MU_START, MU_FACTOR, MU_POWER, MU_GATE = 0.1, 0.2, 1.5, 10.0
RELAX = 1e-8
LARGEST_GRADIENT = 100.0
DUAL_SHIFT = 1e-9
MOST_CORRECTIONS, MOST_HALVINGS = 3, 14
RESTORED = 0.9
DIVERGED = 1e19


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
    """All that a lane carries from sweep to sweep."""

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
    failures: Array
    acceptable_for: Array
    error: Array
    outcome: Array
    sweeps: Array


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
        sizes = jnp.abs(slopes).max(axis=1, initial=0.0)
        scale = jnp.where(sizes > LARGEST_GRADIENT, LARGEST_GRADIENT / jnp.maximum(sizes, 1.0), 1.0)
        scale = jnp.maximum(scale, 1e-8)
        f, c = scale[0] * values[0], scale[1:] * values[1:]
        box = self._box(bounds, scale[1:])
        n, m = len(x), len(c)
        rows = slice(self.equalities, None)
        s = inside(c[rows], box.lower[n:], box.upper[n:])
        z = jnp.concatenate((x, s))
        z_lower, z_upper = box.has_lower.astype(float), box.has_upper.astype(float)
        gradient, jac = scale[0] * slopes[0], scale[1:, None] * slopes[1:]
        y = least_squares_multipliers(gradient, jac, z_lower - z_upper, self.equalities)
        point = Point(z, y, z_lower, z_upper, f, c)
        nothing = jnp.zeros(())
        violation = jnp.abs(self._gap(point, bounds, scale[1:])).sum()
        is_defined = jnp.isfinite(values).all() & jnp.isfinite(slopes).all()
        state = State(
            point=point,
            direction=Direction(0 * z, 0 * y, 0 * z, 0 * z, nothing, nothing, nothing),
            scale_f=scale[0],
            scale_c=scale[1:],
            mu=jnp.array(MU_START),
            step=nothing,
            halvings=jnp.array(0),
            corrections=jnp.array(0),
            target=jnp.zeros(m),
            is_ready=jnp.array(False),
            guess=jnp.array(1e-4),
            filter=empty(1e4 * jnp.maximum(1.0, violation)),
            is_restoring=jnp.array(False),
            restore_from=nothing,
            failures=jnp.array(0),
            acceptable_for=jnp.array(0),
            error=jnp.array(jnp.inf),
            outcome=jnp.where(is_defined, int(Outcome.RUNNING), int(Outcome.UNDEFINED)),
            sweeps=jnp.array(0),
        )
        return state._replace(target=self._gap(point, bounds, scale[1:]))

    def sweep(self, data: Any, bounds: Bounds, state: State) -> State:
        """One trial step, and the direction that follows from its outcome; ended lanes stay as they are."""
        box = self._box(bounds, state.scale_c)
        tried, is_accepted = self._try(data, bounds, box, state)
        moved = self._direct(data, bounds, box, tried, is_accepted)
        is_over = state.outcome != Outcome.RUNNING
        kept: State = jax.tree.map(lambda old, new: jnp.where(is_over, old, new), state, moved)
        return kept

    def answer(self, data: Any, bounds: Bounds, state: State) -> Answer:
        """The point of a lane in the problem's own units, inside its bounds."""
        n = len(bounds.lower)
        x = jnp.clip(state.point.z[:n], bounds.lower, bounds.upper)
        values = self.oracle.outputs(data, x)
        excess = jnp.maximum(bounds.row_lower - values[1:], values[1:] - bounds.row_upper)
        return Answer(
            x=x,
            y=-state.point.y * state.scale_c / state.scale_f,
            objective=values[0],
            violation=jnp.maximum(excess.max(initial=0.0), 0.0),
            error=state.error,
            outcome=state.outcome,
            sweeps=state.sweeps,
        )

    # The problem in z = (x, s) -----------------------------------------------------------------------------------

    def _box(self, bounds: Bounds, scale_c: Array) -> Interior:
        rows = slice(self.equalities, None)
        lower = jnp.concatenate((bounds.lower, bounds.row_lower[rows] * scale_c[rows]))
        upper = jnp.concatenate((bounds.upper, bounds.row_upper[rows] * scale_c[rows]))
        is_free = lower < upper
        has_lower, has_upper = jnp.isfinite(lower) & is_free, jnp.isfinite(upper) & is_free
        lower = jnp.where(has_lower, lower - RELAX * jnp.maximum(1.0, jnp.abs(lower)), lower)
        upper = jnp.where(has_upper, upper + RELAX * jnp.maximum(1.0, jnp.abs(upper)), upper)
        return Interior(lower, upper, has_lower, has_upper, is_free)

    def _gap(self, point: Point, bounds: Bounds, scale_c: Array) -> Array:
        """h(z): what equalities miss, and by how much slacks differ from their rows."""
        cut = self.equalities
        wanted = bounds.row_lower[:cut] * scale_c[:cut]
        return point.c - jnp.concatenate((wanted, point.z[len(bounds.lower) :]))

    def _to_slacks(self, y: Array) -> Array:
        """J'y of the slacks: each stands in its own row with -1."""
        return -y[self.equalities :]

    # The trial step ----------------------------------------------------------------------------------------------

    def _try(self, data: Any, bounds: Bounds, box: Interior, state: State) -> tuple[State, Array]:
        """The state after the step that is due, accepted or refused, and whether it was accepted."""
        point, direction, step = state.point, state.direction, state.step
        n = len(bounds.lower)
        z = point.z + step * direction.z
        values = self.oracle.outputs(data, z[:n])
        trial = Point(
            z,
            point.y + step * direction.y,
            point.z_lower + direction.longest_dual * direction.z_lower,
            point.z_upper + direction.longest_dual * direction.z_upper,
            state.scale_f * values[0],
            state.scale_c * values[1:],
        )
        gap, trial_gap = (self._gap(p, bounds, state.scale_c) for p in (point, trial))
        now = Merit(jnp.abs(gap).sum(), barrier(point, box, state.mu))
        then = Merit(jnp.abs(trial_gap).sum(), barrier(trial, box, state.mu))
        is_finite = jnp.isfinite(then.theta) & jnp.isfinite(then.phi)
        is_new, is_armijo = passes(state.filter, now, then, step, direction.slope)
        is_lower = then.theta <= (1 - ARMIJO * step) * now.theta
        is_accepted = state.is_ready & is_finite & jnp.where(state.is_restoring, is_lower, is_new)
        is_refused = state.is_ready & ~is_accepted
        corrects = (
            is_refused & ~state.is_restoring & is_finite & (state.halvings == 0)
            & (state.corrections < MOST_CORRECTIONS) & (then.theta >= now.theta)
        )  # fmt: skip
        pair = jnp.array([(1 - GAMMA_VIOLATION) * now.theta, now.phi - GAMMA_BARRIER * now.theta])
        files = is_accepted & ~state.is_restoring & ~is_armijo
        is_restored = (
            state.is_restoring & is_accepted & (then.theta <= RESTORED * state.restore_from)
            & ~is_dominated(state.filter, then)
        )  # fmt: skip
        accepted = with_safe_duals(trial, box, state.mu)
        restored = accepted._replace(y=jnp.zeros_like(point.y))
        accepted = _select(
            state.is_restoring, _select(is_restored, restored, _with_duals_of(trial, point)), accepted
        )
        after = state._replace(
            point=_select(is_accepted, accepted, point),
            filter=filed(state.filter, pair, files),
            corrections=jnp.where(
                is_accepted, 0, jnp.where(corrects, state.corrections + 1, state.corrections)
            ),
            halvings=jnp.where(
                is_accepted, 0, jnp.where(is_refused & ~corrects, state.halvings + 1, state.halvings)
            ),
            target=jnp.where(
                is_accepted, trial_gap, jnp.where(corrects, step * state.target + trial_gap, gap)
            ),
            step=jnp.where(is_refused & ~corrects, step / 2, 0.0),
            is_restoring=state.is_restoring & ~is_restored,
            failures=jnp.where(is_accepted & ~state.is_restoring, 0, state.failures),
        )
        return self._given_up(after, now.theta), is_accepted

    def _given_up(self, state: State, theta: Array) -> State:
        """Where halving has gone too far: restoration, or where nothing is left to restore, more regularization."""
        is_stuck = state.halvings > MOST_HALVINGS
        is_violated = theta > 10 * self.settings.tolerance
        restores = is_stuck & is_violated & ~state.is_restoring
        fails = is_stuck & ~restores
        wall = jnp.array([(1 - GAMMA_VIOLATION) * theta, -jnp.inf])
        failures = state.failures + fails
        is_final = fails & ((failures > 3) | state.is_restoring)
        ended = jnp.where(state.error <= self.settings.acceptable, Outcome.ACCEPTABLE, Outcome.STALLED)
        return state._replace(
            halvings=jnp.where(is_stuck, 0, state.halvings),
            step=jnp.where(is_stuck, 0.0, state.step),
            corrections=jnp.where(is_stuck, 0, state.corrections),
            is_restoring=state.is_restoring | restores,
            restore_from=jnp.where(restores, theta, state.restore_from),
            filter=emptied(filed(state.filter, wall, restores), fails),
            guess=jnp.where(fails, jnp.maximum(state.guess * 1e3, 1e-2), state.guess),
            failures=failures,
            outcome=jnp.where(is_final, ended, state.outcome),
        )

    # The direction -----------------------------------------------------------------------------------------------

    def _direct(self, data: Any, bounds: Bounds, box: Interior, state: State, is_accepted: Array) -> State:
        """The state with the direction at its point for what is to be reached, and with its outcome."""
        point, n = state.point, len(bounds.lower)
        x, free = point.z[:n], box.is_free[:n]
        slopes = self.oracle.jacobian(data, x) * free
        gradient, jac = state.scale_f * slopes[0], state.scale_c[:, None] * slopes[1:]
        weights = jnp.concatenate((state.scale_f[None], point.y * state.scale_c))
        curvature = self.oracle.hessian(data, x, weights) * free * free[:, None]
        gap = self._gap(point, bounds, state.scale_c)
        stationary = jnp.concatenate((gradient + jac.T @ point.y, self._to_slacks(point.y)))
        state = self._judged(state, bounds, box, gap, stationary, jac, is_accepted)
        low, high = distances(point.z, box)
        pull = jnp.where(box.has_lower, state.mu / low, 0.0) - jnp.where(box.has_upper, state.mu / high, 0.0)
        sigma = jnp.where(
            state.is_restoring,
            jnp.where(box.has_lower, state.mu / low**2, 0.0)
            + jnp.where(box.has_upper, state.mu / high**2, 0.0),
            jnp.where(box.has_lower, point.z_lower / low, 0.0)
            + jnp.where(box.has_upper, point.z_upper / high, 0.0),
        )
        rest = state.is_restoring
        right = jnp.where(rest, -pull, stationary - pull)
        curvature = jnp.where(rest, 1e-3 * jnp.eye(n), curvature)
        dual_shift = jnp.where(rest, 1e-6, DUAL_SHIFT)
        matrix = curvature + jnp.diag(sigma[:n] + ~free)
        slack_sigma = jnp.maximum(sigma[n:] + jnp.where(rest, 1e-3, 0.0), 1e-12)
        cut = self.equalities
        weight = jnp.concatenate((jnp.zeros(cut), 1 / slack_sigma)) + dual_shift
        owed = state.target + jnp.concatenate((jnp.zeros(cut), right[n:] / slack_sigma))
        factor = factored(matrix + (jac.T / weight) @ jac, state.guess)
        dx = solved(factor, -right[:n] * free - jac.T @ (owed / weight))
        dy = (jac @ dx + owed) / weight
        ds = (dy[cut:] - right[n:]) / slack_sigma
        dz = jnp.concatenate((dx, ds))
        dual_lower = jnp.where(box.has_lower, state.mu / low - point.z_lower - point.z_lower / low * dz, 0.0)
        dual_upper = jnp.where(
            box.has_upper, state.mu / high - point.z_upper + point.z_upper / high * dz, 0.0
        )
        tau = jnp.maximum(0.99, 1 - state.mu)
        longest = reach(jnp.concatenate((low, high)), jnp.concatenate((dz, -dz)), tau)
        duals, moves = (
            jnp.concatenate((point.z_lower, point.z_upper)),
            jnp.concatenate((dual_lower, dual_upper)),
        )
        barrier_slope = jnp.concatenate((gradient, jnp.zeros(len(dz) - n))) - pull
        direction = Direction(
            dz, dy, dual_lower, dual_upper, longest, reach(duals, moves, tau), (barrier_slope * dz).sum()
        )
        is_usable = factor.is_definite & jnp.isfinite(dz).all() & jnp.isfinite(dy).all()
        is_lost = ~factor.is_definite & (state.guess >= 1e19)
        return state._replace(
            direction=direction,
            step=jnp.where(state.halvings > 0, state.step, longest),
            is_ready=is_usable,
            guess=jnp.where(is_accepted | ~factor.is_definite, next_guess(factor, state.guess), state.guess),
            outcome=jnp.where(is_lost & (state.outcome == 0), int(Outcome.STALLED), state.outcome),
        )

    def _judged(
        self,
        state: State,
        bounds: Bounds,
        box: Interior,
        gap: Array,
        stationary: Array,
        jac: Array,
        is_accepted: Array,
    ) -> State:
        """The state with its error, outcome and barrier parameter."""
        point, settings, n = state.point, self.settings, len(bounds.lower)
        low, high = distances(point.z, box)
        reduced = jnp.where(box.is_free, stationary - point.z_lower + point.z_upper, 0.0)
        complement = jnp.concatenate((point.z_lower * low, point.z_upper * high))
        has_both = jnp.concatenate((box.has_lower, box.has_upper))
        duals = jnp.abs(point.z_lower).sum() + jnp.abs(point.z_upper).sum()
        count = jnp.maximum(1, has_both.sum())
        scale_z = jnp.maximum(100.0, duals / count) / 100.0
        scale_d = jnp.maximum(100.0, (duals + jnp.abs(point.y).sum()) / (count + len(gap))) / 100.0
        dual_error = jnp.abs(reduced).max(initial=0.0) / scale_d
        violation = jnp.abs(gap).max(initial=0.0)
        unscaled = jnp.abs(gap / state.scale_c).max(initial=0.0)

        def error(mu: Array) -> Array:
            off = jnp.where(has_both, jnp.abs(complement - mu), 0.0).max(initial=0.0) / scale_z
            return jnp.maximum(jnp.maximum(dual_error, violation), off)

        total = error(jnp.zeros(()))
        mu, smallest = state.mu, settings.tolerance / 10
        for _ in range(3):
            falls = (error(mu) <= MU_GATE * mu) & ~state.is_restoring & is_accepted
            mu = jnp.where(falls, jnp.maximum(smallest, jnp.minimum(MU_FACTOR * mu, mu**MU_POWER)), mu)
        is_solved = (total <= settings.tolerance) & (unscaled <= 1e-6) & ~state.is_restoring
        is_acceptable = (total <= settings.acceptable) & (unscaled <= 1e-6) & ~state.is_restoring
        waited = jnp.where(is_acceptable, state.acceptable_for + is_accepted, 0)
        downhill = jnp.concatenate((jac.T @ gap, self._to_slacks(gap)))
        pushed = jnp.clip(point.z - downhill, box.lower, box.upper) - point.z
        is_minimal = jnp.abs(jnp.where(box.is_free, pushed, 0.0)).max(initial=0.0) <= 1e-6 * jnp.minimum(
            1.0, violation
        )
        is_infeasible = state.is_restoring & is_minimal & (unscaled > 1e-4)
        is_unbounded = (point.f < -DIVERGED) | (jnp.abs(point.z[:n]).max(initial=0.0) > DIVERGED)
        outcome = jnp.select(
            [
                state.outcome != Outcome.RUNNING,
                is_solved,
                waited > 12,
                is_infeasible,
                is_unbounded,
                state.sweeps + 1 >= settings.most_sweeps,
            ],
            [
                jnp.where(
                    (state.outcome == Outcome.STALLED) & is_acceptable, int(Outcome.ACCEPTABLE), state.outcome
                ),
                int(Outcome.SOLVED),
                int(Outcome.ACCEPTABLE),
                int(Outcome.INFEASIBLE),
                int(Outcome.UNBOUNDED),
                jnp.where(is_acceptable, int(Outcome.ACCEPTABLE), int(Outcome.LIMIT)),
            ],
            int(Outcome.RUNNING),
        )
        falls = mu < state.mu
        return state._replace(
            mu=mu,
            filter=emptied(state.filter, falls),
            acceptable_for=waited,
            error=total,
            outcome=outcome,
            sweeps=state.sweeps + 1,
        )


def _with_duals_of(point: Point, other: Point) -> Point:
    return point._replace(y=other.y, z_lower=other.z_lower, z_upper=other.z_upper)


def _select(condition: Array, yes: Point, no: Point) -> Point:
    chosen: Point = jax.tree.map(lambda left, right: jnp.where(condition, left, right), yes, no)
    return chosen
