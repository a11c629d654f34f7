"""The entries of a JSON array, JSON Lines or CSV file as mappings; what is wrong with one is told, not lost."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from benchmarks.errors import DatasetError

MAX_ENTRY_BYTES = 8_000_000
"""A longer line is no problem told in words."""
MAX_ARRAY_BYTES = 512_000_000
"""A JSON array is read as one; larger sets come as JSON Lines."""
_MARK = b"\xef\xbb\xbf"


class Entry(NamedTuple):
    """One entry: where it stands, and its fields or what is wrong with it."""

    place: str
    fields: Mapping[str, Any] | None
    fault: str = ""


def digest_of(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def entries(path: Path) -> Iterator[Entry]:
    """The entries in their order.

    Raises:
        DatasetError: the file cannot be read, or is no JSON array, JSON Lines or CSV as a whole.
    """
    try:
        with path.open("rb") as stream:
            if path.suffix.lower() == ".csv":
                yield from _csv(stream, path)
            elif _first_sign(stream) == b"[":
                yield from _array(stream, path)
            else:
                yield from _lines(stream)
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}") from None


def _first_sign(stream: BinaryIO) -> bytes:
    """The first byte that is no blank; the stream stands at its start afterwards, behind a byte order mark."""
    begin = len(_MARK) if stream.read(len(_MARK)) == _MARK else 0
    stream.seek(begin)
    sign = b" "
    while sign.isspace():
        sign = stream.read(1)
    stream.seek(begin)
    return sign


def _lines(stream: BinaryIO) -> Iterator[Entry]:
    number = 0
    while line := stream.readline(MAX_ENTRY_BYTES + 1):
        number += 1
        place, length = f"line {number}", len(line)
        while length > MAX_ENTRY_BYTES and not line.endswith(b"\n"):
            line = stream.readline(MAX_ENTRY_BYTES)
            length += len(line)
            if not line:
                break
        if length > MAX_ENTRY_BYTES:
            yield Entry(place, None, f"it has {length:,} bytes; at most {MAX_ENTRY_BYTES:,} are read")
        elif line.strip():
            yield _parsed(line, place)


def _parsed(line: bytes, place: str) -> Entry:
    try:
        value = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Entry(place, None, f"it is no UTF-8 (byte {error.start + 1})")
    except (ValueError, RecursionError) as error:
        return Entry(place, None, f"it is no JSON: {error}")
    return _mapping(value, place)


def _mapping(value: object, place: str) -> Entry:
    if isinstance(value, Mapping):
        return Entry(place, value)
    return Entry(place, None, f"it is no JSON object but {type(value).__name__}")


def _array(stream: BinaryIO, path: Path) -> Iterator[Entry]:
    data = stream.read(MAX_ARRAY_BYTES + 1)
    if len(data) > MAX_ARRAY_BYTES:
        raise DatasetError(
            f"{path} is an array of more than {MAX_ARRAY_BYTES:,} bytes; give it as JSON Lines"
        )
    try:
        values = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{path} begins as a JSON array, but is none: {error}") from None
    for position, value in enumerate(values, start=1):
        yield _mapping(value, f"entry {position}")


def _csv(stream: BinaryIO, path: Path) -> Iterator[Entry]:
    try:
        text = stream.read(MAX_ARRAY_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path} is no UTF-8 (byte {error.start + 1}); save it as UTF-8") from None
    before = csv.field_size_limit(MAX_ENTRY_BYTES)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise DatasetError(f"{path} is no CSV: {error}") from None
    finally:
        csv.field_size_limit(before)
    header, *body = rows or [[]]
    for position, row in enumerate(body, start=2):
        if len(row) == len(header):
            yield Entry(f"row {position}", dict(zip(header, row, strict=True)))
        elif row:
            yield Entry(f"row {position}", None, f"it has {len(row)} cells, the header has {len(header)}")
