"""Linear Pyomo models as plain arrays, for the wire to the engines and for checks."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.repn.linear import LinearRepnVisitor
from pyomo.repn.util import VarRecorder

from solvers.errors import ModelError


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearProgram:
    """min or max offset + cost'x subject to row_lower <= A x <= row_upper, lower <= x <= upper, some x whole.

    A is stored by rows: row i has entries data[starts[i]:starts[i+1]] at columns indices[...].
    Shapes: n variables, m rows, k nonzeros.
    """

    cost: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    is_integer: np.ndarray
    starts: np.ndarray
    indices: np.ndarray
    data: np.ndarray
    row_lower: np.ndarray
    row_upper: np.ndarray
    offset: float
    is_maximize: bool

    @property
    def row_count(self) -> int:
        """Number of rows, m."""
        return len(self.row_lower)

    @property
    def is_lp(self) -> bool:
        """Whether no variable is whole."""
        return not bool(self.is_integer.any())

    def check_finite(self) -> None:
        """Refuse numbers that engines answer with nonsense.

        Raises:
            ModelError: a coefficient is NaN or infinite, or a bound is NaN.
        """
        for label, values in (("objective coefficient", self.cost), ("constraint coefficient", self.data)):
            if not np.isfinite(values).all():
                raise ModelError(
                    f"an {label} is not finite" if label[0] == "o" else f"a {label} is not finite"
                )
        bounds = (self.lower, self.upper, self.row_lower, self.row_upper)
        if not math.isfinite(self.offset) or any(np.isnan(part).any() for part in bounds):
            raise ModelError("a bound or the objective's constant is not a number")
        if np.isposinf(self.row_lower).any() or np.isneginf(self.row_upper).any():
            raise ModelError("a constraint's right-hand side is infinite on the wrong side")


def extract(model: pyo.ConcreteModel) -> tuple[LinearProgram, list[Any], list[Any]] | None:
    """The arrays of a linear model with its variables and constraints in their order; None if it is not linear.

    Raises:
        ModelError: there is no objective, or more than one; a number is not finite.
    """
    objective = the_objective(model)
    columns: dict[int, Any] = {}
    visitor = LinearRepnVisitor({}, var_recorder=VarRecorder(columns, None))
    goal = visitor.walk_expression(objective.expr)
    if goal.nonlinear is not None:
        return None
    rows: list[Any] = []
    row_lower: list[float] = []
    row_upper: list[float] = []
    starts, entries, data = [0], [], []
    for row in model.component_data_objects(pyo.Constraint, active=True, descend_into=True):
        low, body, high = row.to_bounded_expression(evaluate_bounds=True)
        repn = visitor.walk_expression(body)
        if repn.nonlinear is not None:
            return None
        entries.extend(repn.linear)
        data.extend(repn.linear.values())
        starts.append(len(data))
        row_lower.append(-math.inf if low is None else low - repn.constant)
        row_upper.append(math.inf if high is None else high - repn.constant)
        rows.append(row)
    position = {var: index for index, var in enumerate(columns)}
    variables = list(columns.values())
    cost = np.zeros(len(variables))
    for var, coefficient in goal.linear.items():
        cost[position[var]] = coefficient
    program = LinearProgram(
        cost=cost,
        lower=np.array([-math.inf if var.lb is None else var.lb for var in variables], float),
        upper=np.array([math.inf if var.ub is None else var.ub for var in variables], float),
        is_integer=np.array([not var.is_continuous() for var in variables], bool),
        starts=np.array(starts, np.int32),
        indices=np.fromiter(map(position.__getitem__, entries), np.int32, len(entries)),
        data=np.array(data, float),
        row_lower=np.array(row_lower, float),
        row_upper=np.array(row_upper, float),
        offset=float(goal.constant),
        is_maximize=objective.sense == pyo.maximize,
    )
    program.check_finite()
    return program, variables, rows


def the_objective(model: pyo.ConcreteModel) -> Any:
    """The model's one active objective.

    Raises:
        ModelError: there is none, or more than one.
    """
    found = list(model.component_data_objects(pyo.Objective, active=True, descend_into=True))
    if len(found) != 1:
        names = ", ".join(objective.name for objective in found)
        raise ModelError(
            f"a model needs one active objective; this one has {len(found)} {f'({names})' if names else ''}"
        )
    return found[0]
