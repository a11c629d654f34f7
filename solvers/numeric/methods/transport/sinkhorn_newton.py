"""Entropic transport: sweeps of Sinkhorn, then Newton's method on a sparse part of the Hessian.

Source: Tang et al., Accelerating Sinkhorn Algorithm with Sparse Newton Iterations, arXiv:2401.12253, Algorithm 1.
"""

import math
import time
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logsumexp
from scipy.sparse import csr_array
from scipy.sparse.linalg import LinearOperator, cg

from solvers.numeric.methods.transport.plans import Found, Masses
from solvers.numeric.nl.model import Floats
from solvers.numeric.outcome import Outcome

SWEEPS = 20
"""Of Sinkhorn before the Newton steps at each reg."""
SPARSE = 0.1
"""Entries of the scaled Hessian below this over max(m, n) are dropped."""
COARSEST, COARSENING = 0.05, 4.0
"""The first reg, relative to the range of the cost, and the factor from one to the next."""
LOOSE = 1e-2
"""Of the marginals, as a part of the total mass, at every reg but the last."""
SUFFICIENT = 1e-4
MOST_STEPS, MOST_PRODUCTS, MOST_HALVINGS = 100, 500, 40


class _Seen(NamedTuple):
    """At potentials z: the plan (m, n), its sums (m + n,), and the value of the dual."""

    plan: Any
    sums: Any
    value: Any


@jax.jit
def _seen(z: Any, cost: Any, masses: Any, reg: Any) -> _Seen:
    """The Lyapunov function a'f + b'g - reg sum P, P = exp((f + g' - C) / reg), and its parts; z is f and then g."""
    m = cost.shape[0]
    plan = jnp.exp((z[:m, None] + z[m:] - cost) / reg)
    sums = jnp.concatenate((plan.sum(1), plan.sum(0)))
    return _Seen(plan, sums, masses @ z - reg * plan.sum())


@partial(jax.jit, static_argnames="count")
def _swept(z: Any, cost: Any, masses: Any, reg: Any, count: int) -> Any:
    """After some sweeps of Sinkhorn, in logarithms."""
    m = cost.shape[0]
    logs = reg * jnp.log(masses)

    def sweep(g: Any, _: Any) -> Any:
        f = logs[:m] - reg * logsumexp((g - cost) / reg, axis=1)
        return logs[m:] - reg * logsumexp((f[:, None] - cost) / reg, axis=0), f

    g, fs = jax.lax.scan(sweep, z[m:], None, length=count)
    return jnp.concatenate((fs[-1], g))


def _newton_step(seen: _Seen, missing: Floats, reg: float) -> Floats:
    """H step = missing by conjugate gradients, H = [diag(P 1), S; S', diag(P' 1)] / reg, S the large entries of P.

    Small and large are told by P_ij / sqrt((P 1)_i (P' 1)_j), the entries of H with its diagonal scaled to 1.
    """
    plan, m = np.asarray(seen.plan), seen.plan.shape[0]
    scale = 1 / np.sqrt(np.maximum(np.asarray(seen.sums), 1e-300))
    rows, columns = np.nonzero(plan * scale[:m, None] > SPARSE / max(plan.shape) / scale[m:])
    entries = plan[rows, columns] * scale[rows] * scale[m + columns]
    kept = csr_array((entries, (rows, columns)), plan.shape)
    turned = kept.T.tocsr()
    product = LinearOperator(
        (len(scale), len(scale)),
        matvec=lambda v: np.concatenate((v[:m] + kept @ v[m:], v[m:] + turned @ v[:m])),
        dtype=float,
    )
    step: Floats = reg * scale * cg(product, scale * missing, rtol=1e-2, maxiter=MOST_PRODUCTS)[0]
    return step


def solve_entropic(masses: Masses, reg: float, tolerance: float, deadline: float) -> Found:
    """The plan exp((f + g' - C) / reg) whose marginals are met to a tolerance; passes over C are counted.

    The regs fall by factors of 4, each begun at the potentials of the one before: from sweeps alone at a small reg,
    Newton's steps are cut short.

    Args:
        masses: positive, of total 1.
        reg: factor of the entropy, in units of the cost.
        tolerance: of the sum of absolute errors of the marginals.
        deadline: on `time.monotonic()`.
    """
    cost, both = jnp.asarray(masses.cost), jnp.asarray(np.concatenate((masses.source, masses.target)))
    spread = float(np.ptp(masses.cost))
    stages = max(0, math.ceil(math.log(max(COARSEST * spread / reg, 1.0)) / math.log(COARSENING)))
    z, passes, steps = np.zeros(len(both)), 0, 0
    outcome, error, seen = Outcome.LIMIT, math.inf, None
    for stage in range(stages, -1, -1):
        here, wanted = reg * COARSENING**stage, tolerance if stage == 0 else max(LOOSE, tolerance)
        z = np.asarray(_swept(z, cost, both, here, SWEEPS))
        seen, passes, outcome = _seen(z, cost, both, here), passes + 2 * SWEEPS + 1, Outcome.LIMIT
        for _ in range(MOST_STEPS):
            missing = np.asarray(both - seen.sums)
            error = float(np.abs(missing).sum())
            if error <= wanted:
                outcome = Outcome.SOLVED
            if error <= wanted or time.monotonic() >= deadline:
                break
            step, length, tried = _newton_step(seen, missing, here), 1.0, 0
            while not _is_better(
                trial := _seen(z + length * step, cost, both, here), seen, both, length * step
            ):
                length, tried = length / 2, tried + 1
                if tried > MOST_HALVINGS:
                    break
            passes += tried + 1
            if tried > MOST_HALVINGS:
                outcome = Outcome.STALLED
                break
            z, seen, steps = z + length * step, trial, steps + 1
    assert seen is not None
    return Found(np.asarray(seen.plan), z[: len(masses.source)], outcome, error, passes, steps)


def _is_better(trial: _Seen, seen: _Seen, both: Any, step: Floats) -> bool:
    """Whether the dual rose as its slope promised, or, where roundoff hides that, the marginals came nearer."""
    missing = both - seen.sums
    if float(trial.value - seen.value) >= SUFFICIENT * float(missing @ step):
        return True
    return float(jnp.abs(both - trial.sums).sum()) <= 0.9 * float(jnp.abs(missing).sum())
