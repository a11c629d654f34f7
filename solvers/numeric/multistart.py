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
    sign = -1.0 if is_maximize else 1.0
    found: list[Optimum] = []
    for place in solved[np.argsort(sign * summary.objective[solved], kind="stable")]:
        value, x = float(summary.objective[place]), summary.x[place]
        same = next((k for k, one in enumerate(found) if _is_same(one, value, x)), None)
        if same is not None:
            found[same] = Optimum(found[same].objective, found[same].x, found[same].hits + 1)
        elif len(found) < MOST_OPTIMA:
            found.append(Optimum(value, x, 1))
    return tuple(found)


def _is_same(one: Optimum, value: float, x: Floats) -> bool:
    if abs(one.objective - value) > SAME_VALUE * max(1.0, abs(value)):
        return False
    return bool((np.abs(one.x - x) <= SAME_POINT * np.maximum(1.0, np.abs(x))).all())
