"""Sets of problems with keys, each read from its own layout.

>>> from benchmarks import datasets
>>> starter = datasets.load("starter")
>>> starter[0].id
'lp-01'
"""

from pathlib import Path

from agent.settings import Settings
from agent.settings import load as load_settings
from benchmarks.datasets import fetch, folders, layouts, reading
from benchmarks.datasets.cards import Card as Card
from benchmarks.datasets.cards import card as card
from benchmarks.datasets.cards import names as names
from benchmarks.datasets.records import Dataset as Dataset
from benchmarks.datasets.records import Flaw as Flaw
from benchmarks.datasets.records import Record as Record
from benchmarks.errors import DatasetError

__all__ = ["Card", "Dataset", "Flaw", "Record", "card", "load", "local_path", "names"]

_SHIPPED = Path(__file__).parents[1] / "data"


def load(name: str, path: Path | str | None = None, *, settings: Settings | None = None) -> Dataset:
    """The problems of a set, with whatever is wrong in its file named.

    Args:
        name: one of `names()`; "jsonl" for a file of your own with ``id``, ``question`` and ``answer``.
        path: a file or folder; default: where `bench fetch` put it, or what ships with the package.
        settings: default: from environment and configuration file.

    Raises:
        DatasetError: there is no such set, it is not on this machine, or not one problem can be read.
    """
    where = local_path(name, settings or load_settings()) if path is None else Path(path)
    card(name)
    if not where.exists():
        raise DatasetError(f"there is no file or folder {where}")
    if where.is_dir():
        found, digest = folders.entries(where), folders.digest_of(where)
    else:
        found, digest = reading.entries(where), reading.digest_of(where)
    records, flaws = layouts.records(found, where.parent.absolute())
    if not records:
        reason = f"; the first fault: {flaws[0]}" if flaws else ""
        raise DatasetError(f"{where} holds no problem that can be read{reason}")
    return Dataset(name, where, digest, records, flaws)


def local_path(name: str, settings: Settings) -> Path:
    """Where a set lies when no path is given.

    Raises:
        DatasetError: it was not fetched; the text says how to get it.
    """
    found = card(name)
    shipped = _SHIPPED / f"{name}.jsonl"
    if shipped.is_file():
        return shipped
    path = fetch.fetched(name, settings)
    if path is None:
        raise DatasetError(f"the set {name} is not on this machine; {found.way}")
    return path
