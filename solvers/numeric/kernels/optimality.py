"""How good an interior-point lane's point is, whether that is enough, and what the barrier parameter becomes."""

import jax.numpy as jnp

from solvers.numeric.compile import Array
from solvers.numeric.kernels.barrier import distances
from solvers.numeric.kernels.filter import emptied
from solvers.numeric.kernels.iterate import Frame, Settings, State
from solvers.numeric.kernels.scaling import FEASIBLE
from solvers.numeric.kernels.state import Outcome

MU_FACTOR, MU_POWER, MU_GATE, MU_FALLS = 0.2, 1.5, 10.0, 3
DIVERGED = 1e19
PATIENCE = 12
"""Steps taken at acceptable points, after which the lane ends with one."""


def judged(
    frame: Frame, state: State, gap: Array, stationary: Array, is_accepted: Array, settings: Settings
) -> State:
    """The state with its error, outcome and barrier parameter.

    Args:
        frame: the problem.
        state: after a trial step.
        gap: h(z), (m,).
        stationary: grad f + J'y of z, without the bounds' multipliers.
        is_accepted: whether the step was taken.
        settings: tolerances and limits.
    """
    point, box, n = state.point, frame.box, frame.variables
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
    for _ in range(MU_FALLS):
        falls = (error(mu) <= MU_GATE * mu) & ~state.is_restoring & is_accepted
        mu = jnp.where(falls, jnp.maximum(smallest, jnp.minimum(MU_FACTOR * mu, mu**MU_POWER)), mu)
    beyond = jnp.maximum(frame.row_lower - point.c, point.c - frame.row_upper) / state.scale_c
    is_feasible = (unscaled <= FEASIBLE) & (beyond.max(initial=0.0) <= FEASIBLE) & ~state.is_restoring
    is_solved, is_acceptable = (
        is_feasible & (total <= limit) for limit in (settings.tolerance, settings.acceptable)
    )
    waited = jnp.where(is_acceptable, state.acceptable_for + is_accepted, 0)
    is_unbounded = (point.f < -DIVERGED) | (jnp.abs(point.z[:n]).max(initial=0.0) > DIVERGED)
    outcome = jnp.select(
        [
            state.outcome != Outcome.RUNNING,
            is_solved,
            waited > PATIENCE,
            is_unbounded,
            state.sweeps + 1 >= settings.most_sweeps,
        ],
        [
            jnp.where(
                (state.outcome == Outcome.STALLED) & is_acceptable, int(Outcome.ACCEPTABLE), state.outcome
            ),
            int(Outcome.SOLVED),
            int(Outcome.ACCEPTABLE),
            int(Outcome.UNBOUNDED),
            jnp.where(is_acceptable, int(Outcome.ACCEPTABLE), int(Outcome.LIMIT)),
        ],
        int(Outcome.RUNNING),
    )
    return state._replace(
        mu=mu,
        filter=emptied(state.filter, mu < state.mu),
        acceptable_for=waited,
        error=total,
        outcome=outcome,
        sweeps=state.sweeps + 1,
    )
