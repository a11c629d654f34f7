"""From a problem of `solvers.numeric.methods.problems` to the module that solves it."""

import time
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from solvers.errors import ModelError
from solvers.numeric.methods.answer import MethodResult
from solvers.numeric.methods.bilevel.record import Bilevel
from solvers.numeric.methods.blackbox import solving as blackbox
from solvers.numeric.methods.composite.record import Composite
from solvers.numeric.methods.problems import OverSet, Sum
from solvers.numeric.methods.transport.record import Transport

Problem = Sum | OverSet | Transport | Bilevel | Composite | blackbox.Observed
KINDS = (Sum, OverSet, Transport, Bilevel, Composite, *blackbox.KINDS)


def solve_by_method(
    problem: Problem, start: Any, *, method: str, seed: int, time_limit: float
) -> MethodResult:
    """The result of a method by name, in double precision.

    Args:
        problem: of any kind.
        start: where to begin; what it is depends on the kind.
        method: a name that the kind knows, or auto.
        seed: of everything that is drawn.
        time_limit: seconds; looked at between stretches of steps.

    Raises:
        ModelError: the problem is malformed, or outside what the method takes.
    """
    begun = time.monotonic()
    deadline = begun + time_limit
    with jax.enable_x64(True):
        found = _solved(problem, start, method, seed, deadline)
    if isinstance(found.point, jax.Array):
        found = replace(found, point=np.asarray(found.point))
    return replace(found, seconds=time.monotonic() - begun)


def _solved(problem: Problem, start: Any, method: str, seed: int, deadline: float) -> MethodResult:
    match problem:
        case Sum():
            from solvers.numeric.methods.stochastic.sums import solve_sum

            return solve_sum(problem, start, method=method, seed=seed, deadline=deadline)
        case OverSet():
            from solvers.numeric.methods.oversets import solve_over_set

            return solve_over_set(problem, start, method=method, deadline=deadline)
        case Transport():
            from solvers.numeric.methods.transport.solving import solve_transport

            return solve_transport(problem, start, method=method, deadline=deadline)
        case Bilevel():
            from solvers.numeric.methods.bilevel.solving import solve_bilevel

            return solve_bilevel(problem, start, method=method, deadline=deadline)
        case Composite():
            from solvers.numeric.methods.composite.solving import solve_composite

            return solve_composite(problem, start, method=method, deadline=deadline)
        case _ if isinstance(problem, blackbox.KINDS):
            return blackbox.solve_observed(problem, start, method=method, seed=seed, deadline=deadline)
    raise ModelError(f"{type(problem).__name__} is no kind of problem that methods take")
