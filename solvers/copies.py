"""Copies of a model to try things on, so that the caller's stays as it is."""

from typing import Any

import pyomo.environ as pyo
from pyomo.common.modeling import unique_component_name

from solvers.errors import ModelError


def with_objective(model: pyo.ConcreteModel, expression: Any, sense: Any) -> Any:
    """Replace a model's active objectives by a new one, which is returned."""
    for old in model.component_data_objects(pyo.Objective, active=True, descend_into=True):
        old.deactivate()
    new = pyo.Objective(expr=expression, sense=sense)
    model.add_component(unique_component_name(model, "goal"), new)
    return new


def add_row(model: pyo.ConcreteModel, expression: Any) -> Any:
    """Add a constraint to a model, and return it."""
    row = pyo.Constraint(expr=expression)
    model.add_component(unique_component_name(model, "row"), row)
    return row


def named(model: pyo.ConcreteModel, name: str, kind: Any) -> Any:
    """The component of a full name and kind.

    Raises:
        ModelError: there is none.
    """
    found = model.find_component(name)
    if found is None or found.ctype is not kind:
        raise ModelError(f"the model has no {kind.__name__.lower()} `{name}`")
    return found
