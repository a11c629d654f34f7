"""Optimization problems in words become typed formulations, Pyomo models and verified optima.

>>> import agent
>>> agent.Status.OPTIMAL.value
'optimal'

The surface is lazy: importing it loads neither Pyomo nor any engine or SDK.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.changes import AddConstraint as AddConstraint
    from agent.changes import DropConstraint as DropConstraint
    from agent.changes import EaseLimit as EaseLimit
    from agent.changes import SetBound as SetBound
    from agent.changes import SetLimit as SetLimit
    from agent.changes import SetNumber as SetNumber
    from agent.changes import SetObjective as SetObjective
    from agent.comparison import Difference as Difference
    from agent.comparison import compare as compare
    from agent.errors import AgentError as AgentError
    from agent.errors import BudgetExceeded as BudgetExceeded
    from agent.errors import ConfigError as ConfigError
    from agent.errors import DataError as DataError
    from agent.errors import FormulationError as FormulationError
    from agent.errors import ModelReplyInvalid as ModelReplyInvalid
    from agent.errors import ModelUnavailable as ModelUnavailable
    from agent.errors import QuestionError as QuestionError
    from agent.errors import SessionError as SessionError
    from agent.errors import UserError as UserError
    from agent.errors import WorkflowError as WorkflowError
    from agent.events import NodeEvent as NodeEvent
    from agent.events import Proposal as Proposal
    from agent.followup import FollowUp as FollowUp
    from agent.followup import ask as ask
    from agent.followup import follow_up as follow_up
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
    from agent.whatif import WhatIf as WhatIf
    from agent.whatif import other_plans as other_plans
    from agent.whatif import what_hurts as what_hurts
    from agent.whatif import what_if as what_if
    from agent.whatif import why_not_more as why_not_more

_HOMES = {
    "FormulationError": "errors",
    "SessionError": "errors",
    "QuestionError": "errors",
    "ModelReplyInvalid": "errors",
    "DataError": "errors",
    "AddConstraint": "changes",
    "AgentError": "errors",
    "Budget": "llm",
    "BudgetExceeded": "errors",
    "Certificate": "solution",
    "ConfigError": "errors",
    "Difference": "comparison",
    "DropConstraint": "changes",
    "EaseLimit": "changes",
    "FollowUp": "followup",
    "Formulation": "formulation",
    "ModelUnavailable": "errors",
    "NodeEvent": "events",
    "Proposal": "events",
    "SetBound": "changes",
    "SetLimit": "changes",
    "SetNumber": "changes",
    "SetObjective": "changes",
    "Settings": "settings",
    "Solution": "solution",
    "Status": "solution",
    "UserError": "errors",
    "WhatIf": "whatif",
    "WorkflowError": "errors",
    "ask": "followup",
    "asolve": "solving",
    "astream": "solving",
    "compare": "comparison",
    "follow_up": "followup",
    "other_plans": "whatif",
    "solve": "solving",
    "solve_formulation": "solving",
    "stream": "solving",
    "what_hurts": "whatif",
    "what_if": "whatif",
    "why_not_more": "whatif",
}

__all__ = sorted([*_HOMES, "__version__"])


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("agent._version").__version__
    if name not in _HOMES:
        raise AttributeError(f"module 'agent' has no attribute {name!r}")
    return getattr(import_module(f"agent.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """The public names, which complete in a shell before they are imported."""
    return list(__all__)
