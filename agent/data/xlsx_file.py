"""Excel workbooks: every sheet that is not empty is a table."""

import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

import openpyxl

from agent.data.build import build
from agent.data.files import check_cells
from agent.data.headers import check_headers
from agent.data.moments import iso_text
from agent.data.names import identifier
from agent.data.table import Cell, Origin, Table, numbering, shown
from agent.errors import DataError

MAX_UNPACKED_BYTES = 500_000_000
MAX_PACKING_RATIO = 100
MAX_ROWS = 1_048_576
_FREELY_PACKED_BYTES = 10_000_000
_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
_OLE = b"\xd0\xcf\x11\xe0"


class _Sheet(NamedTuple):
    title: str
    numbers: list[int]
    rows: list[list[Cell]]


def read_xlsx(content: bytes, *, name: str, label: str) -> list[Table]:
    """The tables of a workbook, one for each sheet that is not empty, in the order of the sheets.

    A single table takes the name, several take the name and the sheet's title.

    The stored results of formulas are read; formulas are not computed and macros not run. Dates become ISO
    text. Blank rows, title rows above the header and columns without header and content are left out; a
    header of two rows, as under merged cells, is joined.

    Raises:
        DataError: no readable workbook, a password, the old format, over a limit, a formula without stored
            result, or a sheet without a proper header; the text names sheet and cell or row.
    """
    has_formulas = _inspect(content, label)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions that carry no data
        try:
            if has_formulas:
                _check_results(content, label)
            sheets = [sheet for sheet in _sheets(content, label) if sheet.rows]
        except DataError:
            raise
        except Exception as error:  # on a damaged file openpyxl raises whatever its parts raise
            raise DataError(
                f"{label}: cannot be read as an Excel workbook ({type(error).__name__}: "
                f"{shown(str(error))}); open it in a spreadsheet program and save it again"
            ) from None
    if not sheets:
        raise DataError(f"{label}: the workbook is empty; a header row and data rows are needed")
    names = [name] if len(sheets) == 1 else [identifier(f"{name}_{sheet.title}", name) for sheet in sheets]
    return [_table(name, sheet, label) for name, sheet in zip(names, sheets, strict=True)]


def _inspect(content: bytes, label: str) -> bool:
    """Refuses what is no workbook or unpacks to too much; says whether there are formulas."""
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise DataError(f"{label}: the workbook is protected by a password; save it without one")
        raise DataError(f"{label}: this is the old Excel format; save it as .xlsx")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
            limit = min(MAX_UNPACKED_BYTES, max(_FREELY_PACKED_BYTES, MAX_PACKING_RATIO * len(content)))
            if unpacked > limit:
                raise DataError(f"{label}: unpacks to {unpacked:,} bytes, more than the limit of {limit:,}")
            if "xl/workbook.xml" not in archive.namelist():
                raise DataError(f"{label}: the archive holds no Excel workbook; save it as .xlsx")
            sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
            return any(_FORMULA.search(archive.read(name)) for name in sheets)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise DataError(f"{label}: the file is damaged ({error}); open it and save it again") from None


@contextmanager
def _workbook(content: bytes, *, data_only: bool) -> Iterator[Any]:
    workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=data_only)
    try:
        for sheet in workbook.worksheets:
            sheet.reset_dimensions()  # the stored size of a sheet may be wrong
        yield workbook
    finally:
        workbook.close()


def _sheets(content: bytes, label: str) -> list[_Sheet]:
    sheets = []
    with _workbook(content, data_only=True) as workbook:
        for sheet in workbook.worksheets:
            where = f"{label}, sheet {sheet.title!r}"
            rows = enumerate(_bounded(sheet.iter_rows(values_only=True), where), start=1)
            filled = [(number, [_cell(cell) for cell in row]) for number, row in rows if _is_filled(row)]
            sheets.append(_Sheet(sheet.title, [number for number, _ in filled], [row for _, row in filled]))
    return sheets


