"""All tables of one question: in order, by name, with a digest, and to disk and back."""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.data.describe import describe
from agent.data.names import unique
from agent.data.table import Cell, Column, Kind, Origin, Table, numbering
from agent.errors import DataError


class _Stored(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class _StoredColumn(_Stored):
    name: str
    label: str
    unit: str | None
    kind: Kind
    cells: list[Cell]


class _StoredTable(_Stored):
    name: str
    label: str
    row_word: str
    row_numbers: list[int]
    notes: list[str]
    columns: list[_StoredColumn]


class _StoredTables(_Stored):
    version: Literal[1]
    tables: list[_StoredTable]


class Tables(Mapping[str, Table]):
    """The tables of a question, immutable, in the order given.

    Two tables of the same name are numbered: costs, costs_2.
    """

    def __init__(self, tables: Iterable[Table] = ()) -> None:
        """Takes the tables in order."""
        given = list(tables)
        names = unique(table.name for table in given)
        self._tables = {
            name: Table(name, table.origin, table.columns, table.notes)
            for name, table in zip(names, given, strict=True)
        }

    def __getitem__(self, name: str) -> Table:
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def __repr__(self) -> str:
        inside = ", ".join(f"{table.name}: {table.rows} x {len(table.columns)}" for table in self.values())
        return f"Tables({inside})"

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tables) and self.digest == other.digest

    def table(self, name: str) -> Table:
        """The table of this name.

        Raises:
            DataError: no such table; the text lists the tables there are.
        """
        if name not in self._tables:
            have = ", ".join(map(repr, self._tables)) or "none"
            raise DataError(f"there is no table {name!r}; the tables are: {have}")
        return self._tables[name]

    def describe(self, limit_chars: int = 2500) -> str:
        """What a language model is shown of the tables; see `agent.data.describe.describe`."""
        return describe(list(self.values()), limit_chars)

    def dump(self) -> dict[str, Any]:
        """The tables as plain JSON values."""
        return {"version": 1, "tables": [_dump_table(table) for table in self.values()]}

    @classmethod
    def from_dump(cls, dumped: object) -> "Tables":
        """The tables of a `dump`.

        Raises:
            DataError: the value is no dump of tables.
        """
        return cls._restored(_checked(lambda: _StoredTables.model_validate(dumped)))

    @cached_property
    def _content(self) -> bytes:
        return json.dumps(self.dump(), separators=(",", ":"), allow_nan=False).encode()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of names, headers, kinds and cells; equal for equal content in every process."""
        return hashlib.sha256(self._content).hexdigest()

    def save(self, folder: Path) -> str:
        """Writes the tables into the folder under their digest and returns the digest.

        The file appears complete or not at all; tables saved before are not written again.
        """
        target = folder / f"{self.digest}.json"
        if target.exists():
            return self.digest
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=".tables-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(self._content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        return self.digest

    @classmethod
    def load(cls, folder: Path, digest: str) -> "Tables":
        """The tables saved under this digest.

        Raises:
            DataError: nothing is saved under it, or the file was changed since.
        """
        path = folder / f"{digest}.json"
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise DataError(f"{path}: no tables are saved under this digest; give the data again") from None
        if hashlib.sha256(content).hexdigest() != digest:
            raise DataError(
                f"{path}: the file was changed or damaged after it was saved; give the data again"
            )
        return cls._restored(_checked(lambda: _StoredTables.model_validate_json(content)))

    @classmethod
    def _restored(cls, stored: _StoredTables) -> "Tables":
        return cls(map(_restore_table, stored.tables))


def _checked(validate: Callable[[], _StoredTables]) -> _StoredTables:
    try:
        return validate()
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise DataError(
            f"stored tables cannot be read, at {where}: {first['msg']}; give the data again"
        ) from None


def _dump_table(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "label": table.label,
        "row_word": table.origin.row_word,
        "row_numbers": list(table.origin.row_numbers),
        "notes": list(table.notes),
        "columns": [
            {"name": c.name, "label": c.label, "unit": c.unit, "kind": c.kind, "cells": list(c.cells)}
            for c in table.columns
        ],
    }


def _restore_table(stored: _StoredTable) -> Table:
    columns = (Column(c.name, c.label, c.unit, c.kind, tuple(c.cells)) for c in stored.columns)
    origin = Origin(stored.label, numbering(stored.row_numbers), stored.row_word)
    return Table(stored.name, origin, tuple(columns), tuple(stored.notes))
