"""One entry for all data: paths, mappings, frames or tables in, tables out."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent.data.csv_file import read_csv
from agent.data.files import MAX_BYTES, read_limited
from agent.data.frames import is_frame, table_of_frame
from agent.data.json_file import read_json, read_json_lines
from agent.data.names import identifier
from agent.data.shapes import tables_of
from agent.data.table import Table
from agent.data.tables import Tables
from agent.errors import DataError

_SUPPORTED = "CSV (.csv, .tsv, .txt), Excel (.xlsx, .xlsm), JSON (.json) and JSON Lines (.jsonl, .ndjson)"
_TEXT, _WORKBOOK, _JSON = (".csv", ".tsv", ".txt"), (".xlsx", ".xlsm"), (".json",)
_JSON_LINES = (".jsonl", ".ndjson")
_OTHER_WORKBOOK = (".xls", ".xlsb", ".ods", ".numbers")
_PACKED = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
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
        return Tables(_read_all([data], max_bytes))
    if is_frame(data):
        return Tables([table_of_frame(data, "data", "data")])
    if isinstance(data, Mapping) and any(map(is_frame, data.values())):
        return Tables(table for key, value in data.items() for table in _entry(str(key), value))
    if isinstance(data, Sequence) and data and all(isinstance(item, str | os.PathLike) for item in data):
        return Tables(_read_all(data, max_bytes))
    return Tables(tables_of(data, "data", "data"))


def _entry(key: str, value: object) -> list[Table]:
    name = identifier(key, "table")
    if is_frame(value):
        return [table_of_frame(value, name, key)]
    return tables_of(value, name, key, is_outermost=False)


def _read_all(sources: Sequence[str | os.PathLike[str]], max_bytes: int) -> list[Table]:
    paths = list(map(Path, sources))
    names = [path.name for path in paths]
    labels = [path.name if names.count(path.name) == 1 else str(path) for path in paths]
    return [
        table for path, label in zip(paths, labels, strict=True) for table in _read(path, label, max_bytes)
    ]


def _read(path: Path, label: str, max_bytes: int) -> list[Table]:
    suffix = path.suffix.lower()
    if suffix in _OTHER_WORKBOOK:
        raise DataError(f"{path}: {suffix} workbooks are not read; save it as .xlsx")
    content = read_limited(path, max_bytes)
    if suffix not in _TEXT + _WORKBOOK + _JSON + _JSON_LINES:
        raise DataError(f"{path}: the ending {suffix!r} is not supported; supported are {_SUPPORTED}")
    _check_content(content, suffix in _WORKBOOK, label)
    name = identifier(path.stem, "data")
    if suffix in _WORKBOOK:
        from agent.data.xlsx_file import read_xlsx  # openpyxl takes long to import and loads NumPy

        return read_xlsx(content, name=name, label=label)
    if suffix in _JSON:
        return read_json(content, name=name, label=label)
    if suffix in _JSON_LINES:
        return [read_json_lines(content, name=name, label=label)]
    return [read_csv(content, name=name, label=label)]


def _check_content(content: bytes, is_workbook: bool, label: str) -> None:
    if not content:
        raise DataError(f"{label}: the file is empty")
    for magic, what in _FOREIGN.items():
        if content.startswith(magic):
            raise DataError(f"{label}: holds {what}; supported are {_SUPPORTED}")
    if is_workbook and not content.startswith(_PACKED):
        raise DataError(f"{label}: is named like an Excel workbook, but is none; if it is text, name it .csv")
    if not is_workbook and content.startswith(_PACKED):
        raise DataError(f"{label}: is named like text, but holds a workbook or archive; name it .xlsx")
