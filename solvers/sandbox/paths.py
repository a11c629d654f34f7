"""Which folders the server and its jobs need to read, found from the running interpreter."""

import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path

LIBRARIES = ("pyomo", "highspy", "numpy", "pyscipopt")
"""Packages that the jobs import; a missing one is left out."""

_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache")


def package_folder(name: str) -> Path | None:
    """The folder or file of a top-level package, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        return None
    origin = Path(spec.origin)
    return origin.parent if spec.submodule_search_locations else origin


def import_paths(packages: Iterable[str]) -> list[str]:
    """The folders to put on ``sys.path`` so that the packages can be imported."""
    folders = (package_folder(name) for name in (*packages, *LIBRARIES))
    return list(dict.fromkeys(str(folder.parent) for folder in folders if folder))


def readable_paths(packages: Iterable[str]) -> list[str]:
    """What a job may read: the standard library, the installed libraries, and the packages' own folders.

    A package outside of an installation's library folder is given alone, without its neighbours: beside a
    source tree lie things like ``.env``.
    """
    prefixes = [
        Path(prefix) / folder for prefix in (sys.base_prefix, sys.prefix) for folder in ("lib", "lib64")
    ]
    libraries = [folder.parent for name in LIBRARIES if (folder := package_folder(name))]
    own = [folder for name in packages if (folder := package_folder(name))]
    found = (str(path) for path in [*prefixes, *libraries, *own, *map(Path, _SYSTEM)] if path.exists())
    return list(dict.fromkeys(found))


def interpreter_paths() -> list[str]:
    """What starting the interpreter needs to read besides, when the file system is rebuilt around it."""
    executable = Path(sys.executable)
    base = Path(sys.base_prefix) / "bin"
    candidates = (
        executable.parent,
        executable.parent.parent / "pyvenv.cfg",
        base,
        executable.resolve().parent,
    )
    return list(dict.fromkeys(str(path) for path in candidates if path.exists()))
