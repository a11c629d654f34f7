"""What a language model is shown of tables: names, kinds, units, ranges and a few rows; never the whole data.

Labels, units and cells are other people's text and may hold instructions. They appear only as quoted
strings with control characters, backquotes and angle brackets escaped, so that they can neither end a fenced
or tagged block nor look like anything but data.
"""

import json
from collections.abc import Sequence
from typing import NamedTuple

from agent.data.table import Cell, Column, Table

MAX_TEXT_CHARS = 40


class _Detail(NamedTuple):
    rows: int
    columns: int


_DETAILS = (_Detail(3, 60), _Detail(1, 60), _Detail(0, 60), _Detail(0, 12))


def describe(tables: Sequence[Table], limit_chars: int = 2500) -> str:
    """The tables in words for a prompt, the same text for the same tables, at most ``limit_chars`` long.

    Long descriptions lose sample rows first, then columns beyond the twelfth, then the last tables.
    """
    if not tables:
        return "no tables"
    for detail in _DETAILS:
        blocks = [_table(table, detail) for table in tables]
        text = "\n".join(blocks)
        if len(text) <= limit_chars:
            return text
    return _cut(blocks, limit_chars)


def quoted(text: str) -> str:
    r"""The text as a JSON string on one line, cut to 40 characters, with nothing that could end a fence.

    >>> print(quoted("a`b"))
    "a\u0060b"
    """
    cut = text if len(text) <= MAX_TEXT_CHARS else text[: MAX_TEXT_CHARS - 3] + "..."
    return '"' + "".join(map(_escaped, cut)) + '"'


def _escaped(char: str) -> str:
    if char in "`<>":
        return f"\\u{ord(char):04x}"
    return char if char.isprintable() and char not in '"\\' else json.dumps(char)[1:-1]


def _table(table: Table, detail: _Detail) -> str:
    rows = "1 row" if table.rows == 1 else f"{table.rows} rows"
    lines = [f"table {table.name} from {quoted(table.label)}: {rows}"]
    shown = table.columns[: detail.columns]
    lines += [f"  {_column(column)}" for column in shown]
    if len(table.columns) > len(shown):
        lines.append(f"  ... and {len(table.columns) - len(shown)} more columns")
    for row in range(min(detail.rows, table.rows)):
        cells = ", ".join(_cell(column.cells[row]) for column in shown)
        lines.append(f"  row {row + 1}: [{cells}]")
    return "\n".join(lines)


def _column(column: Column) -> str:
    facts: list[str] = [column.kind]
    if column.label and column.label != column.name:
        facts.append(f"header {quoted(column.label)}")
    if column.unit is not None:
        facts.append(f"unit {quoted(column.unit)}")
    distinct = set(column.cells)
    missing = None in distinct
    distinct.discard(None)
    if distinct:
        facts.append(f"{len(distinct)} distinct")
    if column.kind in ("integer", "number"):
        numbers = [cell for cell in distinct if isinstance(cell, int | float)]
        facts.append(f"{min(numbers)!r} .. {max(numbers)!r}")
    if missing and distinct:
        facts.append(f"{column.cells.count(None)} missing")
    return f"{column.name}: {', '.join(facts)}"


def _cell(cell: Cell) -> str:
    return quoted(cell) if isinstance(cell, str) else json.dumps(cell)


def _cut(blocks: Sequence[str], limit_chars: int) -> str:
    kept: list[str] = []
    for block in blocks:
        rest = len(blocks) - len(kept) - 1
        tail = [f"... and {rest} more tables"] if rest else []
        if len("\n".join([*kept, block, *tail])) > limit_chars:
            break
        kept.append(block)
    rest = len(blocks) - len(kept)
    if kept:
        return "\n".join([*kept, f"... and {rest} more tables"])
    marker = "\n... and more"
    return blocks[0][: limit_chars - len(marker)].rpartition("\n")[0] + marker
