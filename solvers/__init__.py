"""Engines for Pyomo models: routing, worker processes, typed reports and independent checks.

Usable on any Pyomo model, without the agent.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from solvers.certificate import Certificate as Certificate
    from solvers.dispatch import solve as solve
    from solvers.errors import EngineMissing as EngineMissing
    from solvers.errors import ModelError as ModelError
    from solvers.errors import SolversError as SolversError
    from solvers.report import SolveReport as SolveReport
    from solvers.report import Status as Status

_HOME = {
    "Certificate": "certificate",
    "EngineMissing": "errors",
    "ModelError": "errors",
    "SolveReport": "report",
    "SolversError": "errors",
    "Status": "report",
    "solve": "dispatch",
}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Import on first use, so that `import solvers` is free."""
    if name not in _HOME:
        raise AttributeError(f"module 'solvers' has no attribute {name!r}")
    return getattr(import_module(f"solvers.{_HOME[name]}"), name)
