"""The experience library: insights that were verified by a solver, offered to the agent where they apply."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from library.protocol import Advice as Advice
from library.protocol import Ask as Ask
from library.protocol import Attempt as Attempt
from library.protocol import ExperienceLibrary as ExperienceLibrary
from library.protocol import NullLibrary as NullLibrary
from library.protocol import Solver as Solver

if TYPE_CHECKING:
    from library.errors import LibraryError as LibraryError
    from library.insight import Insight as Insight
    from library.library import Library as Library
    from library.meaning import Embed as Embed
    from library.tasks import Task as Task

_LAZY = {
    "Embed": ("library.meaning", "Embed"),
    "Insight": ("library.insight", "Insight"),
    "Library": ("library.library", "Library"),
    "LibraryError": ("library.errors", "LibraryError"),
    "Task": ("library.tasks", "Task"),
}

__all__ = [
    "Advice",
    "Ask",
    "Attempt",
    "Embed",
    "ExperienceLibrary",
    "Insight",
    "Library",
    "LibraryError",
    "NullLibrary",
    "Solver",
    "Task",
    "open",
]


def open(  # noqa: A001
    url: str | None = None, *, begins_with_shipped: bool = False, embed: "Embed | None" = None
) -> "Library":
    """The library at a URL; see `library.library.open_library`."""
    from library.library import open_library

    return open_library(url, begins_with_shipped=begins_with_shipped, embed=embed)


def __getattr__(name: str) -> Any:
    """Load what needs a database only when it is asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module 'library' has no attribute {name!r}")
    module, attribute = _LAZY[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    """The public names, which complete in a shell before they are imported."""
    return list(__all__)
