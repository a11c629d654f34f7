"""Engines for Pyomo models: routing, worker processes, typed reports and independent checks.

Usable on any Pyomo model, without the agent.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from solvers.certificate import Certificate as Certificate
    from solvers.classification import Classification as Classification
    from solvers.classification import ModelClass as ModelClass
    from solvers.classification import classify as classify
    from solvers.dispatch import solve as solve
    from solvers.engines import ENGINES as ENGINES
    from solvers.errors import EngineMissing as EngineMissing
    from solvers.errors import ModelError as ModelError
    from solvers.errors import SolversError as SolversError
    from solvers.infeasible import Infeasibility as Infeasibility
    from solvers.infeasible import explain_infeasible as explain_infeasible
    from solvers.multiobjective import Front as Front
    from solvers.multiobjective import lexicographic as lexicographic
    from solvers.multiobjective import pareto as pareto
    from solvers.multiobjective import weighted as weighted
    from solvers.plans import Plan as Plan
    from solvers.plans import alternatives as alternatives
    from solvers.plans import best as best
    from solvers.postoptimal import Sensitivity as Sensitivity
    from solvers.postoptimal import along as along
    from solvers.postoptimal import sensitivity as sensitivity
    from solvers.report import SolveReport as SolveReport
    from solvers.report import Status as Status

_HOME = {
    "ENGINES": "engines",
    "Certificate": "certificate",
    "Classification": "classification",
    "EngineMissing": "errors",
    "Front": "multiobjective",
    "Infeasibility": "infeasible",
    "ModelClass": "classification",
    "ModelError": "errors",
    "Plan": "plans",
    "Sensitivity": "postoptimal",
    "SolveReport": "report",
    "SolversError": "errors",
    "Status": "report",
    "along": "postoptimal",
    "alternatives": "plans",
    "best": "plans",
    "classify": "classification",
    "explain_infeasible": "infeasible",
    "lexicographic": "multiobjective",
    "pareto": "multiobjective",
    "sensitivity": "postoptimal",
    "solve": "dispatch",
    "weighted": "multiobjective",
}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Import on first use, so that `import solvers` is free."""
    if name not in _HOME:
        raise AttributeError(f"module 'solvers' has no attribute {name!r}")
    return getattr(import_module(f"solvers.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """The public names, which complete in a shell before they are imported."""
    return list(__all__)
