"""Which road a smooth problem takes: rules from measurements on two cores, and the reason in words.

Compiled lanes win where many solves share a structure and each is small, since the compilation of a second or more is
spread over them; one solve, and large sparse ones, are IPOPT's, whose linear algebra is sparse.
"""

from dataclasses import dataclass
from typing import Literal

LARGEST_LANE = 100
"""Variables up to which dense lanes were faster than sparse IPOPT in a batch; at 70 they win, at 180 lose."""
SMALLEST_BATCH = 30
"""Solves from which lanes pay when their program is in the cache; a first compilation pays from about 1,000 on."""

Road = Literal["lanes", "ipopt"]


@dataclass(frozen=True, slots=True)
class Route:
    """A road, and why; IPOPT's may hold only until the lanes' program for one solve is compiled."""

    road: Road
    reason: str
    unless_compiled: bool = False


def route(variables: int, solves: int, *, has_ipopt: bool, is_known_to_ipopt: bool = True) -> Route:
    """The road for some solves of one structure.

    Args:
        variables: n.
        solves: how many starts or data sets.
        has_ipopt: whether IPOPT is installed.
        is_known_to_ipopt: whether it takes all operators of the model.
    """
    if not has_ipopt:
        return Route(
            "lanes", 'compiled lanes, since IPOPT is not installed (pip install "optwright[engines]")'
        )
    if not is_known_to_ipopt:
        return Route("lanes", "compiled lanes, since IPOPT's reader does not know an operator of the model")
    if variables > LARGEST_LANE:
        return Route(
            "ipopt", f"IPOPT, since {variables} variables are solved fastest by sparse linear algebra"
        )
    if solves < SMALLEST_BATCH:
        reason = f"IPOPT, since compiling does not pay for {_counted(solves)}"
        return Route("ipopt", reason, unless_compiled=solves == 1)
    return Route("lanes", f"compiled lanes, {solves} solves of {variables} variables side by side")


def _counted(solves: int) -> str:
    return "one solve" if solves == 1 else f"{solves} solves"
