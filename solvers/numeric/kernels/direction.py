"""The interior-point method's Newton step, condensed to the variables.

    grad f + J'y - z_l + z_u = 0,   h(z) = 0,   z_l (z - l) = mu,   z_u (u - z) = mu

becomes (W + Sigma + shift + J' D^-1 J) dx = right, where D > 0 holds the slacks' curvature and a small dual
regularization. The matrix is definite exactly where the inertia is right. One step of iterative refinement takes the
dual regularization, and most of what it costs in digits, out of the step again.

Source: Shin, Anitescu and Pacaud, arXiv:2307.16830, for the condensed system.
"""

from typing import NamedTuple

import jax.numpy as jnp

from solvers.numeric.compile import Array
from solvers.numeric.kernels.barrier import distances, reach
from solvers.numeric.kernels.iterate import Direction, Frame, State
from solvers.numeric.kernels.newton import Factor, solved

DUAL_SHIFT = 1e-9
LEAST_SLACK_CURVATURE = 1e-12


class Slopes(NamedTuple):
    """Derivatives at a point, scaled and without fixed variables: of f (n,), of the rows (m, n), of the Lagrangian."""

    gradient: Array
    jac: Array
    curvature: Array


class Condensed(NamedTuple):
    """The system in x: matrix and right side; and what the other parts of the step follow from.

    Attributes:
        hessian: (n, n) W + Sigma.
        weight: (m,) D.
        owed: (m,) what the rows miss, slacks eliminated.
        slack_right: (m - equalities,) of the slacks' own equations, with `slack_curvature`.
        pull: mu over the distances to the bounds, of z.
    """

    matrix: Array
    right: Array
    hessian: Array
    weight: Array
    owed: Array
    slack_right: Array
    slack_curvature: Array
    pull: Array


def condensed(frame: Frame, state: State, slopes: Slopes, stationary: Array) -> Condensed:
    """The system at the state's point, for its target."""
    point, box, n, cut = state.point, frame.box, frame.variables, frame.equalities
    low, high = distances(point.z, box)
    pull = jnp.where(box.has_lower, state.mu / low, 0.0) - jnp.where(box.has_upper, state.mu / high, 0.0)
    sigma = jnp.where(box.has_lower, point.z_lower / low, 0.0)
    sigma = sigma + jnp.where(box.has_upper, point.z_upper / high, 0.0)
    right = stationary - pull
    slack_curvature = jnp.maximum(sigma[n:], LEAST_SLACK_CURVATURE)
    weight = jnp.concatenate((jnp.zeros(cut), 1 / slack_curvature)) + DUAL_SHIFT
    owed = state.target + jnp.concatenate((jnp.zeros(cut), right[n:] / slack_curvature))
    free = box.is_free[:n]
    hessian = slopes.curvature + jnp.diag(sigma[:n] + ~free)
    return Condensed(
        matrix=hessian + (slopes.jac.T / weight) @ slopes.jac,
        right=-right[:n] * free - slopes.jac.T @ (owed / weight),
        hessian=hessian,
        weight=weight,
        owed=owed,
        slack_right=right[n:],
        slack_curvature=slack_curvature,
        pull=pull,
    )


def unfolded(
    frame: Frame, state: State, slopes: Slopes, system: Condensed, factor: Factor, dx: Array
) -> Direction:
    """The whole step from that of x, which is refined once."""
    point, box, jac = state.point, frame.box, slopes.jac
    low, high = distances(point.z, box)
    dy = (jac @ dx + system.owed) / system.weight
    wanted = system.right + jac.T @ (system.owed / system.weight)
    off_x = wanted - system.hessian @ dx - factor.shift * dx - jac.T @ dy
    off_y = -system.owed - jac @ dx + (system.weight - DUAL_SHIFT) * dy
    more = solved(factor, off_x + jac.T @ (off_y / system.weight))
    dx, dy = dx + more, dy + (jac @ more - off_y) / system.weight
    ds = (dy[frame.equalities :] - system.slack_right) / system.slack_curvature
    dz = jnp.concatenate((dx, ds))
    lower = jnp.where(box.has_lower, state.mu / low - point.z_lower - point.z_lower / low * dz, 0.0)
    upper = jnp.where(box.has_upper, state.mu / high - point.z_upper + point.z_upper / high * dz, 0.0)
    tau = jnp.maximum(0.99, 1 - state.mu)
    has = jnp.concatenate((box.has_lower, box.has_upper))
    longest = reach(jnp.concatenate((low, high)), jnp.concatenate((dz, -dz)), has, tau)
    duals = jnp.concatenate((point.z_lower, point.z_upper))
    longest_dual = reach(duals, jnp.concatenate((lower, upper)), has, tau)
    barrier_slope = jnp.concatenate((slopes.gradient, jnp.zeros(len(ds)))) - system.pull
    return Direction(dz, dy, lower, upper, longest, longest_dual, (barrier_slope * dz).sum())
