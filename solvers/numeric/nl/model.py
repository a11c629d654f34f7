"""A model as an NL file states it: expressions as one graph, linear parts as arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Graph:
    """Expressions over shared nodes, arguments before the operators that take them; N nodes, E arguments.

    Attributes:
        operation: (N,) the operator's number, `NUMBER` or `VARIABLE`.
        number: (N,) the value of a number.
        variable: (N,) the place of a variable.
        starts: (N + 1,) where each node's arguments begin in `arguments`.
        arguments: (E,) nodes.
    """

    operation: Ints
    number: Floats
    variable: Ints
    starts: Ints
    arguments: Ints

    def __len__(self) -> int:
        return len(self.operation)


@dataclass(frozen=True, slots=True)
class Linear:
    """Sums of coefficient times variable, one for each of m rows, as triplets."""

    rows: Ints
    columns: Ints
    values: Floats


@dataclass(frozen=True, slots=True)
class NLModel:
    """min or max f(x) with row_lower <= c(x) <= row_upper, lower <= x <= upper; n variables, m rows.

    f and each row are a nonlinear expression, the root of which is a node of `graph`, plus a linear part.

    Attributes:
        objective_root: node of the objective's nonlinear part; -1 without an objective.
        row_roots: (m,) nodes of the rows' nonlinear parts.
        objective_linear: (n,) coefficients.
        row_linear: the rows' coefficients.
        start: (n,) initial point; 0 where the file has none.
        has_start: (n,) whether the file has one.
        start_duals: (m,) initial multipliers.
        is_integer: (n,) whether a variable is whole.
        options: the first line's numbers, which a solution file repeats.
    """

    graph: Graph
    objective_root: int
    row_roots: Ints
    objective_linear: Floats
    row_linear: Linear
    is_maximize: bool
    lower: Floats
    upper: Floats
    row_lower: Floats
    row_upper: Floats
    start: Floats
    has_start: NDArray[np.bool_]
    start_duals: Floats
    is_integer: NDArray[np.bool_]
    options: tuple[str, ...] = ()

    @property
    def variables(self) -> int:
        """How many: n."""
        return len(self.lower)

    @property
    def rows(self) -> int:
        """How many: m."""
        return len(self.row_lower)
