"""First and second derivatives of a term by forward differentiation that carries only what is not zero.

Of each part of a term go along its value, its slopes by slot of a variable, and its curvatures by pair of slots; all
are arrays with one entry for each instance of the template, so that everything is elementwise and fuses. For a
function of a sum of squares, say, that is a fifteenth of the work of a Hessian column by column.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import jax
import jax.numpy as jnp

from solvers.numeric.nl import operations as op
from solvers.numeric.problem import Key
from solvers.numeric.terms import FUNCTIONS, Array, folded, powered

MOST_SLOTS, MOST_TOKENS = 12, 300
"""Larger terms are left to `jax.hessian`, since what is compiled grows with tokens and pairs of slots."""
Place = TypeVar("Place")
_ADDED = {op.PLUS: (1.0, 1.0), op.MINUS: (1.0, -1.0), op.NEGATE: (-1.0,)}


class Jet(NamedTuple):
    """A value (N,), slopes by slot and curvatures by pair of slots, the lower first; what is missing is zero."""

    value: Array
    slopes: dict[int, Array]
    curves: dict[tuple[int, int], Array]


def jet_of(key: Key, variables: Array, numbers: Array, *, order: int) -> Jet | None:
    """The jet of a template's N instances; None where the term is too large, or has minima, maxima or cases.

    Args:
        key: of the template.
        variables: (N, k).
        numbers: (N, p).
        order: 1 for slopes alone, or 2.
    """
    if len(key) > MOST_TOKENS or variables.shape[1] > MOST_SLOTS:
        return None
    if any(isinstance(token, int) and token in _LEFT_OUT for token in key):
        return None

    def leaf(name: str) -> Jet:
        slot = int(name[1:])
        if name[0] == "n":
            return Jet(numbers[:, slot], {}, {})
        return Jet(variables[:, slot], {slot: jnp.ones(len(variables))}, {})

    return folded(key, leaf, lambda operation, members: _applied(operation, members, order))


_LEFT_OUT = frozenset({op.MIN, op.MAX, op.ALL, op.ANY, op.IF})


def _applied(operation: int | str, members: list[Jet], order: int) -> Jet:
    if isinstance(operation, str):
        power = float(operation[1:])
        return _chained(lambda u: powered(u, power), members, order)
    if operation == op.SUM:
        return _combined(members, (1.0,) * len(members))
    if operation in _ADDED:
        return _combined(members, _ADDED[operation])
    if operation == op.TIMES:
        return _product(*members, order=order)
    return _chained(FUNCTIONS[operation], members, order)


def _combined(members: list[Jet], factors: tuple[float, ...]) -> Jet:
    """A sum with constant factors."""
    found = Jet(0.0, {}, {})
    for member, factor in zip(members, factors, strict=True):
        found = Jet(found.value + factor * member.value, found.slopes, found.curves)
        for slot, slope in member.slopes.items():
            _add(found.slopes, slot, factor * slope)
        for pair, curve in member.curves.items():
            _add(found.curves, pair, factor * curve)
    return found


def _product(left: Jet, right: Jet, *, order: int) -> Jet:
    found = Jet(left.value * right.value, {}, {})
    for one, other in ((left, right), (right, left)):
        for slot, slope in one.slopes.items():
            _add(found.slopes, slot, other.value * slope)
        for pair, curve in one.curves.items():
            _add(found.curves, pair, other.value * curve)
    if order > 1:
        _cross(found.curves, left, right, 1.0)
    return found


def _chained(function: Callable[..., Array], members: list[Jet], order: int) -> Jet:
    """Any elementwise function of jets, by the chain rule; partial derivatives are JAX's."""
    values = [member.value for member in members]
    found = Jet(function(*values), {}, {})
    moving = [place for place, member in enumerate(members) if member.slopes]
    for place in moving:
        partial = _partial(function, place)
        first = partial(*values)
        for slot, slope in members[place].slopes.items():
            _add(found.slopes, slot, first * slope)
        if order == 1:
            continue
        for pair, curve in members[place].curves.items():
            _add(found.curves, pair, first * curve)
        _square(found.curves, members[place], _partial(partial, place)(*values))
        for other in moving:
            if other > place:
                _cross(found.curves, members[place], members[other], _partial(partial, other)(*values))
    return found


def _partial(function: Callable[..., Array], place: int) -> Callable[..., Array]:
    """The derivative of an elementwise function by one argument."""

    def derivative(*values: Array) -> Array:
        def of_one(value: Array) -> Array:
            return function(*values[:place], value, *values[place + 1 :])

        return jax.jvp(of_one, (values[place],), (jnp.ones_like(values[place]),))[1]

    return derivative


def _square(curves: dict[tuple[int, int], Array], member: Jet, second: Array) -> None:
    """Add a second derivative times the square of a jet's slopes."""
    slots = sorted(member.slopes)
    for place, i in enumerate(slots):
        scaled = second * member.slopes[i]
        for j in slots[place:]:
            _add(curves, (i, j), scaled * member.slopes[j])


def _cross(curves: dict[tuple[int, int], Array], left: Jet, right: Jet, second: Array | float) -> None:
    """Add a mixed second derivative times the product of two jets' slopes, both ways."""
    for i, one in left.slopes.items():
        for j, other in right.slopes.items():
            _add(curves, (min(i, j), max(i, j)), second * one * other * (2.0 if i == j else 1.0))


def _add(found: dict[Place, Array], place: Place, part: Array) -> None:
    found[place] = found[place] + part if place in found else part
