"""Many starts: where they lie, and which local optima they led to."""

import numpy as np

from solvers.numeric.nl.model import Floats
from solvers.numeric.outcome import are_solved
from solvers.numeric.result import Optimum, Summary

UNBOUNDED_WIDTH = 10.0
"""Half the width, relative to the given start, in which variables without bounds are sampled."""
SAME_VALUE, SAME_POINT = 1e-6, 1e-3
"""Relative distances within which two optima count as one."""
MOST_OPTIMA = 100


def spread(start: Floats, lower: Floats, upper: Floats, count: int, seed: int) -> Floats:
    """The given start and `count - 1` others in the bounds, (count, n), by Latin hypercube sampling.

    Each variable's range is cut into as many parts as there are starts, and each part is met once; so few starts
    still cover every variable. Source: McKay, Beckman and Conover, Technometrics 21 (1979).
    """
    draw = np.random.default_rng(seed)
    reach = UNBOUNDED_WIDTH * np.maximum(1.0, np.abs(start))
    low = np.where(np.isfinite(lower), lower, np.where(np.isfinite(upper), upper, start) - reach)
    high = np.where(np.isfinite(upper), upper, np.where(np.isfinite(lower), lower, start) + reach)
    more = max(0, count - 1)
    parts = draw.permuted(np.tile(np.arange(more), (len(start), 1)), axis=1).T
    shares = (parts + draw.random((more, len(start)))) / max(1, more)
    return np.concatenate((start[None], low + shares * (high - low)))


def distinct(summary: Summary, *, is_maximize: bool) -> tuple[Optimum, ...]:
    """The distinct local optima among solved starts, the best first, `MOST_OPTIMA` at most."""
    solved = np.flatnonzero(are_solved(summary.outcome))
    values = (-1.0 if is_maximize else 1.0) * summary.objective[solved]
    left = solved[np.argsort(values, kind="stable")]
    found: list[Optimum] = []
    while len(left) and len(found) < MOST_OPTIMA:
        value, x = float(summary.objective[left[0]]), summary.x[left[0]]
        is_near = np.abs(summary.objective[left] - value) <= SAME_VALUE * np.maximum(1.0, abs(value))
        distance = np.abs(summary.x[left] - x) / np.maximum(1.0, np.abs(x))
        is_same = is_near & (distance <= SAME_POINT).all(axis=1)
        is_same[0] = True
        found.append(Optimum(value, x, int(is_same.sum())))
        left = left[~is_same]
    return tuple(found)
