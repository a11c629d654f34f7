"""Pandas frames and series, recognised and read without importing pandas."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from agent.data.build import build
from agent.data.moments import iso_text
from agent.data.table import Cell, Origin, Table, shown
from agent.errors import DataError


def is_frame(value: object) -> bool:
    """Whether the value is a pandas DataFrame or Series."""
    return type(value).__module__.partition(".")[0] == "pandas" and type(value).__name__ in (
        "DataFrame",
        "Series",
    )


def table_of_frame(frame: Any, name: str, label: str) -> Table:
    """The table of a DataFrame or Series.

    The index becomes columns unless it is the default one without a name. NaN, None and NaT are missing
    cells; dates become ISO text. Rows are counted from 1.

    Raises:
        DataError: two columns are named alike, or a cell is no plain value.
    """
    if type(frame).__name__ == "Series":
        frame = frame.to_frame(name="value" if frame.name is None else frame.name)
    if type(frame.index).__name__ != "RangeIndex" or frame.index.name is not None:
        try:
            frame = frame.reset_index()
        except ValueError as error:
            raise DataError(f"{label}: the index cannot become a column: {error}; rename it") from None
    labels = [
        " ".join(map(str, key)) if isinstance(key, tuple) else str(key).strip() for key in frame.columns
    ]
    for position, head in enumerate(labels):
        if head in labels[:position]:
            raise DataError(f"{label}: two columns are named {head!r}; rename one")
    origin = Origin(label, range(1, len(frame) + 1))
    columns = [_cells(frame.iloc[:, i], origin, head) for i, head in enumerate(labels)]
    return build(name, origin, labels, columns)


def _cells(series: Any, origin: Origin, head: str) -> Sequence[Cell]:
    missing = series.isna()
    cells: list[Any] = series.astype(object).where(~missing, None).tolist()
    return [_cell(cell, row, origin, head) for row, cell in enumerate(cells)]


def _cell(cell: Any, row: int, origin: Origin, head: str) -> Cell:
    if cell is None or type(cell) in (int, float, str, bool):
        return cell  # type: ignore[no-any-return]
    if isinstance(cell, datetime | date | time | timedelta):
        return iso_text(cell)
    if type(cell).__module__ == "numpy" and getattr(cell, "ndim", 1) == 0:
        return _cell(cell.item(), row, origin, head)
    what = type(cell).__name__
    raise DataError(
        f"{origin.place(row, head)}: {shown(cell)} is a {what}; a cell is a number, text or true/false"
    )
