"""Values, gradients and Hessian products of a model by NumPy alone, independent of every solver.

The graph is cut into batches of one operator each, arguments before the operators that take them; a batch is one
vectorized step. Derivatives come from one sweep back (reverse mode); Hessian products from the same sweep carrying a
direction along. Source: Griewank and Walther, Evaluating Derivatives, SIAM (2008), chapters 3 and 5.
"""

from typing import NamedTuple

import numpy as np

from solvers.numeric.nl import operations as op
from solvers.numeric.nl.derivatives import BINARY, RELATIONS, UNARY, Second
from solvers.numeric.nl.model import Floats, Graph, Ints, NLModel


class Batch(NamedTuple):
    """K nodes with the same operator, none of which needs another, and their E arguments.

    Attributes:
        nodes: (K,) places.
        arguments: (E,) places; of operators of a fixed arity all first ones, then all second ones and so on.
        owners: (E,) the place in `nodes` of each argument's operator.
    """

    operation: int
    nodes: Ints
    arguments: Ints
    owners: Ints


class Values(NamedTuple):
    """f(x) and the m rows' c(x)."""

    objective: float
    rows: Floats


class Evaluator:
    """Values and derivatives of one model; each call takes a point x of n values."""

    def __init__(self, model: NLModel) -> None:
        """Sorts the graph once."""
        self._model = model
        self._batches = _batches(model.graph)
        self._leaves = np.flatnonzero(model.graph.operation == op.VARIABLE)
        self._of_leaf = model.graph.variable[self._leaves]

    def values(self, x: Floats) -> Values:
        """f(x) and c(x); NaN or infinite where a function is not defined."""
        model, node = self._model, self._forward(x)
        with np.errstate(all="ignore"):
            objective = float(x @ model.objective_linear)
            objective += float(node[model.objective_root]) if model.objective_root >= 0 else 0.0
            linear = model.row_linear
            linear_rows = np.bincount(linear.rows, linear.values * x[linear.columns], model.rows)
            return Values(objective, linear_rows + node[model.row_roots])

    def gradient(self, x: Floats, weight: float, multipliers: Floats) -> Floats:
        """The gradient of weight * f + multipliers'c: n values."""
        return self._sweep(x, np.zeros_like(x), weight, multipliers)[0]

    def hessian_product(self, x: Floats, direction: Floats, weight: float, multipliers: Floats) -> Floats:
        """The Hessian of weight * f + multipliers'c times a direction: n values."""
        return self._sweep(x, direction, weight, multipliers)[1]

    def hessian(self, x: Floats, weight: float, multipliers: Floats) -> Floats:
        """The dense Hessian of weight * f + multipliers'c, by n products: (n, n)."""
        columns = [self.hessian_product(x, unit, weight, multipliers) for unit in np.eye(len(x))]
        return np.array(columns).reshape(len(x), len(x))

    def jacobian(self, x: Floats) -> Floats:
        """The dense Jacobian of the rows, one sweep each: (m, n)."""
        rows = [self.gradient(x, 0.0, unit) for unit in np.eye(self._model.rows)]
        return np.array(rows).reshape(self._model.rows, len(x))

    def _forward(self, x: Floats) -> Floats:
        graph = self._model.graph
        value = np.where(graph.operation == op.NUMBER, graph.number, 0.0)
        value[self._leaves] = x[self._of_leaf]
        with np.errstate(all="ignore"):
            for batch in self._batches:
                value[batch.nodes] = _value(batch, value)
        return value

    def _sweep(
        self, x: Floats, direction: Floats, weight: float, multipliers: Floats
    ) -> tuple[Floats, Floats]:
        """Gradient of the weighted sum and its derivative along a direction."""
        model, value = self._model, self._forward(x)
        dot, adjoint, adjoint_dot = np.zeros((3, len(value)))
        dot[self._leaves] = direction[self._of_leaf]
        if model.objective_root >= 0:
            adjoint[model.objective_root] += weight
        np.add.at(adjoint, model.row_roots, multipliers)
        with np.errstate(all="ignore"):
            partials = [_partials(batch, value) for batch in self._batches]
            for batch, (first, _) in zip(self._batches, partials, strict=True):
                dot[batch.nodes] = _forward_dot(batch, first, dot)
            for batch, (first, second) in zip(reversed(self._batches), reversed(partials), strict=True):
                _back(batch, first, second, dot, adjoint, adjoint_dot)
        gradient = weight * model.objective_linear
        linear = model.row_linear
        gradient = gradient + np.bincount(linear.columns, linear.values * multipliers[linear.rows], len(x))
        np.add.at(gradient, self._of_leaf, adjoint[self._leaves])
        product = np.zeros_like(x)
        np.add.at(product, self._of_leaf, adjoint_dot[self._leaves])
        return gradient, product


