"""Restoration: where the filter takes no step, the rows' violation alone is lowered, by Newton's method with bounds.

It minimizes half the sum of squares of r(x) = c(x) - clip(c(x), limits) over x between its bounds; the slacks follow
their rows. All limits are moved inwards by a margin, so that the interior-point method can go on from every point;
the margin falls where the minimum within it is not zero. A minimum with a violation that does not depend on the
margin any more is what is called an infeasible stationary point.
"""

from typing import NamedTuple

import jax.numpy as jnp

from solvers.numeric.compile import Array
from solvers.numeric.kernels.barrier import Point, barrier, distances, kept_off, with_safe_duals
from solvers.numeric.kernels.filter import Merit, emptied, is_dominated
from solvers.numeric.kernels.iterate import Frame, Settings, State, select
from solvers.numeric.kernels.newton import BAD, EPSILON, GOOD
from solvers.numeric.kernels.scaling import FEASIBLE
from solvers.numeric.kernels.state import Outcome

FIRST_WEIGHT, SMALLEST_WEIGHT, LARGEST_WEIGHT = 1e-2, 1e-10, 1e14
LARGEST_MARGIN, SMALLEST_MARGIN, MARGIN_FACTOR = 1e-2, 1e-8, 0.01
RESTORED = 0.9
"""The share of the violation at the beginning from which the filter is asked again."""
STATIONARY, NEARLY_STATIONARY = 1e-6, 1e-3
"""How small the violation's projected gradient is, relative to it, at a minimum."""
FRESH_DUAL = 1e3


class System(NamedTuple):
    """Newton's equations of the violation, its gradient (n,), and the bounds of x within the margin."""

    matrix: Array
    right: Array
    gradient: Array
    curvature: Array
    least: Array
    most: Array


def entered(state: State, theta: Array, is_wanted: Array) -> State:
    """The state as restoration begins, where that is wanted."""
    begun = state._replace(
        is_restoring=jnp.array(True),
        restore_from=theta,
        weight=jnp.array(FIRST_WEIGHT),
        margin=jnp.clip(state.mu, SMALLEST_MARGIN, LARGEST_MARGIN),
    )
    return select(is_wanted, begun, state)


def missed(frame: Frame, c: Array, margin: Array) -> Array:
    """r, (m,): by how much rows are outside their limits, moved inwards by the margin."""
    return c - jnp.clip(c, *kept_off(frame.row_lower, frame.row_upper, margin))


def system(frame: Frame, state: State, jac: Array, curvature: Array) -> System:
    """Newton's equations at the state's point; `curvature` is that of r'c, (n, n)."""
    n, point = frame.variables, state.point
    x, free = point.z[:n], frame.box.is_free[:n]
    r = missed(frame, point.c, state.margin)
    gradient = jac.T @ r
    least, most = kept_off(frame.box.lower[:n], frame.box.upper[:n], state.margin)
    least, most = jnp.minimum(x, least), jnp.maximum(x, most)
    moves = free & ~((x <= least) & (gradient > 0)) & ~((x >= most) & (gradient < 0))
    counts = (jnp.arange(len(r)) < frame.equalities) | (r != 0)
    curvature = curvature + (jac * counts[:, None]).T @ jac
    pull = jnp.abs(gradient * moves).max(initial=0.0)
    matrix = curvature * moves * moves[:, None] + jnp.diag(~moves + state.weight * jnp.sqrt(pull) * moves)
    return System(matrix, -gradient * moves, gradient, curvature, least, most)


def step_of(frame: Frame, found: System, state: State, dx: Array) -> tuple[Array, Array]:
    """The step of z, cut at the bounds and with slacks that stay, and the change of half the squares it foretells."""
    x = state.point.z[: frame.variables]
    dx = jnp.where(frame.box.is_free[: len(x)], jnp.clip(x + dx, found.least, found.most) - x, 0.0)
    foretold = found.gradient @ dx + 0.5 * dx @ found.curvature @ dx
    return jnp.concatenate((dx, jnp.zeros(len(state.point.z) - len(x)))), foretold


