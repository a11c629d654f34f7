"""What goes into a lane and comes out of it: the one vocabulary of all kernels."""

from typing import NamedTuple

from solvers.numeric.compile import Array
from solvers.numeric.outcome import Outcome as Outcome


class Bounds(NamedTuple):
    """Of variables (n,) and rows (m,)."""

    lower: Array
    upper: Array
    row_lower: Array
    row_upper: Array


class Answer(NamedTuple):
    """What a lane has found.

    Attributes:
        x: (n,) the point.
        y: (m,) multipliers: the change of the minimized objective per unit of each row's limit.
        objective: f(x).
        violation: the largest violation of a row.
        error: the largest residual of the first-order conditions, scaled.
        outcome: an `Outcome`.
        sweeps: trial steps taken.
    """

    x: Array
    y: Array
    objective: Array
    violation: Array
    error: Array
    outcome: Array
    sweeps: Array
