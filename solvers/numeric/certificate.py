"""What a point and its multipliers do to the model itself: residuals in float64 by NumPy, from the NL file alone.

Nothing here shares code with a compiled kernel, so that an error in one does not hide in the other.
"""

import math
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from solvers.numeric.nl.evaluate import Evaluator
from solvers.numeric.nl.model import Floats, NLModel

NEAR = 1e-6
"""How near to a limit a value counts as being at it, relative to its size (at least 1)."""
TOLERANCE = 1e-6
LARGEST_CURVATURE_CHECK = 200
"""Variables up to which the curvature along the constraints is computed; it takes that many sweeps."""


class PointCertificate(BaseModel):
    """What was checked about a point; nothing is claimed beyond it.

    Attributes:
        objective: f(x), in the model's own sense.
        violation: the largest violation of a row or bound, in the model's units.
        scaled_violation: the same, each relative to the size of value and limit (at least 1).
        stationarity: the largest entry of grad f - J'y that no bound explains, in the model's units.
        scaled_stationarity: the same, relative to the largest entry of grad f (at least 1).
        complementarity: the largest multiplier times the distance of its row from the limit it pulls at.
        curvature: the smallest eigenvalue of the Lagrangian's Hessian along the active constraints, for a
            minimization; None where it was not computed.
        kind: local minimum where the first-order conditions hold and the curvature is positive; stationary where
            they hold; feasible, or infeasible. Globally nothing is claimed, but of a linear program: optimum where
            its multipliers prove that.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    objective: float
    violation: float
    scaled_violation: float
    stationarity: float
    scaled_stationarity: float
    complementarity: float
    curvature: float | None = None
    kind: Literal["optimum", "local minimum", "stationary", "feasible", "infeasible"]

    @property
    def is_feasible(self) -> bool:
        """Whether rows and bounds hold within the tolerance."""
        return self.scaled_violation <= TOLERANCE

    @property
    def is_stationary(self) -> bool:
        """Whether the first-order conditions hold, too."""
        return self.kind in ("optimum", "local minimum", "stationary")


def certify_point(model: NLModel, x: Floats, y: Floats | None) -> PointCertificate:
    """The certificate of a point x (n values) with multipliers y.

    Args:
        model: as it was read.
        x: the point.
        y: the change of the objective, in the model's own sense, per unit of each row's limit (m values); None
            where there are none: the least-squares multipliers are taken then.
    """
    evaluator, sign = Evaluator(model), -1.0 if model.is_maximize else 1.0
    values = evaluator.values(x)
    violation, scaled = _violations(model, x, values.rows)
    if not (math.isfinite(values.objective) and math.isfinite(violation)):
        return _undefined(values.objective)
    zero = np.zeros(model.rows)
    gradient = sign * evaluator.gradient(x, 1.0, zero)
    is_active = _is_active(values.rows, model.row_lower, model.row_upper)
    price = sign * (_least_squares(model, evaluator, x, sign * gradient, is_active) if y is None else y)
    priced = evaluator.gradient(x, 0.0, price)
    reduced = unexplained(gradient - priced, x, model.lower, model.upper)
    stationarity = _largest(reduced)
    complementarity = _complementarity(price, values.rows, model)
    size = max(1.0, _largest(gradient))
    is_stationary = (
        scaled <= TOLERANCE and stationarity <= TOLERANCE * size and complementarity <= TOLERANCE * size
    )
    curvature = None
    if is_stationary and model.variables <= LARGEST_CURVATURE_CHECK:
        curvature = _curvature(model, evaluator, x, price, is_active)
    kind: Literal["local minimum", "stationary", "feasible", "infeasible"] = "infeasible"
    if scaled <= TOLERANCE:
        kind = "feasible"
    if is_stationary:
        kind = "stationary" if curvature is None or curvature <= 0 else "local minimum"
    return PointCertificate(
        objective=values.objective,
        violation=violation,
        scaled_violation=scaled,
        stationarity=stationarity,
        scaled_stationarity=stationarity / size,
        complementarity=complementarity,
        curvature=curvature,
        kind=kind,
    )


def _undefined(objective: float) -> PointCertificate:
    """Of a point at which a function has no value."""
    return PointCertificate(
        objective=objective,
        violation=math.inf,
        scaled_violation=math.inf,
        stationarity=math.inf,
        scaled_stationarity=math.inf,
        complementarity=math.inf,
        kind="infeasible",
    )


def _largest(values: Floats) -> float:
    return float(np.abs(values).max(initial=0.0))


def _violations(model: NLModel, x: Floats, rows: Floats) -> tuple[float, float]:
    """The largest violation of rows and bounds, and the largest relative one; infinite where a value is none."""
    at = np.concatenate((rows, x))
    if not np.isfinite(at).all():
        return math.inf, math.inf
    low = np.concatenate((model.row_lower, model.lower))
    high = np.concatenate((model.row_upper, model.upper))
    excess = np.maximum(np.maximum(low - at, at - high), 0.0)
    limits = np.maximum(
        np.where(np.isfinite(low), np.abs(low), 0), np.where(np.isfinite(high), np.abs(high), 0)
    )
    size = np.maximum(1.0, np.maximum(np.abs(at), limits))
    return float(excess.max(initial=0.0)), float((excess / size).max(initial=0.0))


def _is_active(at: Floats, low: Floats, high: Floats) -> np.ndarray:
    margin = NEAR * np.maximum(1.0, np.abs(at))
    return (at - low <= margin) | (high - at <= margin)


def unexplained(reduced: Floats, x: Floats, lower: Floats, upper: Floats) -> Floats:
    """What of a reduced gradient no bound explains: it may point up at a lower one, and down at an upper one."""
    margin = NEAR * np.maximum(1.0, np.abs(x))
    reduced = np.where((x - lower <= margin) & (reduced > 0), 0.0, reduced)
    return np.where((upper - x <= margin) & (reduced < 0), 0.0, reduced)


def _complementarity(price: Floats, rows: Floats, model: NLModel) -> float:
    """A positive price of a minimization pulls at the lower limit, a negative one at the upper."""
    room = np.where(price > 0, rows - model.row_lower, model.row_upper - rows)
    return _largest(np.multiply(np.abs(price), np.abs(room), out=np.zeros_like(price), where=price != 0))


def _least_squares(
    model: NLModel, evaluator: Evaluator, x: Floats, gradient: Floats, is_active: np.ndarray
) -> Floats:
    """The multipliers of the active rows that explain the gradient best, of variables off their bounds."""
    found = np.zeros(model.rows)
    if is_active.any():
        jacobian = evaluator.jacobian(x)[is_active]
        is_free = ~_is_active(x, model.lower, model.upper)
        found[is_active] = np.linalg.lstsq(jacobian[:, is_free].T, gradient[is_free], rcond=None)[0]
    return found


def _curvature(
    model: NLModel, evaluator: Evaluator, x: Floats, price: Floats, is_active: np.ndarray
) -> float | None:
    """The smallest eigenvalue of the Lagrangian's Hessian on the active constraints' tangent space.

    A space of no dimension, a vertex, has none below infinity.
    """
    is_free = ~_is_active(x, model.lower, model.upper)
    sign = -1.0 if model.is_maximize else 1.0
    hessian = evaluator.hessian(x, sign, -price)[np.ix_(is_free, is_free)]
    rows = evaluator.jacobian(x)[is_active][:, is_free]
    if not (np.isfinite(hessian).all() and np.isfinite(rows).all()):
        return None
    basis = np.eye(int(is_free.sum()))
    if len(rows) and len(basis):
        _, sizes, right = np.linalg.svd(rows)
        basis = right[int((sizes > 1e-9 * max(1.0, sizes.max(initial=0.0))).sum()) :].T
    if not basis.size:
        return math.inf
    return float(np.linalg.eigvalsh(basis.T @ hessian @ basis)[0])
