"""Templates to JAX: values, Jacobian and Hessian by group, as gather, elementwise, scatter-add.

All functions here are traced: x is (n,), and `Indices` and `Numbers` are arguments of the compiled program, so that
one program serves every data set of the same structure.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from solvers.numeric.nl import operations as op
from solvers.numeric.problem import Indices, Key, Numbers, Template

Array = Any
"""An array of JAX, traced or not, or one of NumPy."""


class Oracle(NamedTuple):
    """A problem as functions of (data, x): outputs are the objective and then the m rows.

    Attributes:
        outputs: (1 + m,).
        jacobian: (1 + m, n).
        hessian: of the weighted sum of outputs; takes weights (1 + m,), too: (n, n).
    """

    outputs: Callable[[Any, Array], Array]
    jacobian: Callable[[Any, Array], Array]
    hessian: Callable[[Any, Array, Array], Array]


class Data(NamedTuple):
    """The data of a compiled model: shared places, and numbers that may differ by lane."""

    indices: Indices
    numbers: Numbers


class Entries(NamedTuple):
    """A sparse matrix as triplets; equal places add up."""

    rows: Array
    columns: Array
    values: Array


def oracle_of(templates: tuple[Template, ...]) -> Oracle:
    """The functions of models with these templates, whatever their data."""
    return Oracle(
        lambda data, x: outputs(templates, data, x),
        lambda data, x: _dense(jacobian(templates, data, x), (len(data.numbers.constants), len(x))),
        lambda data, x, weights: _dense(hessian(templates, data, x, weights), (len(x), len(x))),
    )


def oracle_of_functions(
    objective: Callable[[Array], Array], rows: Callable[[Array], Array] | None = None
) -> Oracle:
    """The functions of a problem written with `jax.numpy`: f(x) and c(x), (m,)."""

    def stacked(data: Any, x: Array) -> Array:
        del data
        value = jnp.reshape(objective(x), (1,))
        return value if rows is None else jnp.concatenate((value, jnp.ravel(rows(x))))

    def weighted(x: Array, data: Any, weights: Array) -> Array:
        return weights @ stacked(data, x)

    return Oracle(
        stacked,
        lambda data, x: jax.jacfwd(lambda point: stacked(data, point))(x),
        lambda data, x, weights: jax.hessian(weighted)(x, data, weights),
    )


def outputs(templates: tuple[Template, ...], data: Data, x: Array) -> Array:
    """f(x) and c(x): (1 + m,)."""
    indices, numbers = data
    total = (
        jnp.asarray(numbers.constants)
        .at[indices.linear_outputs]
        .add(numbers.linear * x[indices.linear_columns])
    )
    for place, template in enumerate(templates):
        terms = jax.vmap(term_of(template.key))(x[indices.variables[place]], numbers.numbers[place])
        total = total.at[indices.outputs[place]].add(numbers.factors[place] * terms)
    return total


def jacobian(templates: tuple[Template, ...], data: Data, x: Array) -> Entries:
    """The Jacobian of the outputs, (1 + m, n)."""
    indices, numbers = data
    parts = [Entries(indices.linear_outputs, indices.linear_columns, numbers.linear)]
    for place, template in enumerate(templates):
        columns = indices.variables[place]
        slopes = jax.vmap(jax.grad(term_of(template.key)))(x[columns], numbers.numbers[place])
        rows = jnp.broadcast_to(indices.outputs[place][:, None], columns.shape)
        values = numbers.factors[place][:, None] * slopes
        parts.append(Entries(rows.ravel(), columns.ravel(), values.ravel()))
    return _joined(parts)


def hessian(templates: tuple[Template, ...], data: Data, x: Array, weights: Array) -> Entries:
    """The Hessian of the weighted sum of outputs, (n, n), both triangles."""
    indices, numbers = data
    none = jnp.zeros(0, int)
    parts = [Entries(none, none, jnp.zeros(0))]
    for place, template in enumerate(templates):
        columns = indices.variables[place]
        curves = jax.vmap(jax.hessian(term_of(template.key)))(x[columns], numbers.numbers[place])
        factors = numbers.factors[place] * weights[indices.outputs[place]]
        square = (*columns.shape, columns.shape[1])
        parts.append(
            Entries(
                jnp.broadcast_to(columns[:, :, None], square).ravel(),
                jnp.broadcast_to(columns[:, None, :], square).ravel(),
                (factors[:, None, None] * curves).ravel(),
            )
        )
    return _joined(parts)


def _joined(parts: list[Entries]) -> Entries:
    return Entries(
        *(jnp.concatenate([jnp.asarray(piece) for piece in pieces]) for pieces in zip(*parts, strict=True))
    )


def _dense(entries: Entries, shape: tuple[int, int]) -> Array:
    return jnp.zeros(shape).at[entries.rows, entries.columns].add(entries.values)


def term_of(key: Key) -> Callable[[Array, Array], Array]:
    """The function of a template: of its variables (k,) and numbers (p,), a number."""

    def term(variables: Array, numbers: Array) -> Array:
        stack: list[Array] = []
        tokens = list(key)
        while tokens:
            token = tokens.pop()
            if isinstance(token, float):  # the length of a list, in front of which its operator stands
                operation = tokens.pop()
                assert isinstance(operation, int)
                stack.append(_LISTS[operation]([stack.pop() for _ in range(int(token))]))
            elif isinstance(token, int):
                count = op.OPERATIONS[token].arity
                assert count is not None
                stack.append(_FUNCTIONS[token](*(stack.pop() for _ in range(count))))
            elif token[0] == "^":
                stack.append(_powered(stack.pop(), float(token[1:])))
            else:
                stack.append((variables if token[0] == "v" else numbers)[int(token[1:])])
        return stack.pop()

    return term


def _powered(base: Array, power: float) -> Array:
    return jax.lax.integer_pow(base, int(power)) if power else jnp.ones_like(base)


def _truth(holds: Array) -> Array:
    return holds.astype(float)


def _total(members: list[Array]) -> Array:
    total = members[0]
    for member in members[1:]:
        total = total + member
    return total


_LISTS: dict[int, Callable[[list[Array]], Array]] = {
    op.SUM: _total,
    op.MIN: lambda members: jnp.stack(members).min(),
    op.MAX: lambda members: jnp.stack(members).max(),
    op.ALL: lambda members: _truth((jnp.stack(members) != 0).all()),
    op.ANY: lambda members: _truth((jnp.stack(members) != 0).any()),
}
_FUNCTIONS: dict[int, Callable[..., Array]] = {
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