def _check_results(content: bytes, label: str) -> None:
    """Refuses formulas without a stored result; an empty text is a result too, and then the cell is text."""
    with _workbook(content, data_only=True) as results, _workbook(content, data_only=False) as formulas:
        for sheet, twin in zip(results.worksheets, formulas.worksheets, strict=True):
            where = f"{label}, sheet {sheet.title!r}"
            for row, formula_row in zip(_bounded(sheet.iter_rows(), where), twin.iter_rows(), strict=False):
                for cell, formula in zip(row, formula_row, strict=False):
                    if formula.data_type == "f" and cell.value is None and cell.data_type == "n":
                        raise DataError(
                            f"{where}, cell {formula.coordinate}: the formula has no stored result; "
                            "open the file in a spreadsheet program and save it"
                        )


def _bounded(rows: Iterable[Sequence[Any]], where: str) -> Iterator[Sequence[Any]]:
    """The rows, counted while they come: one cell far out in a sheet stands for endless blanks."""
    cells = 0
    for number, row in enumerate(rows, start=1):
        cells += len(row)
        check_cells(cells, where)
        if number > MAX_ROWS:
            raise DataError(f"{where}: more than {MAX_ROWS:,} rows")
        yield row


def _is_filled(row: Sequence[Any]) -> bool:
    return any(cell is not None and (not isinstance(cell, str) or cell.strip()) for cell in row)


def _cell(cell: Any) -> Cell:
    if isinstance(cell, datetime | date | time | timedelta):
        return iso_text(cell)
    return cell if isinstance(cell, int | float | str) else None


def _table(name: str, sheet: _Sheet, label: str) -> Table:
    where = f"{label}, sheet {sheet.title!r}"
    width = max(map(len, sheet.rows))
    rows = [[*row, *[None] * (width - len(row))] for row in sheet.rows]
    used = [i for i in range(width) if _is_filled([row[i] for row in rows])]
    rows = [[row[i] for i in used] for row in rows]
    titles = _title_rows(rows)
    depth = 2 if _has_two_headers(rows[titles:]) else 1
    body = titles + depth
    labels = _joined(rows[titles:body])
    origin = Origin(where, numbering(sheet.numbers[body:]))
    columns: list[list[Cell]] = [[row[i] for row in rows[body:]] for i in range(len(used))]
    kept = [i for i, head in enumerate(labels) if head or _is_filled(columns[i])]
    labels, columns = [labels[i] for i in kept], [columns[i] for i in kept]
    check_headers(labels, list(map(_header_text, columns[0])), f"{where}, row {sheet.numbers[body - 1]}")
    notes = [f"row {sheet.numbers[i]} was left out as a title" for i in range(titles)]
    return build(name, origin, labels, columns, notes)


def _title_rows(rows: Sequence[Sequence[Cell]]) -> int:
    """How many rows above the header hold but one text at the left, as titles and merged banners do.

    What follows them must look like a header: texts, and numbers soon below.
    """
    count = 0
    while count < len(rows) and isinstance(rows[count][0], str) and not _is_filled(rows[count][1:]):
        count += 1
    header, below = rows[count : count + 1], rows[count + 1 : count + 3]
    is_header = all(cell is None or isinstance(cell, str) for row in header for cell in row)
    has_numbers = any(isinstance(cell, int | float) for row in below for cell in row)
    return count if is_header and has_numbers else 0


def _has_two_headers(rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether a second row completes a header of merged cells.

    It does if it holds text only, fills all gaps of the first row, and numbers stand below it.
    """
    if len(rows) < 3 or rows[0][0] is None:
        return False
    gaps = [i for i, cell in enumerate(rows[0]) if cell is None]
    is_text = all(cell is None or isinstance(cell, str) for cell in rows[1])
    has_numbers = any(isinstance(rows[2][i], int | float) for i in gaps)
    return bool(gaps) and is_text and has_numbers and all(rows[1][i] is not None for i in gaps)


def _joined(header: Sequence[Sequence[Cell]]) -> list[str]:
    if len(header) == 1:
        return list(map(_header_text, header[0]))
    above: Cell = None
    labels = []
    for upper, lower in zip(*header, strict=True):
        above = above if upper is None else upper
        labels.append(" ".join(filter(None, (_header_text(above), _header_text(lower)))))
    return labels


def _header_text(cell: Cell) -> str:
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
