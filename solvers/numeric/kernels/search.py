"""The interior-point method's line search: one trial step a sweep, judged by a filter, mended by corrections.

Source: Waechter and Biegler, Mathematical Programming 106 (2006), sections 2.3 and 2.4.
"""

import jax.numpy as jnp

from solvers.numeric.compile import Array
from solvers.numeric.kernels import restoration
from solvers.numeric.kernels.barrier import Point, barrier, with_safe_duals
from solvers.numeric.kernels.filter import GAMMA_BARRIER, GAMMA_VIOLATION, Merit, emptied, filed, passes
from solvers.numeric.kernels.iterate import Frame, Settings, State, select
from solvers.numeric.kernels.state import Outcome

MOST_CORRECTIONS, MOST_FAILURES = 1, 3
PATIENCE_VIOLATED, PATIENCE_FEASIBLE = 5, 14
"""Halvings after which a step is given up: few where restoration can help, more where only regularization can."""


def tried(frame: Frame, state: State, trial: Point, settings: Settings) -> tuple[State, Array]:
    """The state after the step that is due, taken, corrected or halved, and whether it was taken."""
    point, box, step = state.point, frame.box, state.step
    gap, trial_gap = frame.gap(point.c, point.z), frame.gap(trial.c, trial.z)
    now = Merit(jnp.abs(gap).sum(), barrier(point, box, state.mu))
    then = Merit(jnp.abs(trial_gap).sum(), barrier(trial, box, state.mu))
    is_finite = jnp.isfinite(then.theta) & jnp.isfinite(then.phi)
    is_new, is_armijo = passes(state.filter, now, then, step, state.direction.slope)
    is_taken = state.is_ready & is_finite & is_new
    is_refused = state.is_ready & ~is_taken
    corrects = (
        is_refused & is_finite & (state.halvings == 0) & (state.corrections < MOST_CORRECTIONS)
        & (then.theta >= now.theta)
    )  # fmt: skip
    halves = is_refused & ~corrects
    pair = jnp.array([(1 - GAMMA_VIOLATION) * now.theta, now.phi - GAMMA_BARRIER * now.theta])
    after = state._replace(
        point=select(is_taken, with_safe_duals(trial, box, state.mu), point),
        filter=filed(state.filter, pair, is_taken & ~is_armijo),
        corrections=jnp.where(is_taken, 0, state.corrections + corrects),
        halvings=jnp.where(is_taken, 0, state.halvings + halves),
        target=jnp.where(is_taken, trial_gap, jnp.where(corrects, step * state.target + trial_gap, gap)),
        step=jnp.where(halves, step / 2, 0.0),
        failures=jnp.where(is_taken, 0, state.failures),
    )
    return _given_up(after, now.theta, settings), is_taken


def _given_up(state: State, theta: Array, settings: Settings) -> State:
    """Where halving has gone too far: restoration, or where nothing is left to restore, more regularization."""
    is_violated = theta > 10 * settings.tolerance
    restores = is_violated & (state.halvings > PATIENCE_VIOLATED)
    fails = ~is_violated & (state.halvings > PATIENCE_FEASIBLE)
    is_stuck = restores | fails
    wall = jnp.array([(1 - GAMMA_VIOLATION) * theta, -jnp.inf])
    failures = state.failures + fails
    state = state._replace(
        halvings=jnp.where(is_stuck, 0, state.halvings),
        step=jnp.where(is_stuck, 0.0, state.step),
        corrections=jnp.where(is_stuck, 0, state.corrections),
        filter=emptied(filed(state.filter, wall, restores), fails),
        guess=jnp.where(fails, jnp.maximum(state.guess * 1e3, 1e-2), state.guess),
        failures=failures,
        outcome=jnp.where(fails & (failures > MOST_FAILURES), int(Outcome.STALLED), state.outcome),
    )
    return restoration.entered(state, theta, restores)
