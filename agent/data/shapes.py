"""Nested lists and mappings, from JSON or from Python, read as tables.

    list of mappings                 one row each; columns are the union of the keys
    list of lists                    the first list holds the column names
    list of values                   one column
    mapping to values                two columns, key and value; tuple keys give key_1, key_2, ..., value
    mapping to lists of one length   one column each
    mapping to mappings to values    one row for each outer key, one column for each inner key; where the
                                     inner keys hardly repeat, rows of key_1, key_2, value
    any other mapping                one table for each key, and one table "values" for plain values among
                                     them; also for mappings that share no inner key, or have tuple keys

Only the outermost mapping may hold several tables.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from agent.data.build import build
from agent.data.headers import check_headers
from agent.data.names import identifier
from agent.data.table import Cell, Origin, Table, shown
from agent.errors import DataError

_SCALARS = {int, float, str, bool, type(None)}


def tables_of(value: object, name: str, label: str, *, is_outermost: bool = True) -> list[Table]:
    """The tables in a value, by the rules of this module.

    Args:
        value: lists and mappings of plain values; NumPy arrays and scalars serve too.
        name: the name of the table, if there is only one.
        label: the source, for messages.
        is_outermost: whether a mapping may hold several tables.

    Raises:
        DataError: the value has no such shape, is empty, or holds something that is no plain value.
    """
    value = _plain(value)
    if isinstance(value, Mapping):
        return _of_mapping(value, name, label, is_outermost)
    if isinstance(value, list | tuple):
        return [_of_list(list(map(_plain, value)), name, label)]
    raise DataError(f"{label}: holds {_kind(value)}; a table is a list of objects or an object of lists")


def records(items: Sequence[Mapping[Any, Any]], name: str, origin: Origin) -> Table:
    """The table of one mapping a row; a key that a row lacks is a missing cell.

    Raises:
        DataError: a cell is no plain value, or two keys read alike.
    """
    keys = list(dict.fromkeys(key for item in items for key in item))
    return _table(name, origin, keys, [[item.get(key) for item in items] for key in keys])


def _of_mapping(mapping: Mapping[Any, Any], name: str, label: str, is_outermost: bool) -> list[Table]:
    if not mapping:
        raise DataError(f"{label}: is empty; a table needs at least one column")
    values = {key: _plain(value) for key, value in mapping.items()}
    entries = list(values.values())
    if all(map(_is_scalar, entries)):
        return [_pairs(values, name, label)]
    if all(map(_is_flat_list, entries)) and len(set(map(len, entries))) == 1:
        return [_table(name, _items(label, len(entries[0])), list(values), entries)]
    if all(map(_is_flat_mapping, entries)) and not (is_outermost and _are_separate(entries)):
        return [_by_outer_key(values, name, label)]
    if not is_outermost:
        raise DataError(
            f"{label}: mixes shapes; give lists of one length, one list of objects, or plain values"
        )
    tables = [
        table
        for key, value in values.items()
        if not _is_scalar(value)
        for table in tables_of(
            value, identifier(str(key), "table"), f"{label}, {shown(str(key))}", is_outermost=False
        )
    ]
    scalars = {key: value for key, value in values.items() if _is_scalar(value)}
    return [*tables, _pairs(scalars, "values", label)] if scalars else tables


def _of_list(items: list[Any], name: str, label: str) -> Table:
    if not items:
        raise DataError(f"{label}: is an empty list; a table needs at least one row")
    if all(isinstance(item, Mapping) for item in items):
        return records(items, name, _items(label, len(items)))
    if all(isinstance(item, list | tuple) for item in items):
        return _with_header(items, name, label)
    if all(map(_is_scalar, items)):
        return _table(name, _items(label, len(items)), [name], [items])
    position = next((i for i, item in enumerate(items) if _rank(item) != _rank(items[0])), 0)
    raise DataError(f"{label}, item {position + 1}: {_kind(items[position])} among items of another shape")


def _with_header(lists: list[Sequence[Any]], name: str, label: str) -> Table:
    header, rows = lists[0], lists[1:]
    if not all(isinstance(cell, str) for cell in header):
        raise DataError(f"{label}, item 1: the first list must hold the column names as text")
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise DataError(f"{label}, item {number}: {len(row)} cells, but the header has {len(header)}")
    columns = [[row[i] for row in rows] for i in range(len(header))]
    check_headers(header, list(map(str, columns[0])), f"{label}, item 1")
    return _table(name, Origin(label, range(2, len(lists) + 1), "item"), header, columns)


def _pairs(values: Mapping[Any, Any], name: str, label: str) -> Table:
    keys = list(values)
    widths = {len(key) if isinstance(key, tuple) else 0 for key in keys}
    if len(widths) > 1:
        raise DataError(
            f"{label}: its keys are of different lengths, such as {shown(keys[0])}; use one length"
        )
    width = widths.pop()
    parts = list(map(list, zip(*keys, strict=True))) if width else [keys]
    heads = [f"key_{i}" for i in range(1, width + 1)] if width else ["key"]
    return _table(name, _items(label, len(keys)), [*heads, "value"], [*parts, list(values.values())])


def _by_outer_key(values: Mapping[Any, Mapping[Any, Any]], name: str, label: str) -> Table:
    inner = list(dict.fromkeys(key for row in values.values() for key in row))
    triples = [(outer, key, _plain(cell)) for outer, row in values.items() for key, cell in row.items()]
    is_numeric = all(isinstance(cell, int | float) for _, _, cell in triples)
    if is_numeric and len(triples) < 0.5 * len(values) * len(inner):
        origin = _items(label, len(triples))
        return _table(name, origin, ["key_1", "key_2", "value"], list(map(list, zip(*triples, strict=True))))
    columns = [[row.get(key) for row in values.values()] for key in inner]
    own = "key" if "key" not in inner else "outer_key"
    return _table(name, _items(label, len(values)), [own, *inner], [list(values), *columns])


def _table(name: str, origin: Origin, keys: Sequence[Any], columns: Sequence[Sequence[Any]]) -> Table:
    labels = [str(key).strip() for key in keys]
    repeated = [label for label, count in Counter(labels).items() if count > 1]
    if repeated:
        raise DataError(f"{origin.label}: two columns are named {repeated[0]!r}; rename one")
    return build(name, origin, labels, [_cells(*pair, origin) for pair in zip(labels, columns, strict=True)])


def _cells(label: str, column: Sequence[Any], origin: Origin) -> Sequence[Cell]:
    if set(map(type, column)) <= _SCALARS:
        return column
    cells = list(map(_plain, column))
    for row, cell in enumerate(cells):
        if type(cell) not in _SCALARS:
            raise DataError(
                f"{origin.place(row, label)}: holds {_kind(cell)}; a cell is a number, text or true/false"
            )
    return cells


def _items(label: str, rows: int) -> Origin:
    return Origin(label, range(1, rows + 1), "item")


def _plain(value: Any) -> Any:
    """NumPy scalars and arrays as Python values; anything else as it is."""
    return value.tolist() if type(value).__module__ == "numpy" and hasattr(value, "tolist") else value


def _is_scalar(value: object) -> bool:
    return type(value) in _SCALARS


def _is_flat_list(value: object) -> bool:
    return isinstance(value, list | tuple) and all(_is_scalar(_plain(item)) for item in value)


def _is_flat_mapping(value: object) -> bool:
    return (
        isinstance(value, Mapping)
        and bool(value)
        and all(_is_scalar(_plain(item)) for item in value.values())
    )


def _are_separate(rows: Sequence[Mapping[Any, Any]]) -> bool:
    counts = Counter(key for row in rows for key in row)
    has_tuples = any(isinstance(key, tuple) for key in counts)
    return has_tuples or (len(rows) > 1 and max(counts.values()) == 1)


def _rank(value: object) -> str:
    if isinstance(value, Mapping):
        return "mapping"
    if isinstance(value, list | tuple):
        return "list"
    return "scalar" if _is_scalar(value) else "other"


def _kind(value: object) -> str:
    words = {"mapping": "an object", "list": "a list"}
    rank = _rank(value)
    if rank in words:
        return words[rank]
    return f"{shown(value)}" if _is_scalar(value) else f"a value of type {type(value).__name__}"
