"""Text tables: CSV and TSV files as spreadsheets and databases write them."""

import codecs
import contextlib
import csv
import io
from collections.abc import Sequence

from agent.data.build import build
from agent.data.files import check_cells
from agent.data.headers import check_headers
from agent.data.number_style import is_number
from agent.data.numerals import parse_columns
from agent.data.table import Origin, Table, numbering, shown
from agent.errors import DataError

DELIMITERS = ("\t", "|", ";", ",")  # of equal fits the first; the comma is last, since prose is full of it
_SAMPLE_CHARS = 65_536


def read_csv(content: bytes, *, name: str, label: str) -> Table:
    """The table of a text file; the first row that is not blank holds the column names.

    Encoding: UTF-8, UTF-16 with a byte order mark, else Windows-1252 with a note. Delimiter: comma,
    semicolon, tab or bar, whichever splits the rows evenly. Numbers: see `agent.data.numerals`. Blank rows
    are left out, and so are columns without header and content.

    Raises:
        DataError: the file is empty, binary, too large, has no header, or a row that does not fit the header.
    """
    text, notes = _decoded(content, label)
    text, delimiter = _delimiter(text)
    check_cells(text.count(delimiter) + text.count("\n"), label)
    records = _records(text, delimiter, label)
    labels, columns, origin = _columns(records, label)
    cells, decisions = parse_columns(columns, labels, origin, delimiter)
    return build(name, origin, labels, cells, [*notes, *decisions])


def _columns(records: list[list[str]], label: str) -> tuple[list[str], list[Sequence[str]], Origin]:
    numbers = [number for number, record in enumerate(records, start=1) if any(map(str.strip, record))]
    if not numbers:
        raise DataError(f"{label}: the file is empty; a header row and data rows are needed")
    header = _trimmed(records[numbers[0] - 1], 0)
    origin = Origin(label, numbering(numbers[1:]))
    rows = _even([records[number - 1] for number in origin.row_numbers], len(header), origin)
    labels = [cell.strip() for cell in header]
    columns: list[Sequence[str]] = list(zip(*rows, strict=True)) if rows else [()] * len(labels)
    kept = [i for i, head in enumerate(labels) if head or any(map(str.strip, columns[i]))]
    labels, columns = [labels[i] for i in kept], [columns[i] for i in kept]
    check_headers(labels, columns[0], f"{label}, row {numbers[0]}")
    return labels, columns, origin


def _decoded(content: bytes, label: str) -> tuple[str, list[str]]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig"] if content.startswith(codecs.BOM_UTF8) else ["utf-8", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError as error:
            row = content.count(b"\n", 0, error.start) + 1
    else:
        raise DataError(f"{label}, row {row}: the bytes are not text; save the file as CSV in UTF-8")
    if "\0" in text:
        row = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(f"{label}, row {row}: a NUL byte, so this is no text file; save it as CSV in UTF-8")
    is_guess = encoding == "cp1252"
    return text, ["read as Windows-1252 text, since it is not UTF-8"] if is_guess else []


def _delimiter(text: str) -> tuple[str, str]:
    """The text without a spreadsheet's ``sep=`` line, and the delimiter."""
    first, _, rest = text.partition("\n")
    declared = first.strip("\r\"'")
    if len(declared) == 5 and declared.lower().startswith("sep=") and declared[4] in DELIMITERS:
        return rest, declared[4]
    sample = text[:_SAMPLE_CHARS]
    if len(text) > _SAMPLE_CHARS:
        sample = sample[: sample.rfind("\n") + 1]
    records = {delimiter: _sampled(sample, delimiter) for delimiter in DELIMITERS}
    splitting = [
        delimiter for delimiter in DELIMITERS if records[delimiter] and len(records[delimiter][0]) > 1
    ]
    if splitting:
        return text, max(splitting, key=lambda delimiter: _fitness(records[delimiter]))
    titled = [delimiter for delimiter in DELIMITERS if _is_under_title(sample, records[delimiter])]
    single = [delimiter for delimiter in DELIMITERS if all(len(record) == 1 for record in records[delimiter])]
    single.sort(key=lambda delimiter: len(records[delimiter]))
    return text, (titled + single + [","])[0]


def _sampled(sample: str, delimiter: str) -> list[list[str]]:
    """The records that are not blank; of what cannot be parsed, the part before."""
    records: list[list[str]] = []
    with contextlib.suppress(csv.Error):
        for record in csv.reader(io.StringIO(sample, newline=None), delimiter=delimiter):
            if any(map(str.strip, record)):
                records.append(_trimmed(record, len(records[0]) if records else 0))
    return records


def _fitness(records: Sequence[Sequence[str]]) -> tuple[float, float, int]:
    """How well a delimiter fits: even rows first, then few cells with other delimiters, then many columns."""
    width = len(records[0])
    cells = [cell for record in records[1:] for cell in record]
    clean = sum(is_number(cell) or not any(sign in cell for sign in DELIMITERS) for cell in cells)
    return sum(len(record) == width for record in records) / len(records), clean / max(1, len(cells)), width


def _is_under_title(sample: str, records: Sequence[Sequence[str]]) -> bool:
    """Whether a title of one cell stands over even rows; decimal commas alone look alike, but are not."""
    lines = [line for line in sample.splitlines() if line.strip()]
    below = [len(record) for record in records[1:]]
    return len(below) > 1 and min(below) > 1 and not all(map(is_number, lines[1:]))


def _records(text: str, delimiter: str, label: str) -> list[list[str]]:
    records: list[list[str]] = []
    try:
        records.extend(csv.reader(io.StringIO(text, newline=None), delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "field larger" in str(error):
            raise DataError(
                f"{label}, row {len(records) + 1}: a cell or line has more characters than can be read ({error})"
            ) from None
        raise DataError(
            f"{label}, row {len(records) + 1}: the quotes do not close properly ({error}); "
            'a quote inside a quoted cell is written twice ("")'
        ) from None
    return records


def _trimmed(record: Sequence[str], width: int) -> list[str]:
    """The record without blank cells at its end, but not shorter than the width."""
    end = len(record)
    while end > width and not record[end - 1].strip():
        end -= 1
    return list(record[:end])


def _even(records: list[list[str]], width: int, origin: Origin) -> list[list[str]]:
    if set(map(len, records)) <= {width}:
        return records
    even = [_trimmed(record, width) for record in records]
    for row, record in enumerate(even):
        if len(record) != width:
            raise DataError(
                f"{origin.label}, row {origin.row_numbers[row]}: {len(record)} cells, but the header has "
                f"{width}; the last one is {shown(record[-1])}. Put cells that hold the delimiter in quotes, "
                "and remove titles above the header"
            )
    return even
