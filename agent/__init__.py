"""Optimization problems in words become typed formulations, Pyomo models and verified optima.

>>> import agent
>>> agent.Status.OPTIMAL.value
'optimal'

The surface is lazy: importing it loads neither Pyomo nor any engine or SDK.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.errors import AgentError as AgentError
    from agent.errors import BudgetExceeded as BudgetExceeded
    from agent.errors import ConfigError as ConfigError
    from agent.errors import ModelUnavailable as ModelUnavailable
    from agent.errors import UserError as UserError
    from agent.events import NodeEvent as NodeEvent
    from agent.formulation import Formulation as Formulation
    from agent.llm import Budget as Budget
    from agent.settings import Settings as Settings
    from agent.solution import Certificate as Certificate
    from agent.solution import Solution as Solution
    from agent.solution import Status as Status
    from agent.solving import asolve as asolve
    from agent.solving import astream as astream
    from agent.solving import solve as solve
    from agent.solving import solve_formulation as solve_formulation
    from agent.solving import stream as stream

_HOMES = {
    "AgentError": "errors",
    "Budget": "llm",
    "BudgetExceeded": "errors",
    "Certificate": "solution",
    "ConfigError": "errors",
    "Formulation": "formulation",
    "ModelUnavailable": "errors",
    "NodeEvent": "events",
    "Settings": "settings",
    "Solution": "solution",
    "Status": "solution",
    "UserError": "errors",
    "asolve": "solving",
    "astream": "solving",
    "solve": "solving",
    "solve_formulation": "solving",
    "stream": "solving",
}

__all__ = sorted([*_HOMES, "__version__"])


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("agent._version").__version__
    if name not in _HOMES:
        raise AttributeError(f"module 'agent' has no attribute {name!r}")
    return getattr(import_module(f"agent.{_HOMES[name]}"), name)
