"""Libraries of the extra `blackbox`, imported where they are used."""

from importlib import import_module
from typing import Any

from solvers.errors import EngineMissing


def library(module: str, package: str) -> Any:
    """An imported module.

    Raises:
        EngineMissing: its package is not installed.
    """
    try:
        return import_module(module)
    except ImportError:
        raise EngineMissing(f'this method needs {package}: pip install "optwright[blackbox]"') from None
