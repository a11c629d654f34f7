"""Checks of a linear solution against the model's own numbers, never against the engine's report."""

from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from solvers.matrix import LinearProgram

TOLERANCE = 1e-6


class Certificate(BaseModel):
    """What was checked about a solution, and what came out; nothing is claimed beyond it.

    Attributes:
        residual: largest violation of a row, relative to the size of its terms (at least 1).
        bound_violation: largest violation of a variable's bound.
        integrality: largest distance of an integer variable from a whole number.
        objective: objective recomputed from the values.
        dual_bound: bound on an LP's optimum, recomputed from the multipliers; None where there are none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    residual: float
    bound_violation: float
    integrality: float
    objective: float
    dual_bound: float | None = None

    @property
    def is_feasible(self) -> bool:
        """Whether the point satisfies everything within the tolerance."""
        return max(self.residual, self.bound_violation, self.integrality) <= TOLERANCE


def certify(program: "LinearProgram", x: np.ndarray, row_duals: np.ndarray | None) -> Certificate:
    """The certificate of a point `x` (n values) and, for an LP, of multipliers (m values)."""
    terms = program.data * x[program.indices]
    rows = np.repeat(np.arange(program.row_count), np.diff(program.starts))
    activity = np.bincount(rows, terms, program.row_count)
    size = np.maximum(1.0, np.bincount(rows, np.abs(terms), program.row_count))
    excess = np.maximum(program.row_lower - activity, activity - program.row_upper) / size
    scale = np.maximum(1.0, np.abs(x))
    outside = np.maximum(program.lower - x, x - program.upper) / scale
    whole = x[program.is_integer]
    return Certificate(
        residual=float(max(0.0, excess.max(initial=0.0))),
        bound_violation=float(max(0.0, outside.max(initial=0.0))),
        integrality=float(np.abs(whole - np.round(whole)).max(initial=0.0)),
        objective=float(program.offset + program.cost @ x),
        dual_bound=None if row_duals is None else dual_bound(program, row_duals),
    )


def dual_bound(program: "LinearProgram", row_duals: np.ndarray) -> float | None:
    """The Lagrangian bound that multipliers prove, or None where they prove none.

    For min c'x, L <= Ax <= U, l <= x <= u and any y, weak duality gives
    c'x >= sum_i min(y_i L_i, y_i U_i picked by sign) + sum_j min((c - A'y)_j x_j over [l_j, u_j]);
    a maximization is its negative. Multipliers of the wrong sign by no more than a tolerance are set to 0.
    """
    sign = -1.0 if program.is_maximize else 1.0
    y = sign * row_duals
    y = np.where((y > 0) & np.isneginf(program.row_lower) & (y < 1e-7), 0.0, y)
    y = np.where((y < 0) & np.isposinf(program.row_upper) & (y > -1e-7), 0.0, y)
    rows = np.repeat(np.arange(program.row_count), np.diff(program.starts))
    priced = np.bincount(program.indices, program.data * y[rows], len(program.cost))
    reduced = sign * program.cost - priced
    reduced = np.where(
        np.abs(reduced) <= 1e-9 * np.maximum(1.0, np.abs(program.cost) + np.abs(priced)), 0.0, reduced
    )
    total = _smallest(y, program.row_lower, program.row_upper) + _smallest(
        reduced, program.lower, program.upper
    )
    return float(sign * total + program.offset) if np.isfinite(total) else None


def _smallest(slope: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """Sum of the smallest values of slope * t over t in [low, high]."""
    ends = np.where(slope > 0, low, high)
    used = slope != 0
    return float(np.sum(slope[used] * ends[used]))
