"""A table in memory, and what a formulation asks of it: elements of a set, values of a parameter."""

import difflib
import math
import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from agent.data.number_style import is_number
from agent.errors import DataError

Cell = int | float | str | bool | None
Kind = Literal["integer", "number", "text", "boolean", "empty"]
Key = Cell | tuple[Cell, ...]

_PLAIN_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where rows came from, so that a message can name them as their owner sees them.

    Attributes:
        label: file name, with the sheet for a workbook, or the key of a mapping.
        row_numbers: for each row of the table its number in the source.
        row_word: what the source calls a row: "row", "line" or "item".
    """

    label: str
    row_numbers: Sequence[int]
    row_word: str = "row"

    def place(self, row: int, column: str) -> str:
        """The place of a cell in words: ``costs.csv, row 14, column 'cost'``."""
        return f"{self.label}, {self.row_word} {self.row_numbers[row]}, column {shown(column, 80)}"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: an identifier, the header as written, a unit if the header gives one, and the cells.

    ``kind`` holds for every cell that is not missing (None): "integer" int, "number" int or finite float,
    "text" str, "boolean" bool. A column that mixes kinds is text.
    """

    name: str
    label: str
    unit: str | None
    kind: Kind
    cells: tuple[Cell, ...] = field(repr=False)

    @property
    def title(self) -> str:
        """The header as its owner knows it; the identifier where the header is blank."""
        return self.label or self.name


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of equal length under one name."""

    name: str
    origin: Origin
    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The source as its owner knows it: a file name, a sheet, a key."""
        return self.origin.label

    @property
    def rows(self) -> int:
        """The number of rows, header not counted."""
        return len(self.origin.row_numbers)

    def column(self, name: str) -> Column:
        """The column of this name; the header as written serves too.

        Raises:
            DataError: no such column; the text offers the nearest names.
        """
        for column in self.columns:
            if column.name == name:
                return column
        for column in self.columns:
            if column.label == name:
                return column
        names = [column.name for column in self.columns]
        near = difflib.get_close_matches(name, names, n=3)
        hint = f"did you mean {_listed(near)}?" if near else f"its columns are {_listed(names[:20])}"
        raise DataError(f"table {self.name!r} ({self.label}) has no column {name!r}; {hint}")

    def elements(self, columns: Sequence[str]) -> list[Key]:
        """The distinct keys of one or several columns, in order of appearance.

        One column gives bare keys, several give tuples.

        Raises:
            DataError: a cell is missing.
        """
        return list(dict.fromkeys(self._keys(columns)))

    def lookup(self, key_columns: Sequence[str], value_column: str) -> dict[Key, float]:
        """The values of a parameter by key, in order of the rows.

        One key column gives bare keys, several give tuples; none gives the key ``()``, for a table of one
        row. Booleans count as 1 and 0. One pass over the rows.

        Raises:
            DataError: a value is missing or no number, a key is missing or stands twice.
        """
        values = self._numbers(self.column(value_column))
        keys = self._keys(key_columns)
        result = dict(zip(keys, values, strict=True))
        if len(result) != self.rows:
            self._refuse_duplicate(keys, key_columns)
        return result

    def header_keys(self, row_key_column: str) -> list[Key]:
        """The headers beside the key column as keys of a set; whole numbers if all of them are.

        Raises:
            DataError: no such column.
        """
        labels = [column.title for column in self._others(row_key_column)]
        if all(map(_PLAIN_INTEGER.fullmatch, labels)):
            return [int(label) for label in labels]
        return list(labels)

    def matrix(self, row_key_column: str) -> dict[tuple[Key, Key], float]:
        """The values of a wide table by (row key, header), row by row; a blank cell has no entry.

        Raises:
            DataError: a cell is no number, a row key is missing or stands twice.
        """
        rows = self._keys([row_key_column])
        if len(set(rows)) != self.rows:
            self._refuse_duplicate(rows, [row_key_column])
        headers = self.header_keys(row_key_column)
        values = [self._numbers(column, blank_ok=True) for column in self._others(row_key_column)]
        return {
            (row, header): value
            for row, line in zip(rows, zip(*values, strict=True), strict=False)
            for header, value in zip(headers, line, strict=True)
            if not math.isnan(value)
        }

    def _others(self, name: str) -> list[Column]:
        own = self.column(name)
        return [column for column in self.columns if column is not own]

    def _keys(self, names: Sequence[str]) -> Sequence[Key]:
        columns = [self.column(name) for name in names]
        for column in columns:
            if None in column.cells:
                where = self.origin.place(column.cells.index(None), column.title)
                raise DataError(f"{where}: the cell is empty, but a key is needed; fill it or delete the row")
        if not columns:
            return [()] * self.rows
        if len(columns) == 1:
            return columns[0].cells
        return list(zip(*(column.cells for column in columns), strict=True))

    def _numbers(self, column: Column, *, blank_ok: bool = False) -> list[float]:
        if column.kind == "text":
            self._refuse_text(column)
        if None not in column.cells:
            return list(map(float, column.cells))  # type: ignore[arg-type]
        if not blank_ok:
            where = self.origin.place(column.cells.index(None), column.title)
            raise DataError(f"{where}: the cell is empty, but a number is needed")
        return [math.nan if cell is None else float(cell) for cell in column.cells]

    def _refuse_text(self, column: Column) -> None:
        texts = [(row, str(cell)) for row, cell in enumerate(column.cells) if cell is not None]
        row, text = next((item for item in texts if not is_number(item[1])), texts[0])
        if is_number(text):
            why = "is text, not a number; write the whole column as plain numbers"
        elif text.isdecimal():
            why = "reads like a code, since it starts with 0 or is very long, and codes are text"
        else:
            why = "is not a number"
        raise DataError(f"{self.origin.place(row, column.title)}: {shown(text)} {why}")

    def _refuse_duplicate(self, keys: Sequence[Key], names: Sequence[str]) -> None:
        first: dict[Hashable, int] = {}
        for row, key in enumerate(keys):
            if first.setdefault(key, row) != row:
                numbers = self.origin.row_numbers
                titles = _listed([self.column(name).title for name in names])
                under = f" under {titles}" if names else ""
                raise DataError(
                    f"{self.label}, {self.origin.row_word}s {numbers[first[key]]} and {numbers[row]}: "
                    f"the key {shown(key)} stands twice{under}; keep one of the two rows or add a key column"
                )


def numbering(numbers: Sequence[int]) -> Sequence[int]:
    """Row numbers in their smallest form: a range where no number is left out."""
    if not numbers:
        return range(0)
    whole = range(numbers[0], numbers[0] + len(numbers))
    return whole if list(whole) == list(numbers) else tuple(numbers)


def shown(value: object, limit: int = 40) -> str:
    """A value as it may stand in a message: quoted, on one line, cut to a length."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names))
