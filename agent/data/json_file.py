"""JSON and JSON Lines files, read strictly: no repeated keys, no NaN, no endless numbers."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from agent.data.shapes import records, tables_of
from agent.data.table import Origin, Table, numbering, shown
from agent.errors import DataError

_MAX_INTEGER_CHARS = 1000


class _Fault:
    """Stands in a parsed value where the text holds something that is refused."""

    def __init__(self, why: str) -> None:
        self.why = why


def read_json(content: bytes, *, name: str, label: str) -> list[Table]:
    """The tables of a JSON file; see `agent.data.shapes` for the shapes that are read.

    Raises:
        DataError: no JSON, or JSON that holds no tables; the text names line and column, or the place inside.
    """
    return tables_of(_parsed(_text(content, label), label, line=None), name, label)


def read_json_lines(content: bytes, *, name: str, label: str) -> Table:
    """The table of a file that holds one JSON object a line.

    Raises:
        DataError: a line is no JSON object; the text names it.
    """
    lines = _text(content, label).split("\n")
    items: list[Mapping[str, Any]] = []
    numbers = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        item = _parsed(line, label, line=number)
        if not isinstance(item, dict):
            raise DataError(
                f'{label}, line {number}: every line must hold one object, such as {{"name": "A"}}'
            )
        items.append(item)
        numbers.append(number)
    return records(items, name, Origin(label, numbering(numbers), "line"))


def _text(content: bytes, label: str) -> str:
    try:
        text = content.decode(json.detect_encoding(content))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{label}, line {line}: the bytes are not UTF-8 text; save the file in UTF-8"
        ) from None
    if not text.strip():
        raise DataError(f"{label}: the file is empty")
    return text


def _parsed(text: str, label: str, line: int | None) -> Any:
    faults: list[_Fault] = []

    def fault(why: str) -> _Fault:
        faults.append(_Fault(why))
        return faults[-1]

    def mapping(pairs: list[tuple[str, Any]]) -> Any:
        result = dict(pairs)
        if len(result) == len(pairs):
            return result
        (twice, _), *_ = Counter(key for key, _ in pairs).most_common(1)
        return fault(f"the key {shown(twice)} stands twice in one object")

    def integer(digits: str) -> Any:
        return (
            int(digits) if len(digits) <= _MAX_INTEGER_CHARS else fault(f"a number of {len(digits):,} digits")
        )

    def constant(name: str) -> Any:
        return fault(f"{name} is not a number that can be computed with; leave the value out or write null")

    try:
        value = json.loads(text, object_pairs_hook=mapping, parse_int=integer, parse_constant=constant)
    except json.JSONDecodeError as error:
        place = f"line {line or error.lineno}, column {error.colno}"
        raise DataError(f"{label}, {place}: this is not JSON: {error.msg}") from None
    except RecursionError:
        where = f", line {line}" if line else ""
        raise DataError(f"{label}{where}: the values are nested too deeply for tables") from None
    if faults:
        within = [f"line {line}"] if line else []
        raise DataError(f"{', '.join([label, *within, *_path(value, faults[0])])}: {faults[0].why}")
    return value


def _path(value: Any, fault: _Fault) -> list[str]:
    """The way to the fault, in words from the outside in; empty if it is not inside the value."""
    entries: list[tuple[str, Any]] = []
    if isinstance(value, dict):
        entries = [(shown(key), inner) for key, inner in value.items()]
    elif isinstance(value, list):
        entries = [(f"item {number}", inner) for number, inner in enumerate(value, start=1)]
    for step, inner in entries:
        if inner is fault:
            return [step]
        rest = _path(inner, fault)
        if rest:
            return [step, *rest]
    return []
