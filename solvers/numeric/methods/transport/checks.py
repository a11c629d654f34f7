"""What is wrong with a transport problem, by name; no engine is imported here, so that a service can ask first."""

from typing import Any

import numpy as np

from solvers.errors import ModelError
from solvers.numeric.methods.transport.record import Transport
from solvers.numeric.nl.model import Floats

METHODS = ("exact", "sparse", "sinkhorn-newton")
EQUAL = 1e-9
"""Up to which part of the total the totals of source and target may differ."""


def check_options(problem: Transport, method: str) -> None:
    """Refuses methods that there are not, and options that do not fit the method.

    Raises:
        ModelError: it names the option.
    """
    if method not in METHODS:
        raise ModelError(
            f"there is no method {method!r} of transport; take auto or one of {', '.join(METHODS)}"
        )
    if not 0 < problem.tolerance < 1:
        raise ModelError(f"the tolerance is {problem.tolerance}; give a number between 0 and 1")
    if problem.reg is not None and not 0 < problem.reg < float("inf"):
        raise ModelError(f"reg is {problem.reg}; give a positive number, in units of the cost")
    if problem.reg is not None and method == "exact":
        raise ModelError("exact transport takes no reg; leave it out, or take sinkhorn-newton")
    if (problem.nonzeros is not None) != (method == "sparse"):
        raise ModelError("nonzeros and the method sparse belong together; give both or neither")
    if problem.nonzeros is not None and problem.nonzeros < 1:
        raise ModelError(f"{problem.nonzeros} nonzeros a column were asked for; take 1 or more")


def arrays_of(problem: Transport) -> tuple[Floats, Floats, Floats]:
    """Cost (m, n) and masses (m,) and (n,), checked.

    Raises:
        ModelError: it names what is malformed, and where.
    """
    cost = _numbers("cost", problem.cost, 2)
    source, target = _numbers("source", problem.source, 1), _numbers("target", problem.target, 1)
    if cost.shape != (source.size, target.size) or not cost.size:
        raise ModelError(
            f"the cost has shape {cost.shape}; {source.size} sources and {target.size} targets need"
            f" ({source.size}, {target.size})"
        )
    if float(cost.max()) - float(cost.min()) == float("inf"):
        raise ModelError("the range of the costs is beyond double precision; give them in another unit")
    for name, masses in (("source", source), ("target", target)):
        if np.any(masses < 0):
            raise ModelError(f"{name} {int(np.argmax(masses < 0))} has negative mass {masses.min()}")
    if not source.sum() > 0:
        raise ModelError("the source has no mass; there is nothing to transport")
    if abs(source.sum() - target.sum()) > EQUAL * source.sum():
        raise ModelError(
            f"the source's total is {source.sum()}, the target's {target.sum()}; make them equal"
        )
    return cost, source, target


def _numbers(name: str, given: Any, dimensions: int) -> Floats:
    try:
        array = np.asarray(given, float)
    except (TypeError, ValueError) as error:
        raise ModelError(f"the {name} is no array of numbers: {error}") from error
    if array.ndim != dimensions:
        raise ModelError(f"the {name} has shape {array.shape}; give an array of {dimensions} dimensions")
    if not np.all(np.isfinite(array)):
        raise ModelError(f"the {name} has entries that are not finite")
    return array
