"""Templates as functions: a key in prefix order is folded, whatever its leaves stand for."""

import math
from collections.abc import Callable
from typing import Any, TypeVar

import jax
import jax.numpy as jnp

from solvers.numeric.nl import operations as op
from solvers.numeric.problem import Key

Array = Any
"""An array of JAX, traced or not, or one of NumPy."""
Folded = TypeVar("Folded")


def folded(
    key: Key, leaf: Callable[[str], Folded], applied: Callable[[int | str, list[Folded]], Folded]
) -> Folded:
    """What a term comes to.

    Args:
        key: of the template.
        leaf: of a variable "v0" or a number "n0".
        applied: of an operator, or a literal power "^2", and its arguments.
    """
    stack: list[Folded] = []
    tokens = list(key)
    while tokens:
        token = tokens.pop()
        if isinstance(token, float):  # the length of a list, in front of which its operator stands
            operation = tokens.pop()
            assert isinstance(operation, int)
            stack.append(applied(operation, [stack.pop() for _ in range(int(token))]))
        elif isinstance(token, int):
            count = op.OPERATIONS[token].arity
            assert count is not None
            stack.append(applied(token, [stack.pop() for _ in range(count)]))
        elif token[0] == "^":
            stack.append(applied(token, [stack.pop()]))
        else:
            stack.append(leaf(token))
    return stack.pop()


def term_of(key: Key) -> Callable[[Array, Array], Array]:
    """The function of a template: of its variables (k,) and numbers (p,), a number."""

    def term(variables: Array, numbers: Array) -> Array:
        return folded(key, lambda leaf: (variables if leaf[0] == "v" else numbers)[int(leaf[1:])], _applied)

    return term


def _applied(operation: int | str, members: list[Array]) -> Array:
    if isinstance(operation, str):
        return powered(members[0], float(operation[1:]))
    if operation in LISTS:
        return LISTS[operation](members)
    return FUNCTIONS[operation](*members)


def powered(base: Array, power: float) -> Array:
    """A literal power."""
    return jax.lax.integer_pow(base, int(power)) if power else jnp.ones_like(base)


def _truth(holds: Array) -> Array:
    return holds.astype(float)


def _total(members: list[Array]) -> Array:
    total = members[0]
    for member in members[1:]:
        total = total + member
    return total


LISTS: dict[int, Callable[[list[Array]], Array]] = {
    op.SUM: _total,
    op.MIN: lambda members: jnp.stack(members).min(),
    op.MAX: lambda members: jnp.stack(members).max(),
    op.ALL: lambda members: _truth((jnp.stack(members) != 0).all()),
    op.ANY: lambda members: _truth((jnp.stack(members) != 0).any()),
}
FUNCTIONS: dict[int, Callable[..., Array]] = {
    op.PLUS: lambda u, v: u + v,
    op.MINUS: lambda u, v: u - v,
    op.TIMES: lambda u, v: u * v,
    op.DIVIDE: lambda u, v: u / v,
    op.POWER: jnp.power,
    op.POWER_NUMBER: jnp.power,
    op.NUMBER_POWER: jnp.power,
    op.LESS: lambda u, v: jnp.maximum(u - v, 0.0),
    op.FLOOR: jnp.floor,
    op.CEIL: jnp.ceil,
    op.ABS: jnp.abs,
    op.NEGATE: lambda u: -u,
    op.OR: lambda u, v: _truth((u != 0) | (v != 0)),
    op.AND: lambda u, v: _truth((u != 0) & (v != 0)),
    op.LT: lambda u, v: _truth(u < v),
    op.LE: lambda u, v: _truth(u <= v),
    op.EQ: lambda u, v: _truth(u == v),
    op.GE: lambda u, v: _truth(u >= v),
    op.GT: lambda u, v: _truth(u > v),
    op.NE: lambda u, v: _truth(u != v),
    op.NOT: lambda u: _truth(u == 0),
    op.IF: lambda c, u, v: jnp.where(c != 0, u, v),
    op.TANH: jnp.tanh,
    op.TAN: jnp.tan,
    op.SQRT: jnp.sqrt,
    op.SINH: jnp.sinh,
    op.SIN: jnp.sin,
    op.LOG10: lambda u: jnp.log(u) / math.log(10.0),
    op.LOG: jnp.log,
    op.EXP: jnp.exp,
    op.COSH: jnp.cosh,
    op.COS: jnp.cos,
    op.ATANH: jnp.arctanh,
    op.ATAN2: jnp.arctan2,
    op.ATAN: jnp.arctan,
    op.ASINH: jnp.arcsinh,
    op.ASIN: jnp.arcsin,
    op.ACOSH: jnp.arccosh,
    op.ACOS: jnp.arccos,
    op.SQUARE: lambda u: u * u,
}
