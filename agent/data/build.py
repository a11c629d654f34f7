"""Tables from headers and cells: names, units and kinds of columns are decided here."""

import math
from collections.abc import Sequence
from typing import Any

from agent.data.names import column_names, split_unit
from agent.data.table import Cell, Column, Kind, Origin, Table, shown
from agent.errors import DataError

LARGEST_EXACT_INTEGER = 2**53


def build(
    name: str,
    origin: Origin,
    labels: Sequence[str],
    columns: Sequence[Sequence[Cell]],
    notes: Sequence[str] = (),
) -> Table:
    """A table from headers and typed cells; decides names, units and kinds.

    Text loses blanks at both ends, and text of blanks only is a missing cell, as in a spreadsheet.

    Raises:
        DataError: a number is infinite, not a number or too long to be exact, or text is no valid Unicode.
    """
    made = []
    for label, identifier, raw in zip(labels, column_names(labels), columns, strict=True):
        kind, cells = _typed(raw, origin, label or identifier)
        unit = split_unit(label)[1] if kind in ("integer", "number") else None
        made.append(Column(identifier, label, unit, kind, cells))
    return Table(name, origin, tuple(made), tuple(notes))


def _typed(cells: Sequence[Cell], origin: Origin, title: str) -> tuple[Kind, tuple[Cell, ...]]:
    if str in set(map(type, cells)):
        cells = _without_blanks(cells)
    types = set(map(type, cells)) - {type(None)}
    if not types:
        return "empty", tuple(cells)
    if types == {bool}:
        return "boolean", tuple(cells)
    if types <= {int, float}:
        _check_numbers(cells, origin, title)
        return ("integer" if types == {int} else "number"), tuple(cells)
    texts = cells if types == {str} else [None if cell is None else _as_text(cell) for cell in cells]
    _check_unicode(texts, origin, title)
    return "text", tuple(texts)


def _without_blanks(cells: Sequence[Cell]) -> list[Cell]:
    if not set(map(type, cells)) <= {str, type(None)}:
        return [(cell.strip() or None) if isinstance(cell, str) else cell for cell in cells]
    # Equal texts come to share one object: hashed once, compared by identity, kept once in memory.
    stripped = {cell: (str(cell).strip() or None) if cell else None for cell in dict.fromkeys(cells)}
    return list(map(stripped.__getitem__, cells))


def _as_text(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def _check_numbers(cells: Sequence[Cell], origin: Origin, title: str) -> None:
    filled: Sequence[Any] = [cell for cell in cells if cell is not None] if None in cells else cells
    if (
        min(filled) >= -LARGEST_EXACT_INTEGER
        and max(filled) <= LARGEST_EXACT_INTEGER
        and all(map(math.isfinite, filled))
    ):
        return
    for row, cell in enumerate(cells):
        if isinstance(cell, float) and not math.isfinite(cell):
            raise DataError(f"{origin.place(row, title)}: {cell} is not a finite number")
        if isinstance(cell, int) and abs(cell) > LARGEST_EXACT_INTEGER:
            raise DataError(
                f"{origin.place(row, title)}: {_long_integer(cell)} is too long to be exact as a number; "
                "if it is a code, write it as text"
            )


def _long_integer(value: int) -> str:
    return "an integer of thousands of digits" if value.bit_length() > 1000 else shown(value)


def _check_unicode(cells: Sequence[Cell], origin: Origin, title: str) -> None:
    for text in dict.fromkeys(cells):
        try:
            str(text).encode()
        except UnicodeEncodeError:
            where = origin.place(cells.index(text), title)
            raise DataError(f"{where}: {ascii(text)[:40]} is not valid Unicode text") from None
