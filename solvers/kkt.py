"""First-order (Karush-Kuhn-Tucker) conditions at a point, from the model's own derivatives."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.core.expr.calculus.derivatives import Modes, differentiate

NEAR = 1e-6
"""How near to a limit a value counts as being at it, relative to its size (at least 1)."""


def stationarity(
    gradient: np.ndarray,
    priced: np.ndarray,
    x: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
    *,
    is_maximize: bool,
) -> float:
    """How far a point is from stationary: what of gradient - J'y no bound of the variables explains.

    At a minimum the reduced gradient is 0, or pushes against a bound: positive at a lower one, negative at an
    upper one. All arguments have n values; `priced` is J'y with y the change of the objective per unit of each
    row's right-hand side.

    Returns:
        The largest unexplained entry, relative to the largest of the gradient (at least 1).
    """
    reduced = (gradient - priced) * (-1.0 if is_maximize else 1.0)
    margin = NEAR * np.maximum(1.0, np.abs(x))
    reduced = np.where((x - lower <= margin) & (reduced > 0), 0.0, reduced)
    reduced = np.where((upper - x <= margin) & (reduced < 0), 0.0, reduced)
    return float(np.abs(reduced).max(initial=0.0) / max(1.0, np.abs(gradient).max(initial=0.0)))


def idle_multipliers(
    y: np.ndarray,
    activity: np.ndarray,
    row_lower: np.ndarray,
    row_upper: np.ndarray,
    *,
    is_maximize: bool,
) -> float:
    """The largest multiplier that its row does not justify: it is slack, or the sign is wrong (m values each)."""
    price = -y if is_maximize else y
    margin = NEAR * np.maximum(1.0, np.abs(activity))
    at_lower, at_upper = activity - row_lower <= margin, row_upper - activity <= margin
    justified = ((price > 0) & at_lower) | ((price < 0) & at_upper)
    return float(np.where(justified, 0.0, np.abs(price)).max(initial=0.0))


def kkt_residual(
    objective: Any, columns: Sequence[Any], multipliers: Mapping[Any, float], *, is_maximize: bool
) -> float:
    """The KKT residual of a Pyomo model at the values its variables hold; 0 is a first-order point.

    Args:
        objective: the objective's expression.
        columns: the variables, n.
        multipliers: constraints with the change of the objective per unit of their right-hand side.
        is_maximize: the sense.
    """
    position = {id(var): index for index, var in enumerate(columns)}
    gradient = _gradient(objective, position)
    priced = np.zeros(len(columns))
    y, activity, lower, upper = ([], [], [], [])
    for row, price in multipliers.items():
        y.append(price)
        activity.append(float(pyo.value(row.body)))
        lower.append(-np.inf if row.lb is None else row.lb)
        upper.append(np.inf if row.ub is None else row.ub)
        if price:
            priced += price * _gradient(row.body, position)
    x = np.array([var.value for var in columns], float)
    low = np.array([-np.inf if var.lb is None else var.lb for var in columns])
    high = np.array([np.inf if var.ub is None else var.ub for var in columns])
    idle = (
        idle_multipliers(*map(np.array, (y, activity, lower, upper)), is_maximize=is_maximize) if y else 0.0
    )
    scale = max(1.0, np.abs(gradient).max(initial=0.0))
    first_order = stationarity(gradient, priced, x, low, high, is_maximize=is_maximize)
    return float(max(first_order, idle / scale))


def _gradient(expression: Any, position: Mapping[int, int]) -> np.ndarray:
    found = np.zeros(len(position))
    for var, slope in differentiate(expression, mode=Modes.reverse_numeric).items():
        if id(var) in position:
            found[position[id(var)]] = slope
    return found
