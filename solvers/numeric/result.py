"""What a numerical solve gives back."""

from dataclasses import dataclass

from solvers.numeric.certificate import PointCertificate
from solvers.numeric.nl.model import Floats, Ints
from solvers.numeric.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Optimum:
    """A local optimum that starts led to: f in the model's own sense, and how many starts."""

    objective: float
    x: Floats
    hits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The best of all starts of one problem.

    Attributes:
        outcome: how the search for it ended; a local claim always.
        x: (n,) the point.
        y: (m,) the change of the objective, in the model's own sense, per unit of each row's limit.
        objective: f(x), in the model's own sense.
        violation: the largest violation of a row.
        error: the kernel's own residual of the first-order conditions, scaled.
        certificate: residuals computed again from the NL file; None for functions written in Python.
        optima: the distinct local optima found, the best first.
        starts: how many starts were tried.
        solved: how many of these reached a local optimum.
        iterations: trial steps of all starts together.
        route: which road, and why.
        seconds: wall time, compilation included.
    """

    outcome: Outcome
    x: Floats
    y: Floats
    objective: float
    violation: float
    error: float
    certificate: PointCertificate | None
    optima: tuple[Optimum, ...]
    starts: int
    solved: int
    iterations: int
    route: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Summary:
    """Outcomes of B solves as arrays: (B,) each, x (B, n), y (B, m); objectives in each model's own sense."""

    outcome: Ints
    x: Floats
    y: Floats
    objective: Floats
    violation: Floats
    error: Floats
    iterations: Ints
