"""A formulation joined with data: the elements of every set and the value of every parameter, complete."""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from agent.errors import DataError, FormulationError
from agent.formulation.check import Checked, check
from agent.formulation.faults import Fault, FaultyFormulation, did_you_mean
from agent.formulation.model import Element, Formulation, IndexSet, Parameter

MAX_KEYS = 4_000_000
"""Of a variable, parameter or constraint: what a machine of a few gigabytes can hold."""

Key = Element | tuple[Element, ...]
"""How an element or a combination of elements stands in mappings: bare when it has one part, else a tuple;
``()`` for what has no index."""


class DataTable(Protocol):
    """What binding asks of a table; `agent.data.Table` has it."""

    def lookup(self, key_columns: Sequence[str], value_column: str) -> Mapping[Any, float]:
        """The values of a column by those of the key columns."""

    def elements(self, columns: Sequence[str]) -> Sequence[Any]:
        """The distinct rows of some columns."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One problem, ready to be built: what was checked, and the data it speaks of."""

    checked: Checked
    sets: dict[str, tuple[Key, ...]]
    parameters: dict[str, dict[Key, float]]

    @property
    def formulation(self) -> Formulation:
        """The formulation that was joined with data."""
        return self.checked.formulation

    def keys(self, indices: Sequence[str]) -> list[Key]:
        """All combinations of the elements of some sets, in order."""
        if not indices:
            return [()]
        if len(indices) == 1:
            return list(self.sets[indices[0]])
        count = math.prod(len(self.sets[name]) for name in indices)
        if count > MAX_KEYS:
            raise FormulationError(
                f"the indices {', '.join(f'`{name}`' for name in indices)} have {count:,} combinations; at most "
                f"{MAX_KEYS:,} are built. Use a set of the pairs that matter, or fewer indices"
            )
        combinations = itertools.product(*(self.sets[name] for name in indices))
        if all(self._dimension(name) == 1 for name in indices):
            return list(cast(Iterable[Key], combinations))
        return [flatten(combination) for combination in combinations]

    def keyed(self, values: Mapping[str, Sequence[float]]) -> dict[str, dict[Key, float]]:
        """Each variable's values by key, given in the order of its keys."""
        return {
            item.name: dict(zip(self.keys(item.indices), values.get(item.name, ()), strict=True))
            for item in self.formulation.variables
        }

    def _dimension(self, name: str) -> int:
        first = next(iter(self.sets[name]), 0)
        return len(first) if isinstance(first, tuple) else 1


def flatten(parts: Sequence[Key]) -> Key:
    """One key out of several: ``("a", ("b", 1))`` becomes ``("a", "b", 1)``, a lone part stays bare."""
    if len(parts) == 1:
        return parts[0]
    flat: list[Element] = []
    for part in parts:
        flat.extend(part) if isinstance(part, tuple) else flat.append(part)
    return tuple(flat)


def bind(formulation: Formulation | Checked, tables: Mapping[str, DataTable] | None = None) -> Instance:
    """The formulation joined with inline values and the tables its sources point at.

    Raises:
        FaultyFormulation: names, subscripts, missing or surplus values; the text names element and place.
        DataError: a cell that is no number, a missing column, a duplicate key; with file, row and column.
    """
    checked = formulation if isinstance(formulation, Checked) else check(formulation)
    tables = tables or {}
    sets = {item.name: _elements(item, tables) for item in checked.formulation.sets}
    bare = Instance(checked, sets, {})
    faults: list[Fault] = []
    parameters: dict[str, dict[Key, float]] = {}
    for item in checked.formulation.parameters:
        try:
            parameters[item.name] = _values(item, bare, tables)
        except _BadValues as bad:
            faults.append(Fault(f"parameter `{item.name}`", str(bad)))
    if faults:
        raise FaultyFormulation(faults)
    return Instance(checked, sets, parameters)


class _BadValues(Exception):
    """Why a parameter's values do not fit its indices."""


