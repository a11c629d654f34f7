"""Templates to JAX: values, Jacobian and Hessian by group, as gather, elementwise, scatter-add.

All functions here are traced: x is (n,), and `Indices` and `Numbers` are arguments of the compiled program, so that
one program serves every data set of the same structure.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from solvers.numeric.jets import jet_of
from solvers.numeric.nl.model import Ints
from solvers.numeric.problem import Indices, Numbers, Template
from solvers.numeric.terms import Array as Array
from solvers.numeric.terms import term_of


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
        slots, slopes = _slopes(template, x[columns], numbers.numbers[place])
        columns = columns[:, slots]
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
        first, second, curves = _curves(template, x[columns], numbers.numbers[place])
        factors = numbers.factors[place] * weights[indices.outputs[place]]
        values = (factors[:, None] * curves).ravel()
        parts.append(Entries(columns[:, first].ravel(), columns[:, second].ravel(), values))
    return _joined(parts)


def _slopes(template: Template, variables: Array, numbers: Array) -> tuple[Ints, Array]:
    """The slots of a template that have slopes, and these, (N, slots), of its N instances."""
    jet = jet_of(template.key, variables, numbers, order=1)
    if jet is None:
        slopes = jax.vmap(jax.grad(term_of(template.key)))(variables, numbers)
        return np.arange(template.variables), slopes
    return np.array(list(jet.slopes), int), _columns(list(jet.slopes.values()), len(variables))


def _curves(template: Template, variables: Array, numbers: Array) -> tuple[Ints, Ints, Array]:
    """The pairs of slots of a template that have curvature, both ways, and it, (N, pairs), of its N instances."""
    jet = jet_of(template.key, variables, numbers, order=2)
    if jet is None:
        curves = jax.vmap(jax.hessian(term_of(template.key)))(variables, numbers)
        first, second = np.divmod(np.arange(template.variables**2), max(1, template.variables))
        return first, second, curves.reshape(len(variables), -1)
    found = [(i, j, curve) for (i, j), curve in jet.curves.items()]
    found += [(j, i, curve) for i, j, curve in found if i != j]
    first, second = (np.array([one[end] for one in found], int) for end in (0, 1))
    return first, second, _columns([curve for *_, curve in found], len(variables))


def _columns(parts: list[Array], count: int) -> Array:
    return jnp.stack(parts, axis=1) if parts else jnp.zeros((count, 0))


def _joined(parts: list[Entries]) -> Entries:
    return Entries(
        *(jnp.concatenate([jnp.asarray(piece) for piece in pieces]) for pieces in zip(*parts, strict=True))
    )


def _dense(entries: Entries, shape: tuple[int, int]) -> Array:
    return jnp.zeros(shape).at[entries.rows, entries.columns].add(entries.values)
