"""What generators share: formulations in few words, and the registry."""

import re
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, Literal

from agent.formulation import Formulation

Generator = Callable[[Random, int], Formulation]
Values = Any
GENERATORS: dict[str, Generator] = {}
"""The generators by type of problem, in the order in which they are taken in turn."""
_SHAPE = re.compile(r"(\w+)(?:\[(.*)\])?")


def generator(kind: str) -> Callable[[Generator], Generator]:
    """Registers a generator under its type of problem."""

    def register(function: Generator) -> Generator:
        GENERATORS[kind] = function
        return function

    return register


def problem(
    title: str,
    goal: tuple[Literal["minimize", "maximize"], str, str],
    variables: Mapping[str, tuple[Any, ...]],
    constraints: Mapping[str, tuple[str, str]],
    *,
    sets: Mapping[str, Sequence[Any]] | None = None,
    parameters: Mapping[str, tuple[Values, str]] | None = None,
    unit: str = "",
) -> Formulation:
    """A formulation.

    Args:
        title: what it is about.
        goal: sense, expression, meaning.
        variables: by name and indices such as ``ship[plants, shops]``: domain, meaning, and an upper bound if any.
        constraints: by their meaning: forall, expression.
        sets: elements by name.
        parameters: by name and indices: values and meaning.
        unit: of the objective.
    """
    sense, expression, meaning = goal
    return Formulation.model_validate(
        {
            "title": title,
            "sets": [{"name": name, "elements": list(elements)} for name, elements in (sets or {}).items()],
            "parameters": [
                {**_shape(shape), "values": values, "meaning": text}
                for shape, (values, text) in (parameters or {}).items()
            ],
            "variables": [_variable(shape, *fields) for shape, fields in variables.items()],
            "objective": {"sense": sense, "expression": expression, "meaning": meaning, "unit": unit},
            "constraints": [
                {"name": f"limit_{number}", "meaning": text, "forall": forall, "expression": condition}
                for number, (text, (forall, condition)) in enumerate(constraints.items(), start=1)
            ],
        }
    )


def _shape(text: str) -> dict[str, Any]:
    match = _SHAPE.fullmatch(text)
    assert match is not None  # generators are ours
    indices = [name.strip() for name in match[2].split(",")] if match[2] else []
    return {"name": match[1], "indices": indices}


def _variable(shape: str, domain: str, meaning: str, upper: Any = None) -> dict[str, Any]:
    return {**_shape(shape), "domain": domain, "meaning": meaning, "upper": upper}


def row(draw: Random, count: int, low: int, high: int) -> list[int]:
    """So many whole numbers."""
    return [draw.randint(low, high) for _ in range(count)]


def grid(draw: Random, rows: int, columns: int, low: int, high: int) -> list[list[int]]:
    """Rows of whole numbers."""
    return [row(draw, columns, low, high) for _ in range(rows)]


def names(letter: str, count: int) -> list[str]:
    """``A1, A2, ...``."""
    return [f"{letter}{number}" for number in range(1, count + 1)]


def plane(draw: Random, count: int, width: int = 60) -> list[list[int]]:
    """Rounded distances between so many random points in the plane."""
    points = [(draw.uniform(0, width), draw.uniform(0, width)) for _ in range(count)]
    return [[round(((a - c) ** 2 + (b - d) ** 2) ** 0.5) for c, d in points] for a, b in points]


def arcs(draw: Random, count: int, extra: int) -> list[tuple[int, int]]:
    """Arcs between the nodes 1 to `count`: a way through all of them, and so many more forward."""
    found = [(node, node + 1) for node in range(1, count)]
    others = [(i, j) for i in range(1, count + 1) for j in range(i + 2, count + 1)]
    return found + draw.sample(others, min(extra, len(others)))


def by_arc(found: Sequence[tuple[int, int]], values: Sequence[float]) -> dict[str, float]:
    """Values by arc, as a parameter takes them."""
    return {f"{i},{j}": value for (i, j), value in zip(found, values, strict=True)}