def _table(name: str, tables: Mapping[str, DataTable], element: str) -> DataTable:
    if name not in tables:
        known = ", ".join(tables) or "none"
        raise DataError(
            f"{element} points at table `{name}`{did_you_mean(name, tables)}; tables given: {known}"
        )
    return tables[name]


def _elements(item: IndexSet, tables: Mapping[str, DataTable]) -> tuple[Key, ...]:
    if item.elements is not None:
        return tuple(
            part[0] if isinstance(part, tuple) and len(part) == 1 else part for part in item.elements
        )
    assert item.source is not None  # the model's validator holds this
    return tuple(_table(item.source.table, tables, f"set `{item.name}`").elements(item.source.columns))


def _values(item: Parameter, bare: Instance, tables: Mapping[str, DataTable]) -> dict[Key, float]:
    keys = bare.keys(item.indices)
    if item.source is None:
        given = _inline(item.values, [bare.sets[name] for name in item.indices], item.indices)
    else:
        table = _table(item.source.table, tables, f"parameter `{item.name}`")
        given = dict(table.lookup(item.source.keys, item.source.column))
    if len(given) == len(keys) and all(key in given for key in keys):
        return given
    return _completed(item, keys, given)


def _completed(item: Parameter, keys: list[Key], given: dict[Key, float]) -> dict[Key, float]:
    """The values of exactly `keys`: surplus left out, the default filled in, numbers written as words found."""
    by_word = {str(key): value for key, value in given.items()}
    values: dict[Key, float] = {}
    missing: list[Key] = []
    for key in keys:
        value = given[key] if key in given else by_word.get(str(key), item.default)
        if value is None:
            missing.append(key)
        else:
            values[key] = value
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise _BadValues(f"there is no value for {missing[0]!r}{more}; complete the data or set a default")
    return values


def _inline(values: Any, sets: list[tuple[Key, ...]], names: Sequence[str]) -> dict[Key, float]:
    if not sets:
        if isinstance(values, int | float):
            return {(): values}
        raise _BadValues("it has no index, so it takes one number; name its sets in `indices`")
    if isinstance(values, int | float):
        return {flatten(key): values for key in itertools.product(*sets)}
    flat: dict[Key, float] = {}
    for parts, value in _leaves(values, sets, names):
        flat[flatten(parts)] = value
    return flat


def _leaves(
    values: Any, sets: list[tuple[Key, ...]], names: Sequence[str]
) -> list[tuple[tuple[Key, ...], float]]:
    """Each number with the elements it belongs to, walking lists by position and mappings by element."""
    elements, rest = sets[0], sets[1:]
    if isinstance(values, dict):
        pairs = _matched(values, elements, names[0])
    elif isinstance(values, tuple):
        if len(values) != len(elements):
            raise _BadValues(f"{len(values)} values for the {len(elements)} elements of `{names[0]}`")
        pairs = list(zip(elements, values, strict=True))
    else:
        raise _BadValues(f"one number where the {len(elements)} elements of `{names[0]}` each need one")
    if rest:
        return [
            ((key, *below), leaf) for key, part in pairs for below, leaf in _leaves(part, rest, names[1:])
        ]
    for key, value in pairs:
        if not isinstance(value, int | float) or not math.isfinite(value):
            raise _BadValues(f"the value for {key!r} is no number; `indices` names {len(names)} sets")
    return [((key,), value) for key, value in pairs]


def _matched(values: dict[Any, Any], elements: tuple[Key, ...], name: str) -> list[tuple[Key, Any]]:
    """Pairs of element and value; JSON's keys are words, so elements match as words, tuples as `a,b`."""
    by_word = {",".join(map(str, key)) if isinstance(key, tuple) else str(key): key for key in elements}
    found: dict[Key, Any] = {}
    for given, value in values.items():
        word = str(given)
        if word not in by_word:
            word = ",".join(part.strip(" '\"") for part in word.strip("()[]").split(","))
        if word not in by_word:
            raise _BadValues(f"`{given}` is no element of `{name}`{did_you_mean(word, by_word)}")
        if by_word[word] in found:
            raise _BadValues(f"`{given}` stands twice")
        found[by_word[word]] = value
    return list(found.items())
