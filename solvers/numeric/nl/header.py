"""The ten lines with which an NL file begins: sizes, and which variables are whole."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.numeric.nl.limits import NLLimits
from solvers.numeric.nl.lines import Lines

_COUNTS = (3, 2, 2, 3, 2, 5, 2, 0, 5)
"""How many numbers the lines after the first must have."""


class Header(NamedTuple):
    """What the header declares."""

    options: tuple[str, ...]
    variables: int
    rows: int
    objectives: int
    entries: int
    definitions: int
    is_integer: NDArray[np.bool_]


def read_header(lines: Lines, limits: NLLimits) -> Header:
    """The header of a text NL file, its sizes checked against the limits before anything is made of them.

    Raises:
        NLError: it is no text NL file, or declares what no road takes.
    """
    first = lines.next()
    if first[:1] == "b":
        raise lines.error("this is a binary NL file; write it as text, with a first line that begins with g")
    if first[:1] != "g":
        raise lines.error("this is no NL file; its first line must begin with g")
    numbers = [_numbers(lines, least) for least in _COUNTS]
    sizes, network, nonlinear, flags, discrete = (numbers[place] for place in (0, 2, 3, 4, 5))
    variables, rows, objectives = sizes[:3]
    entries, definitions = numbers[6][0], sum(numbers[8])
    for what, value, most in (
        ("variables", variables, limits.variables),
        ("constraints", rows, limits.rows),
        ("linear coefficients", entries, limits.entries),
        ("defined variables", definitions, limits.nodes),
    ):
        if value > most:
            raise lines.error(f"it declares {value} {what}; the limit is {most}")
    if any(network) or flags[0]:
        raise lines.error("network constraints are not taken; write them as linear rows")
    if len(sizes) > 5 and sizes[5]:
        raise lines.error("logical constraints are not taken; write them with whole variables")
    if flags[1]:
        raise lines.error(f"it declares {flags[1]} external functions, which are code; they are not taken")
    if objectives > 1:
        raise lines.error(f"it has {objectives} objectives; keep one")
    is_integer = _integers(lines, variables, nonlinear, discrete)
    options = tuple(first[1:].split())
    return Header(options, variables, rows, objectives, entries, definitions, is_integer)


def _numbers(lines: Lines, least: int) -> list[int]:
    found = [lines.whole(part, what="a count of the header") for part in lines.next().split()]
    if len(found) < least:
        raise lines.error(f"expected {least} counts, found {len(found)}")
    return found


def _integers(lines: Lines, variables: int, nonlinear: list[int], discrete: list[int]) -> NDArray[np.bool_]:
    """Which variables are whole: the last ones of each nonlinear group, and the last ones of all.

    The groups are those nonlinear in both constraints and objective, in constraints alone, in the objective alone.
    """
    in_rows, in_objective, in_both = nonlinear
    binary, integer, whole_both, whole_rows, whole_objective = discrete
    ends = (in_both, max(in_rows, in_both), max(in_rows, in_objective))
    groups = zip((0, *ends[:2]), ends, (whole_both, whole_rows, whole_objective), strict=True)
    is_integer = np.zeros(variables, bool)
    if ends[2] + binary + integer > variables:
        raise lines.error("its counts of nonlinear and discrete variables exceed that of variables")
    for start, end, count in groups:
        if count > end - start:
            raise lines.error("it declares more discrete variables than there are in their group")
        is_integer[end - count : end] = True
    is_integer[variables - binary - integer :] = True
    return is_integer
