"""Compiled programs on disk, so that a known structure is loaded in a fraction of a second instead of compiled.

An entry is named by a digest of the structure, the method, the versions and the device. It holds machine code that is
run when loaded: the folder belongs to the user alone, and one that others can write to is not read.
"""

import hashlib
import json
import logging
import os
import stat
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
import scipy.linalg  # noqa: F401  # where JAX takes its LAPACK routines from, at the first factorization
from jax.experimental import serialize_executable
from jaxlib import lapack

_logger = logging.getLogger(__name__)
_LARGEST_FOLDER_BYTES = 2 * 1024**3
_RUNNING = threading.Lock()


class Source(NamedTuple):
    """What a program is compiled from: a function of arrays to a tuple of arrays, examples, and notes on it."""

    function: Callable[..., tuple[Any, ...]]
    examples: Sequence[Any]
    notes: dict[str, Any]


class Program(NamedTuple):
    """A compiled program, and the notes that were kept with it.

    Attributes:
        run: gives the results of arrays.
        notes: as of its `Source`.
        name: the digest that an entry is named by.
        entry: what is kept on disk, from which `program_of` makes the same program in another process.
    """

    run: Callable[..., tuple[Any, ...]]
    notes: dict[str, Any]
    name: str
    entry: Callable[[], bytes]


class ProgramCache:
    """Compiled programs of this process, and of earlier ones where a folder is given.

    Attributes:
        spent: seconds that single solves of a structure took without a program; infinite where there is one, and
            minus infinite where it found no optimum.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Nothing is read yet; a folder that does not exist is made for this user alone."""
        self._folder = folder if folder is not None and _is_private(folder) else None
        self._programs: dict[str, Program] = {}
        self.spent: defaultdict[str, float] = defaultdict(float)

    def program(self, name: tuple[object, ...], source: Callable[[], Source]) -> Program:
        """The program of a name; `source` is asked for only where there is no entry yet, since tracing takes long.

        Args:
            name: everything that the program depends on; its text is what is compared.
            source: what to compile.
        """
        device = jax.devices()[0]
        place = (
            jax.__version__,
            version_of("jaxlib"),
            device.platform,
            device.device_kind,
            jax.device_count(),
        )
        digest = hashlib.sha256(repr((name, place)).encode()).hexdigest()
        if digest not in self._programs:
            self._programs[digest] = self._loaded(digest) or self._built(digest, source())
        return self._programs[digest]

    def _built(self, name: str, source: Source) -> Program:
        compiled = jax.jit(source.function).lower(*source.examples).compile()
        entry = partial(_entry_of, compiled, source.notes)
        if self._folder is not None:
            try:
                _write(self._folder / name, entry())
                _prune(self._folder)
            except (OSError, ValueError) as error:  # a full disk, or a device that cannot: compile next time
                _logger.warning("a compiled program cannot be kept in %s: %s", self._folder, error)
        return Program(_alone(compiled), source.notes, name, entry)

    def _loaded(self, name: str) -> Program | None:
        file = None if self._folder is None else self._folder / name
        if file is None or not file.is_file():
            return None
        try:
            return program_of(name, file.read_bytes())
        except Exception as error:  # whatever is wrong with an entry, it can be made again
            _logger.warning("a compiled program in %s cannot be read: %s", file, error)
            file.unlink(missing_ok=True)
            return None


def program_of(name: str, entry: bytes) -> Program:
    """The program of an entry; it is machine code, so its place must be trusted. Raises anything on a damaged one."""
    line, _, payload = entry.partition(b"\n")
    head = json.loads(line)
    takes = jax.tree.structure(((0,) * head["takes"], {}))
    gives = jax.tree.structure((0,) * head["gives"])
    # JAX hands its CPU kernels their LAPACK routines when it lowers a factorization. A process that only
    # loads programs would call them before that, and die.
    lapack.prepare_lapack_call("potrf_ffi", np.float64)  # type: ignore[no-untyped-call]
    run = _alone(serialize_executable.deserialize_and_load(payload, takes, gives))
    return Program(run, head["notes"], name, lambda: entry)


def _entry_of(compiled: Any, notes: dict[str, Any]) -> bytes:
    payload, takes, gives = serialize_executable.serialize(compiled)
    head = {"takes": takes.num_leaves, "gives": gives.num_leaves, "notes": notes}
    return b"\n".join((json.dumps(head).encode(), payload))


def _alone(compiled: Callable[..., tuple[Any, ...]]) -> Callable[..., tuple[Any, ...]]:
    """The program, run while no other is.

    JAX's factorizations of many matrices wait on the CPU's pool of threads for parts of themselves; where several
    programs run, they can take all threads of the pool for waiting, and none ever ends.
    """

    def run(*arguments: Any) -> tuple[Any, ...]:
        with _RUNNING:
            found: tuple[Any, ...] = jax.block_until_ready(compiled(*arguments))  # type: ignore[no-untyped-call]
            return found

    return run


def _is_private(folder: Path) -> bool:
    """Whether only this user can write to the folder, which is made if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = folder.stat()
    except OSError as error:
        _logger.warning("compiled programs cannot be kept in %s: %s", folder, error)
        return False
    if found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return True
    _logger.warning("compiled programs are not kept in %s, since others can write to it", folder)
    return False


def _write(file: Path, payload: bytes) -> None:
    """The file whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as stream:
        try:
            stream.write(payload)
        except OSError:
            Path(stream.name).unlink(missing_ok=True)
            raise
    Path(stream.name).replace(file)


def _prune(folder: Path) -> None:
    """Remove the entries that were written first, until the folder is within its size."""
    files = sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime)
    total = sum(file.stat().st_size for file in files)
    for file in files:
        if total <= _LARGEST_FOLDER_BYTES:
            return
        total -= file.stat().st_size
        file.unlink(missing_ok=True)
