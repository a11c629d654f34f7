"""One entry for all data: paths, mappings, frames or tables in, tables out."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent.data.csv_file import read_csv
from agent.data.files import MAX_BYTES
from agent.data.frames import is_frame, table_of_frame
from agent.data.json_file import read_json, read_json_lines
from agent.data.names import identifier
from agent.data.shapes import tables_of
from agent.data.table import Table
from agent.data.tables import Tables
from agent.errors import DataError

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".json", ".jsonl", ".ndjson")
_SUPPORTED = "CSV (.csv, .tsv, .txt), Excel (.xlsx, .xlsm), JSON (.json) and JSON Lines (.jsonl, .ndjson)"
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_FOREIGN = {b"%PDF": "a PDF document", b"\x1f\x8b": "a gzip archive", b"PAR1": "a Parquet file"}


def load(data: object, *, max_bytes: int = MAX_BYTES) -> Tables:
    """The tables in whatever a caller has.

    Args:
        data: None for no tables; a path; a list of paths; a pandas DataFrame or Series; a mapping from names
            to frames, lists or mappings; lists and mappings in the shapes of `agent.data.shapes`; or Tables.
        max_bytes: the largest file that is read.

    Raises:
        DataError: a source cannot be read or understood; the text names it and the place in it.

    >>> list(load({"demand": {"A": 3, "B": 4}, "supply": {"x": 5}}))
    ['demand', 'supply']
    """
    if data is None:
        return Tables()
    if isinstance(data, Tables):
        return data
    if isinstance(data, str | os.PathLike):
        return Tables(_read(_path(data), _path(data).name, max_bytes))
    if is_frame(data):
        return Tables([table_of_frame(data, "data", "data")])
    if isinstance(data, Mapping) and any(map(is_frame, data.values())):
        return Tables(table for key, value in data.items() for table in _entry(str(key), value))
    if isinstance(data, Sequence) and data and all(isinstance(item, str | os.PathLike) for item in data):
        return Tables(_read_all([_path(item) for item in data], max_bytes))
    return Tables(tables_of(data, "data", "data"))


def _path(value: str | os.PathLike[str]) -> Path:
    return Path(os.fspath(value))


def _entry(key: str, value: object) -> list[Table]:
    name = identifier(key, "table")
    if is_frame(value):
        return [table_of_frame(value, name, key)]
    return tables_of(value, name, key, is_outermost=False)


def _read_all(paths: Sequence[Path], max_bytes: int) -> list[Table]:
    names = [path.name for path in paths]
    labels = [path.name if names.count(path.name) == 1 else str(path) for path in paths]
    return [
        table for path, label in zip(paths, labels, strict=True) for table in _read(path, label, max_bytes)
    ]


def _read(path: Path, label: str, max_bytes: int) -> list[Table]:
    suffix = path.suffix.lower()
    head = _head(path)
    if suffix not in SUFFIXES:
        raise DataError(f"{path}: the ending {suffix!r} is not supported; supported are {_SUPPORTED}")
    is_workbook = suffix in (".xlsx", ".xlsm")
    _check_content(head, is_workbook, label)
    if is_workbook:
        from agent.data.xlsx_file import read_xlsx  # openpyxl takes long to import and loads NumPy

        return read_xlsx(path, label=label, max_bytes=max_bytes)
    if suffix == ".json":
        return read_json(path, label=label, max_bytes=max_bytes)
    if suffix in (".jsonl", ".ndjson"):
        return read_json_lines(path, label=label, max_bytes=max_bytes)
    return read_csv(path, label=label, max_bytes=max_bytes)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(8)
    except FileNotFoundError:
        raise DataError(f"{path}: the file does not exist") from None
    except IsADirectoryError:
        raise DataError(f"{path}: is a folder; name the files in it") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None


def _check_content(head: bytes, is_workbook: bool, label: str) -> None:
    for magic, what in _FOREIGN.items():
        if head.startswith(magic):
            raise DataError(f"{label}: holds {what}; supported are {_SUPPORTED}")
    if is_workbook and head and not head.startswith((_ZIP, _OLE)):
        raise DataError(f"{label}: is named like an Excel workbook, but is none; if it is text, name it .csv")
    if not is_workbook and head.startswith((_ZIP, _OLE)):
        raise DataError(
            f"{label}: is named like text, but holds an archive or workbook; name a workbook .xlsx"
        )
