"""Global constraints as such, beside the rows that linearize them: for engines that reason about them directly.

A model whose constraint component was `declare`d has both: rows for engines of rows, and the global form for
constraint programming, which then leaves the component's rows out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import pyomo.environ as pyo

Kind = Literal["all_different", "no_overlap", "cumulative", "circuit"]
_SCOPE = "solvers"


@dataclass(frozen=True, slots=True)
class GlobalConstraint:
    """One global constraint over linear Pyomo expressions.

    Attributes:
        kind: which.
        items: all_different: (value,); no_overlap: (start, duration); cumulative: (start, duration, demand);
            circuit: (from, to, literal), where from and to are hashable nodes.
        capacity: of `cumulative`.
    """

    kind: Kind
    items: tuple[tuple[Any, ...], ...]
    capacity: Any = None


def declare(component: pyo.Constraint, forms: Sequence[GlobalConstraint]) -> None:
    """Say that a constraint component, which is part of a model, linearizes these global constraints."""
    _store(component.model())[component.name] = tuple(forms)


def declared(model: pyo.ConcreteModel) -> dict[str, tuple[GlobalConstraint, ...]]:
    """The declared components of a model that are there and wholly active, with their global constraints."""
    found = {name: model.find_component(name) for name in _store(model)}
    return {
        name: _store(model)[name]
        for name, component in found.items()
        if component is not None and _is_whole(component)
    }


def forget(component: pyo.Constraint) -> None:
    """Take a declaration back: the component's rows were changed."""
    _store(component.model()).pop(component.name, None)


def _is_whole(component: pyo.Constraint) -> bool:
    """Whether all rows of a component are in force; some rows alone are not the global constraint."""
    block = component.parent_block()
    while block is not None:
        if not block.active:
            return False
        block = block.parent_block()
    return component.active and all(row.active for row in component.values())


def _store(model: pyo.ConcreteModel) -> dict[str, tuple[GlobalConstraint, ...]]:
    return model.private_data(_SCOPE)  # type: ignore[no-any-return]


def holds(form: GlobalConstraint, tolerance: float = 1e-6) -> bool:
    """Whether a global constraint holds at the values that the variables hold; from its definition."""
    if form.kind == "circuit":
        return _is_tour(form)
    items = [tuple(float(pyo.value(part)) for part in item) for item in form.items]
    if form.kind == "all_different":
        return all(abs(a - b) > 1 - tolerance for (a,), (b,) in combinations(items, 2))
    if form.kind == "no_overlap":
        return all(
            a[0] + a[1] <= b[0] + tolerance or b[0] + b[1] <= a[0] + tolerance
            for a, b in combinations(items, 2)
        )
    capacity = float(pyo.value(form.capacity))
    return all(
        sum(demand for start, length, demand in items if start <= time + tolerance < start + length)
        <= capacity + tolerance
        for time, _, _ in items
    )


def _is_tour(form: GlobalConstraint) -> bool:
    nodes = {end for item in form.items for end in item[:2]}
    following = [(start, end) for start, end, literal in form.items if pyo.value(literal) > 0.5]
    after = dict(following)
    if len(following) != len(nodes) or set(after) != nodes or set(after.values()) != nodes:
        return False
    first = here = next(iter(after))
    for _ in range(len(nodes) - 1):
        here = after[here]
        if here == first:
            return False
    return bool(after[here] == first)