def followed(frame: Frame, state: State, trial: Point) -> Point:
    """The trial point with slacks that follow their rows."""
    least, most = kept_off(frame.row_lower, frame.row_upper, state.margin)
    slacks = jnp.clip(trial.c, least, most)[frame.equalities :]
    return trial._replace(z=trial.z.at[frame.variables :].set(slacks))


def tried(frame: Frame, state: State, trial: Point) -> tuple[State, Array]:
    """The state after a restoring step, and whether it was taken; restoration may have ended with it."""
    point, margin = state.point, state.margin
    now = 0.5 * (missed(frame, point.c, margin) ** 2).sum()
    then = 0.5 * (missed(frame, trial.c, margin) ** 2).sum()
    rounding = 10 * EPSILON * jnp.maximum(1e-16, now)
    share = (now - then + rounding) / jnp.maximum(jnp.abs(state.direction.slope), rounding)
    takes = state.is_ready & jnp.isfinite(trial.f) & jnp.isfinite(then) & (share >= BAD)
    trial = followed(frame, state, trial)
    merit = Merit(jnp.abs(frame.gap(trial.c, trial.z)).sum(), barrier(trial, frame.box, state.mu))
    is_clean = merit.theta <= SMALLEST_MARGIN
    is_over = takes & (merit.theta <= RESTORED * state.restore_from)
    is_over = is_over & (is_clean | ~is_dominated(state.filter, merit))
    low, high = distances(trial.z, frame.box)
    fresh = trial._replace(
        y=jnp.zeros_like(trial.y),
        z_lower=jnp.minimum(FRESH_DUAL, state.mu / low),
        z_upper=jnp.minimum(FRESH_DUAL, state.mu / high),
    )
    carried = trial._replace(y=point.y, z_lower=point.z_lower, z_upper=point.z_upper)
    moved = select(is_over, with_safe_duals(fresh, frame.box, state.mu), carried)
    change = jnp.where(takes, jnp.where(share > GOOD, 0.25, 1.0), jnp.where(state.is_ready, 6.0, 1.0))
    after = state._replace(
        point=select(takes, moved, point),
        target=frame.gap(moved.c, moved.z),
        filter=emptied(state.filter, is_over & is_clean),
        weight=jnp.clip(state.weight * change, SMALLEST_WEIGHT, LARGEST_WEIGHT),
        is_restoring=~is_over,
    )
    return after, takes


def judged(frame: Frame, state: State, found: System, settings: Settings) -> State:
    """The state with its outcome where the violation has a minimum, or with a smaller margin if that may help."""
    x = state.point.z[: frame.variables]
    miss = missed(frame, state.point.c, state.margin)
    violation = jnp.abs(miss).max(initial=0.0)
    pushed = jnp.clip(x - found.gradient, found.least, found.most) - x
    pull = jnp.abs(jnp.where(frame.box.is_free[: len(x)], pushed, 0.0)).max(initial=0.0)
    is_stuck = state.weight >= LARGEST_WEIGHT
    limit = jnp.where(is_stuck, NEARLY_STATIONARY, STATIONARY)
    is_minimal = state.is_restoring & (pull <= limit * jnp.minimum(1.0, violation))
    is_widest = state.margin <= SMALLEST_MARGIN
    unscaled = jnp.abs(miss / state.scale_c).max(initial=0.0)
    is_infeasible = is_minimal & is_widest & (unscaled > FEASIBLE)
    is_acceptable = (state.error <= settings.acceptable) & (unscaled <= FEASIBLE)
    ended = jnp.where(is_acceptable, int(Outcome.ACCEPTABLE), int(Outcome.STALLED))
    narrows = is_minimal & ~is_widest
    return state._replace(
        margin=jnp.where(narrows, jnp.maximum(SMALLEST_MARGIN, MARGIN_FACTOR * state.margin), state.margin),
        weight=jnp.where(narrows, FIRST_WEIGHT, state.weight),
        outcome=jnp.select(
            [state.outcome != Outcome.RUNNING, is_infeasible, state.is_restoring & is_stuck & ~narrows],
            [state.outcome, int(Outcome.INFEASIBLE), ended],
            state.outcome,
        ),
    )
