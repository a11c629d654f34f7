"""Formulations for people and for other programs: LaTeX, Markdown, and a stand-alone Pyomo script."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.formulation.render.latex import to_latex as to_latex
    from agent.formulation.render.markdown import to_markdown as to_markdown
    from agent.formulation.render.script import to_script as to_script

_HOME = {"to_latex": "latex", "to_markdown": "markdown", "to_script": "script"}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Import on first use: only the script needs Pyomo."""
    if name not in _HOME:
        raise AttributeError(f"module 'agent.formulation.render' has no attribute {name!r}")
    return getattr(import_module(f"agent.formulation.render.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """The public names, which complete in a shell before they are imported."""
    return list(__all__)
