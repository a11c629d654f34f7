"""Checks of a solution against the model's own numbers, never against the engine's report."""

import math
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict

from solvers.exact import exact_violation

if TYPE_CHECKING:
    from solvers.matrix import Program

TOLERANCE = 1e-6
ROUNDING = 1e-7
CANCELLED = 1e-12


class Certificate(BaseModel):
    """What was checked about a solution, and what came out; nothing is claimed beyond it.

    Attributes:
        residual: largest violation of a row, relative to the size of its terms (at least 1).
        bound_violation: largest violation of a variable's bound, relative to its value (at least 1).
        integrality: largest distance of an integer variable from a whole number.
        objective: objective recomputed from the values.
        dual_bound: bound on an LP's optimum, recomputed from the multipliers; None where there are none.
        exact_violation: largest violation of rows and bounds in rational arithmetic, absolute; None where the
            model is nonlinear or too large for it.
        stationarity: how far a nonlinear program's point and multipliers are from the first-order conditions,
            relative to the objective's gradient; None where there are no multipliers. Near 0 it means a local
            optimum at best.
        second_opinion: another engine's objective, where one was asked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    residual: float
    bound_violation: float
    integrality: float
    objective: float
    dual_bound: float | None = None
    exact_violation: float | None = None
    stationarity: float | None = None
    second_opinion: float | None = None

    @property
    def is_feasible(self) -> bool:
        """Whether the point satisfies everything within the tolerance."""
        return all(part <= TOLERANCE for part in (self.residual, self.bound_violation, self.integrality))

    @property
    def is_stationary(self) -> bool:
        """Whether the first-order conditions were checked and hold."""
        return self.stationarity is not None and self.stationarity <= TOLERANCE


def certify(program: "Program", x: np.ndarray, row_duals: np.ndarray | None = None) -> Certificate:
    """The certificate of a point `x` (n values) and, for an LP, of multipliers (m values)."""
    if not np.isfinite(x).all():
        return Certificate(
            residual=math.inf,
            bound_violation=math.inf,
            integrality=math.inf,
            objective=program.objective_at(x),
        )
    terms = np.abs(program.data * x[program.indices])
    size = np.maximum(1.0, np.bincount(program.entry_rows(), terms, program.row_count))
    activity = program.activities(x)
    excess = np.maximum(program.row_lower - activity, activity - program.row_upper) / size
    return Certificate(
        residual=float(max(0.0, excess.max(initial=0.0))),
        bound_violation=bound_violation(x, program.lower, program.upper),
        integrality=integrality(x[program.is_integer]),
        objective=program.objective_at(x),
        dual_bound=None if row_duals is None else dual_bound(program, row_duals),
        exact_violation=exact_violation(program, x),
    )


def bound_violation(x: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> float:
    """The largest violation of a bound, relative to the value (at least 1)."""
    outside = np.maximum(lower - x, x - upper) / np.maximum(1.0, np.abs(x))
    return float(max(0.0, outside.max(initial=0.0)))


def integrality(whole: np.ndarray) -> float:
    """The largest distance from a whole number."""
    return float(np.abs(whole - np.round(whole)).max(initial=0.0))


def dual_bound(program: "Program", row_duals: np.ndarray) -> float | None:
    """The Lagrangian bound that multipliers prove, or None where they prove none.

    For min c'x, L <= Ax <= U, l <= x <= u and any y, weak duality gives
    c'x >= sum_i min(y_i L_i, y_i U_i picked by sign) + sum_j min((c - A'y)_j x_j over [l_j, u_j]);
    a maximization is its negative. Multipliers that a row has no limit for are set to 0, which keeps the bound
    valid; a reduced cost that a variable has no bound for counts as 0 where it is no larger than `ROUNDING` of the
    terms that it is the difference of.
    """
    sign = -1.0 if program.is_maximize else 1.0
    y = _with_limits(sign * row_duals, program)
    reduced = sign * program.cost - _priced(program, y)
    is_endless = np.isinf(np.where(reduced > 0, program.lower, program.upper))
    is_small = np.abs(reduced) <= ROUNDING * (np.abs(program.cost) + _priced_size(program, y))
    reduced = np.where(is_endless & is_small, 0.0, reduced)
    rows = _smallest(y, program.row_lower, program.row_upper)
    total = rows + _smallest(reduced, program.lower, program.upper)
    return float(sign * total + program.offset) if np.isfinite(total) else None


def proves_infeasible(program: "Program", multipliers: np.ndarray) -> bool:
    """Whether row multipliers (m values) prove that no point satisfies rows and bounds: Farkas' lemma.

    For any y, every feasible x has y'Ax between the sums of its rows' limits picked by sign; if the bounds of x
    keep (A'y)'x below that, there is no such x. Checked with a margin for rounding.
    """
    for y in (multipliers, -multipliers):
        y = _with_limits(y, program)
        priced = _priced(program, y)
        priced = np.where(np.abs(priced) <= CANCELLED * _priced_size(program, y), 0.0, priced)
        needed = _smallest(y, program.row_lower, program.row_upper)
        reachable = -_smallest(-priced, program.lower, program.upper)
        margin = 1e-7 * max(1.0, abs(needed) if np.isfinite(needed) else 1.0)
        if np.isfinite(needed) and np.isfinite(reachable) and needed > reachable + margin:
            return True
    return False


def _with_limits(y: np.ndarray, program: "Program") -> np.ndarray:
    """The multipliers without those that pull at a limit that a row does not have."""
    y = np.where((y > 0) & np.isneginf(program.row_lower), 0.0, y)
    return np.where((y < 0) & np.isposinf(program.row_upper), 0.0, y)


def _priced(program: "Program", y: np.ndarray) -> np.ndarray:
    """A'y."""
    return np.bincount(program.indices, program.data * y[program.entry_rows()], len(program.cost))


def _priced_size(program: "Program", y: np.ndarray) -> np.ndarray:
    """Sum of the magnitudes of the terms of A'y: what its rounding is in proportion to."""
    terms = np.abs(program.data * y[program.entry_rows()])
    return np.bincount(program.indices, terms, len(program.cost))


def _smallest(slope: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """Sum of the smallest values of slope * t over t in [low, high]."""
    ends = np.where(slope > 0, low, high)
    used = slope != 0
    return float(np.sum(slope[used] * ends[used]))
