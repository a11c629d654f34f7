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
ACCEPTABLE = 1e-3


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
    reg = problem.reg or DEFAULT_REG * (float(np.ptp(cost)) or 1.0)
    total = source.sum()
    some, others = source > 0, target > 0
    masses = Masses(cost[np.ix_(some, others)], source[some] / total, target[others] / target.sum())
    found = _found(problem, masses, reg, name, deadline)
    plan = np.zeros_like(cost)
    plan[np.ix_(some, others)] = total * (
        rounded(found.plan, masses) if name == "sinkhorn-newton" else found.plan
    )
    missed = np.concatenate((plan.sum(1) - source, plan.sum(0) - target))
    f, g = prices(masses.cost, found.potentials)
    f, g = prices(cost, _widened(f, cost, g, some, others))
    objective = float(np.sum(cost * plan))
    is_exact = np.abs(missed).sum() <= EQUAL * total
    result = answered(
        plan, objective, found.outcome, error=found.error, evaluations=found.evaluations,
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
    found = solve_sparse(masses, reg, problem.nonzeros or 0)
    if found.error <= problem.tolerance:
        return found._replace(outcome=Outcome.SOLVED)
    return found._replace(outcome=Outcome.ACCEPTABLE) if found.error <= ACCEPTABLE else found


def _widened(f: Floats, cost: Floats, g: Floats, some: Any, others: Any) -> Floats:
    """Potentials of all sources, those without mass included."""
    wide: Floats = (cost[:, others] - g).min(1)
    wide[some] = f
    return wide
