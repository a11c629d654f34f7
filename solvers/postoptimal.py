"""What the optimum depends on: duals, slacks, reduced costs, and how far each number may move."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyomo.environ as pyo

from solvers.combinatorial import forget
from solvers.dispatch import solve
from solvers.errors import ModelError
from solvers.job import Limits
from solvers.matrix import Extract, Program, extract
from solvers.report import Ranges, SolveReport, Status
from solvers.roads.arrays import solve_arrays


@dataclass(frozen=True, slots=True)
class ConstraintSensitivity:
    """One constraint at the optimum.

    Attributes:
        name: its full name.
        activity: value of its left side.
        slack: distance to its nearer limit.
        dual: change of the objective per unit of the right-hand side.
        low: smallest right-hand side for which the dual stays the same; -inf without limit.
        high: largest one.
    """

    name: str
    activity: float
    slack: float
    dual: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class VariableSensitivity:
    """One variable at the optimum.

    Attributes:
        name: its full name.
        value: at the optimum.
        reduced_cost: change of the objective per unit by which it is forced up.
        low: smallest objective coefficient for which the optimal plan stays the same; -inf without limit.
        high: largest one.
    """

    name: str
    value: float
    reduced_cost: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The analysis of one optimum.

    Attributes:
        objective: at the optimum.
        constraints: each with its dual and range.
        variables: each with its reduced cost and range.
        is_of_fixed_integers: whether whole variables were held at their optimal values: the figures then say
            what happens while these stay as they are.
    """

    objective: float
    constraints: tuple[ConstraintSensitivity, ...]
    variables: tuple[VariableSensitivity, ...]
    is_of_fixed_integers: bool

    def most_valuable(self, count: int = 5) -> list[ConstraintSensitivity]:
        """The constraints whose limits weigh most: by the change of the objective per unit."""
        binding = [row for row in self.constraints if row.dual]
        return sorted(binding, key=lambda row: -abs(row.dual))[:count]


def sensitivity(model: pyo.ConcreteModel, *, time_limit: float = 60.0) -> Sensitivity:
    """The sensitivity of a linear model's optimum; the model is left as it was.

    The ranges are HiGHS's, for the basis that it ends with: of a degenerate optimum they may be narrower than the
    truth. Of a MILP, whole variables are held at their optimal values.

    Args:
        model: a Pyomo model with linear rows and objective.
        time_limit: seconds for each of at most two solves.

    Raises:
        ModelError: the model is not linear, or has no optimum to analyse.
    """
    found = extract(model)
    if found is None or not found.program.is_linear:
        raise ModelError("sensitivity analysis takes linear models; solve variants of this one instead")
    is_whole = bool(found.program.is_integer.any())
    limits = Limits(time_limit_s=time_limit, threads=1)
    report = solve_arrays("highs", _with_integers_fixed(model, found, time_limit), limits, with_ranges=True)
    if report.status is not Status.OPTIMAL:
        raise ModelError(f"there is no optimum to analyse: the model is {report.status.value}")
    return _assembled(found, report, is_whole)


def _with_integers_fixed(model: pyo.ConcreteModel, found: Extract, time_limit: float) -> Extract:
    program = found.program
    if not program.is_integer.any():
        return found
    report = solve(model, engine="highs", time_limit=time_limit)
    if report.status is not Status.OPTIMAL:
        raise ModelError(f"there is no optimum to analyse: the model is {report.status.value}")
    values = np.array(report.primal[: len(program.cost)])
    lower = np.where(program.is_integer, values, program.lower)
    upper = np.where(program.is_integer, values, program.upper)
    fixed = replace(program, lower=lower, upper=upper, is_integer=np.zeros(len(values), bool))
    return found._replace(program=fixed)


def _assembled(found: Extract, report: SolveReport, is_whole: bool) -> Sensitivity:
    program, columns, rows, constants = found
    x = np.array(report.primal)
    activity = program.activities(x)
    slack = np.minimum(activity - program.row_lower, program.row_upper - activity)
    cost_low, cost_high, row_low, row_high = _ranges(program, report.ranges, activity)
    assert report.objective is not None  # an optimum has one
    return Sensitivity(
        objective=report.objective,
        constraints=tuple(
            ConstraintSensitivity(
                row.name,
                float(activity[i] + constants[i]),
                float(slack[i]),
                report.row_prices[i],
                float(row_low[i] + constants[i]),
                float(row_high[i] + constants[i]),
            )
            for i, row in enumerate(rows)
        ),
        variables=tuple(
            VariableSensitivity(
                var.name,
                float(x[i]),
                report.column_prices[i],
                float(cost_low[i]),
                float(cost_high[i]),
            )
            for i, var in enumerate(columns)
        ),
        is_of_fixed_integers=is_whole,
    )


def _ranges(program: Program, ranges: Ranges | None, activity: np.ndarray) -> tuple[np.ndarray, ...]:
    """Ranges of n costs and m right-hand sides; NaN where HiGHS found none.

    A row off its limits keeps its dual, 0, until its limit comes to where the row stands.
    """
    if ranges is None:
        columns, rows = np.full(len(program.cost), np.nan), np.full(program.row_count, np.nan)
        return columns, columns, rows, rows
    has_upper = np.isfinite(program.row_upper)
    slack_low = np.where(has_upper, activity, -np.inf)
    slack_high = np.where(has_upper, np.inf, activity)
    return (
        ranges.cost_low,
        ranges.cost_high,
        np.where(ranges.is_slack, slack_low, ranges.row_low),
        np.where(ranges.is_slack, slack_high, ranges.row_high),
    )


def along(
    model: pyo.ConcreteModel,
    constraint: str,
    limits: Sequence[float],
    *,
    engine: str = "auto",
    time_limit: float | None = None,
) -> list[tuple[float, SolveReport]]:
    """The reports of re-solves with each of several right-hand sides for one constraint, on a copy of the model.

    Args:
        model: any model.
        constraint: full name of a constraint with one limit, or an equation.
        limits: right-hand sides.
        engine: as for `solve`.
        time_limit: seconds for each.

    Raises:
        ModelError: there is no such constraint, or it has two different limits.
    """
    copy = model.clone()
    row = copy.find_component(constraint)
    if row is None or row.ctype is not pyo.Constraint or not hasattr(row, "body") or not row.active:
        raise ModelError(
            f"there is no active constraint `{constraint}`; of an indexed one, name the row: `c[1]`"
        )
    forget(row.parent_component())
    low, body, high = row.to_bounded_expression(evaluate_bounds=True)
    if low is not None and high is not None and low != high:
        raise ModelError(f"`{constraint}` has two limits ({low:g} and {high:g}); split it")
    reports = []
    for limit in limits:
        if not math.isfinite(limit):
            raise ModelError(f"{limit} is no right-hand side")
        row.set_value((None if low is None else limit, body, None if high is None else limit))
        reports.append((limit, solve(copy, engine=engine, time_limit=time_limit)))
    return reports
