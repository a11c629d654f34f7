"""Copies of a model to try things on, so that the caller's stays as it is."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.common.modeling import unique_component_name

from solvers.errors import ModelError
from solvers.report import SolveReport, Status


def with_objective(model: pyo.ConcreteModel, expression: Any, sense: Any) -> Any:
    """Replace a model's active objectives by a new one, which is returned."""
    for old in model.component_data_objects(pyo.Objective, active=True, descend_into=True):
        old.deactivate()
    new = pyo.Objective(expr=expression, sense=sense)
    model.add_component(unique_component_name(model, "goal"), new)
    return new


def add_row(model: pyo.ConcreteModel, expression: Any) -> Any:
    """Add a constraint to a model, and return it."""
    if isinstance(expression, bool | np.bool_):  # a comparison of plain numbers
        expression = pyo.Constraint.Feasible if expression else pyo.Constraint.Infeasible
    row = pyo.Constraint(expr=expression)
    model.add_component(unique_component_name(model, "row"), row)
    return row


def plan_values(report: SolveReport, added: Iterable[Any] = ()) -> dict[str, float]:
    """A report's values by variable, without those of components that were added to the copy."""
    ours = {id(component) for component in added}
    return {
        var.name: value
        for var, value in zip(report.columns, report.primal, strict=True)
        if id(var.parent_component()) not in ours
    }


def has_plan(report: SolveReport) -> bool:
    """Whether a report has a solution that may be shown: an optimum, or the best found in time."""
    return report.status in (Status.OPTIMAL, Status.FEASIBLE) and report.objective is not None


def named(model: pyo.ConcreteModel, name: str, kind: Any) -> Any:
    """The component of a full name and kind.

    Raises:
        ModelError: there is none.
    """
    found = model.find_component(name)
    if found is None or found.ctype is not kind or not hasattr(found, "expr"):
        raise ModelError(f"the model has no {kind.__name__.lower()} `{name}`")
    return found
