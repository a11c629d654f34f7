"""Transport problems, solved: checks, the method, and the proof of what it found."""

from dataclasses import replace
from typing import Any

import numpy as np

from solvers.errors import ModelError
from solvers.numeric.methods.answer import MethodResult, answered
from solvers.numeric.methods.transport.checks import EQUAL, arrays_of, check_options
from solvers.numeric.methods.transport.library import solve_exact, solve_sparse
from solvers.numeric.methods.transport.plans import Found, Masses, prices, rounded
from solvers.numeric.methods.transport.record import Transport
from solvers.numeric.methods.transport.sinkhorn_newton import solve_entropic
from solvers.numeric.nl.model import Floats
from solvers.numeric.outcome import Outcome

AUTO = "exact"
SOURCES = {
    "exact": "network simplex (POT)",
    "sparse": "sparsity-constrained transport, arXiv:2209.15466 (POT); error is the sum of the rows' errors",
    "sinkhorn-newton": "Sinkhorn-Newton-Sparse, arXiv:2401.12253; error is that of the marginals before rounding",
}
DEFAULT_REG = 1e-3
LEAST_REG = 1e-9
"""Relative to the range of the costs, like the default; below that double precision does not tell the plans apart."""
ACCEPTABLE = 1e-3
"""Of the marginals, as a part of the total mass."""


def solve_transport(problem: Transport, start: Any, *, method: str, deadline: float) -> MethodResult:
    """The plan that a method finds, with a proved gap to the least cost, the duality gap.

    `x` and `point` are the plan, `y` prices (m + n,) that no pair exceeds: y_i + y_(m+j) <= C_ij. All but sparse
    give a plan with the exact marginals; sparse has no gap where its plan misses them, which is the `violation`.

    Args:
        problem: costs and masses.
        start: must be None.
        method: exact, sparse, sinkhorn-newton, or auto.
        deadline: on `time.monotonic()`; looked at by sinkhorn-newton.

    Raises:
        ModelError: the problem is malformed, or there is no such method of transport.
        EngineMissing: exact and sparse need POT.
    """
    name = AUTO if method == "auto" else method
    check_options(problem, name)
    if start is not None:
        raise ModelError("transport takes no start; leave it out")
    cost, source, target = arrays_of(problem)
    spread = float(np.ptp(cost)) or 1.0
    reg = DEFAULT_REG if problem.reg is None else problem.reg / spread
    if reg < LEAST_REG:
        raise ModelError(
            f"reg is {problem.reg}, less than {LEAST_REG:g} of the range of the costs, {spread}; take exact"
        )
    total = source.sum()
    some, others = source > 0, target > 0
    scaled = (cost - cost.min()) / spread  # the library's tolerances are absolute, and fail on negative costs
    masses = Masses(scaled[np.ix_(some, others)], source[some] / total, target[others] / target.sum())
    found = _found(problem, masses, reg, name, deadline)
    plan = np.zeros_like(cost)
    plan[np.ix_(some, others)] = total * (
        rounded(found.plan, masses) if name == "sinkhorn-newton" else found.plan
    )
    missed = np.concatenate((plan.sum(1) - source, plan.sum(0) - target))
    f, g = prices(cost, _widened(spread * found.potentials, cost, some, others))
    objective = float(np.sum(cost * plan))
    is_exact = np.abs(missed).sum() <= EQUAL * total
    result = answered(
        plan, objective, _outcome(found, problem.tolerance), error=found.error, evaluations=found.evaluations,
        iterations=found.iterations, route=f"{name}, {SOURCES[name]}", point=plan,
        gap=max(0.0, objective - float(source @ f + target @ g)) if is_exact else float("nan"),
        violation=float(np.abs(missed).max()),
    )  # fmt: skip
    return replace(result, y=np.concatenate((f, g)))


def _found(problem: Transport, masses: Masses, reg: float, name: str, deadline: float) -> Found:
    if name == "exact":
        return solve_exact(masses)
    if name == "sinkhorn-newton":
        return solve_entropic(masses, reg, problem.tolerance, deadline)
    return solve_sparse(masses, reg, problem.nonzeros or 0)


def _outcome(found: Found, tolerance: float) -> Outcome:
    """How it ended; a method that could not go on may have come near enough."""
    if found.outcome is not Outcome.STALLED or found.error > ACCEPTABLE:
        return found.outcome
    return Outcome.SOLVED if found.error <= tolerance else Outcome.ACCEPTABLE


def _widened(potentials: Floats, cost: Floats, some: Any, others: Any) -> Floats:
    """Potentials of all sources, from those with mass: as high as the targets with mass let the others be."""
    f, g = prices(cost[np.ix_(some, others)], potentials)
    wide: Floats = (cost[:, others] - g).min(1)
    wide[some] = f
    return wide
