"""The numerical optimizer as a service over HTTP, and its client.

`create_app` makes the application, `Client` talks to one. Names are imported on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from solvers.numeric.errors import ServiceError as ServiceError
    from solvers.numeric.service.app import create_app as create_app
    from solvers.numeric.service.client import Client as Client
    from solvers.numeric.service.config import ServiceConfig as ServiceConfig

_HOME = {"Client": "client", "ServiceConfig": "config", "ServiceError": "client", "create_app": "app"}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Import on first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'solvers.numeric.service' has no attribute {name!r}")
    return getattr(import_module(f"solvers.numeric.service.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """The public names, which complete in a shell before they are imported."""
    return list(__all__)
