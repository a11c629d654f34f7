"""Which constraints contradict each other: a small set that is infeasible, each member needed for it."""

import time
from collections.abc import Sequence
from typing import Any

import pyomo.environ as pyo
from pyomo.common.modeling import unique_component_name

from solvers.dispatch import solve
from solvers.report import Status

PROBE_LIMIT_S = 5.0


def conflict(model: pyo.ConcreteModel, *, time_limit: float = 20.0) -> list[str]:
    """Names of constraint components that cannot hold together with the variables' bounds.

    The deletion filter (Chinneck and Dravnieks 1991): drop one component after the other, and put it back when
    the rest becomes feasible. Without time to look at all, what is returned is infeasible but maybe not minimal;
    where not even the whole is shown to be infeasible, nothing is returned.
    The model is left as it was.

    Args:
        model: a model that was found infeasible.
        time_limit: seconds for all probes together.
    """
    components = list(model.component_objects(pyo.Constraint, active=True))
    objectives = list(model.component_data_objects(pyo.Objective, active=True))
    kept = list(components)
    deadline = time.monotonic() + time_limit
    probe = _replace_objective(model, objectives)
    try:
        if solve(model, time_limit=PROBE_LIMIT_S).status is not Status.INFEASIBLE:
            return []  # not shown to be infeasible in this time: nothing can be said
        for component in components:
            if time.monotonic() > deadline:
                break
            component.deactivate()
            if solve(model, time_limit=PROBE_LIMIT_S).status is Status.INFEASIBLE:
                kept.remove(component)
            else:
                component.activate()
    finally:
        _restore(model, probe, components, objectives)
    return [component.name for component in kept]


def _replace_objective(model: pyo.ConcreteModel, objectives: Sequence[Any]) -> Any:
    """A constant objective in the place of the model's own: only feasibility is asked."""
    for objective in objectives:
        objective.deactivate()
    probe = pyo.Objective(expr=0.0)
    model.add_component(unique_component_name(model, "probe"), probe)
    return probe


def _restore(
    model: pyo.ConcreteModel, probe: Any, components: Sequence[Any], objectives: Sequence[Any]
) -> None:
    model.del_component(probe)
    for part in (*components, *objectives):
        part.activate()