def _batches(graph: Graph) -> list[Batch]:
    """The operators' nodes by depth and operator."""
    depth = np.zeros(len(graph), np.int64)
    starts, arguments = graph.starts.tolist(), graph.arguments.tolist()
    for node in np.flatnonzero(graph.operation >= 0).tolist():
        depth[node] = 1 + max(depth[child] for child in arguments[starts[node] : starts[node + 1]])
    inner = np.flatnonzero(graph.operation >= 0)
    keys = np.stack((depth[inner], graph.operation[inner]))
    order = np.lexsort(keys[::-1])
    cuts = np.flatnonzero(np.any(np.diff(keys[:, order], axis=1), axis=0)) + 1
    return [_batch(graph, nodes) for nodes in np.split(inner[order], cuts) if len(nodes)]


def _batch(graph: Graph, nodes: Ints) -> Batch:
    operation = int(graph.operation[nodes[0]])
    arity = op.OPERATIONS[operation].arity
    if arity is not None:
        places = graph.starts[nodes] + np.arange(arity)[:, None]
        return Batch(operation, nodes, graph.arguments[places].ravel(), np.tile(np.arange(len(nodes)), arity))
    counts = graph.starts[nodes + 1] - graph.starts[nodes]
    owners = np.repeat(np.arange(len(nodes)), counts)
    places = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts - graph.starts[nodes], counts)
    return Batch(operation, nodes, graph.arguments[places], owners)


def _value(batch: Batch, value: Floats) -> Floats:
    """The batch's values from those of its arguments."""
    operation, count = batch.operation, len(batch.nodes)
    given = value[batch.arguments]
    if operation == op.SUM:
        return np.asarray(np.bincount(batch.owners, given, count), float)
    if operation in _REDUCED:
        return _REDUCED[operation].reduceat(given, _firsts(batch))
    if operation in (op.ALL, op.ANY):
        reduce = np.minimum if operation == op.ALL else np.maximum
        return reduce.reduceat((given != 0).astype(float), _firsts(batch))
    if operation in UNARY:
        return UNARY[operation].value(given)
    first, second, *third = given.reshape(-1, count)
    if operation == op.PLUS:
        return first + second
    if operation == op.MINUS:
        return first - second
    if operation == op.IF:
        return np.where(first != 0, second, third[0])
    return BINARY[operation][0](first, second) if operation in BINARY else RELATIONS[operation](first, second)


def _firsts(batch: Batch) -> Ints:
    """Where the arguments of each node begin."""
    return np.searchsorted(batch.owners, np.arange(len(batch.nodes)))


def _partials(batch: Batch, value: Floats) -> tuple[Floats, Second | None]:
    """First partial derivatives by argument, (E,), and second ones where they are not 0."""
    operation, given, own = batch.operation, value[batch.arguments], value[batch.nodes]
    if operation in (op.SUM, op.PLUS):
        return np.ones_like(given), None
    if operation == op.MINUS:
        return np.repeat((1.0, -1.0), len(own)), None
    if operation in UNARY:
        rule, zero = UNARY[operation], np.zeros_like(own)
        return rule.first(given, own), Second(zero, zero, rule.second(given, own), zero, zero)
    if operation in BINARY:
        second = BINARY[operation][1](*given.reshape(2, -1))
        return np.concatenate(second[:2]), second
    first = np.zeros_like(given)
    if operation in _REDUCED:  # the first of those that attain the extreme value
        attained = np.flatnonzero(given == own[batch.owners])
        first[attained[np.unique(batch.owners[attained], return_index=True)[1]]] = 1.0
    if operation == op.IF:
        holds = given[: len(own)] != 0
        first[len(own) :] = np.concatenate((holds, ~holds))
    return first, None


def _forward_dot(batch: Batch, first: Floats, dot: Floats) -> Floats:
    moved = _product(first, dot[batch.arguments])
    return np.asarray(np.bincount(batch.owners, moved, len(batch.nodes)), float)


def _back(
    batch: Batch, first: Floats, second: Second | None, dot: Floats, adjoint: Floats, adjoint_dot: Floats
) -> None:
    """Hand the adjoints of a batch, and their derivatives along the direction, to its arguments."""
    above, above_dot = adjoint[batch.nodes], adjoint_dot[batch.nodes]
    to_arguments = _product(above_dot[batch.owners], first)
    if second is not None:
        moved = dot[batch.arguments].reshape(-1, len(batch.nodes))
        bends = [_product(second.uu, moved[0])]
        if len(moved) == 2:
            bends = [bends[0] + _product(second.uv, moved[1])]
            bends.append(_product(second.uv, moved[0]) + _product(second.vv, moved[1]))
        to_arguments += np.concatenate([_product(above, bend) for bend in bends])
    np.add.at(adjoint, batch.arguments, _product(above[batch.owners], first))
    np.add.at(adjoint_dot, batch.arguments, to_arguments)


def _product(left: Floats, right: Floats) -> Floats:
    """Their product, 0 where one is 0: a branch that is not taken may be undefined."""
    return np.where((left == 0) | (right == 0), 0.0, left * right)


_REDUCED = {op.MIN: np.minimum, op.MAX: np.maximum}
