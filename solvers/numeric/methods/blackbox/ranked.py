"""Descent where nothing is seen but the order of candidates: ZO-RankSGD, CMA-ES."""

import math
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from solvers.errors import ModelError
from solvers.numeric.methods.answer import MethodResult, answered
from solvers.numeric.methods.blackbox.extra import library
from solvers.numeric.methods.blackbox.problems import Ranked
from solvers.numeric.nl.model import Floats
from solvers.numeric.outcome import Outcome

SHORTER = 0.7
"""From one length of a line search to the next."""
NARROWER = 0.8
"""The spread after a line search that found nothing."""
LONGEST = 8.0
"""The first length of a line search, in spreads times sqrt(n)."""
MOST_VARIABLES = 100
"""Up to which auto takes cma-es."""
METHODS = ("rank-sgd", "cma-es")


def estimate(directions: Floats, order: Sequence[int]) -> Floats:
    """The rank-based estimate of the gradient's direction, (n,), from m directions (m, n) and their order.

    The mean of worse less better over all pairs whose order is known: equation (6) of the paper. One of k named ones
    is known to be better than those named after it and than all that are not named.
    """
    m, k = len(directions), len(order)
    place = np.full(m, k)
    place[list(order)] = np.arange(k)
    # A direction of place p is the worse one of min(p, k) pairs, and the better one of m - 1 - p if it is named.
    counts = np.where(place < k, 2 * place - (m - 1), k)
    pairs = k * (m - 1) - k * (k - 1) / 2
    return np.asarray(counts @ directions / pairs)


def solve_ranked(problem: Ranked, start: Any, *, method: str, seed: int, deadline: float) -> MethodResult:
    """The point reached, of unknown objective (NaN); `evaluations` counts calls of the ranking.

    Args:
        problem: the ranking; cma-es needs complete ones, rank-sgd the best candidate or more.
        start: (n,).
        method: rank-sgd, cma-es, or auto: cma-es up to 100 variables.
        seed: of the candidates.
        deadline: on `time.monotonic()`.

    Raises:
        ModelError: the problem is malformed, or the ranking is none of what it was shown.
        EngineMissing: the library behind cma-es is not installed.
    """
    x = _checked(problem, start)
    name = method if method != "auto" else "cma-es" if 2 <= x.size <= MOST_VARIABLES else "rank-sgd"
    if name not in METHODS:
        raise ModelError(
            f"there is no method {method!r} for rankings; take auto or one of {', '.join(METHODS)}"
        )
    if name == "cma-es" and x.size < 2:
        raise ModelError("cma-es needs two variables or more; take rank-sgd")
    x, calls, source = (_rank_sgd if name == "rank-sgd" else _cma)(problem, x, seed, deadline)
    return answered(
        x, math.nan, Outcome.LIMIT, error=math.nan, evaluations=calls, iterations=calls,
        route=f"{name}, {source}; the objective is never seen",
    )  # fmt: skip


def _rank_sgd(problem: Ranked, x: Floats, seed: int, deadline: float) -> tuple[Floats, int, str]:
    """Tang, Rybin and Chang, Zeroth-Order Optimization Meets Human Feedback, arXiv:2303.03751, algorithm 2.

    Candidates x + spread xi rank into a direction, then points along it, x among them, rank into a step. Where x stays
    the best the spread falls, which is ours.
    """
    draw = np.random.default_rng(seed)
    spread, calls = problem.spread, 0
    while calls + 2 <= problem.calls and time.monotonic() < deadline:
        directions = draw.normal(size=(problem.candidates, x.size))
        slope = estimate(directions, _order(problem, x + spread * directions))
        slope /= max(float(np.linalg.norm(slope)), 1e-300)
        lengths = LONGEST * spread * math.sqrt(x.size) * SHORTER ** np.arange(problem.candidates - 1)
        line = np.vstack([x, x - lengths[:, None] * slope])
        best = _order(problem, line)[0]
        calls += 2
        if best == 0:
            spread *= NARROWER
        else:
            x = line[best]
    return x, calls, "ZO-RankSGD, arXiv:2303.03751"


def _cma(problem: Ranked, x: Floats, seed: int, deadline: float) -> tuple[Floats, int, str]:
    """Hansen, The CMA Evolution Strategy, arXiv:1604.00772, which uses values for their order alone."""
    search = library("cmaes", "cmaes").CMA(x, problem.spread, population_size=problem.candidates, seed=seed)
    calls = 0
    while calls < problem.calls and time.monotonic() < deadline:
        points = np.array([search.ask() for _ in range(problem.candidates)])
        order = _order(problem, points)
        if len(order) < len(points):
            raise ModelError(
                f"the ranking names {len(order)} of {len(points)} candidates; cma-es needs all, rank-sgd does not"
            )
        search.tell([(points[index], float(place)) for place, index in enumerate(order)])
        calls += 1
    return np.asarray(search.mean), calls, "Hansen (2016)"


def _order(problem: Ranked, points: Floats) -> list[int]:
    order = [int(index) for index in problem.rank(points.copy())]
    if not order or len(set(order)) < len(order) or not all(0 <= index < len(points) for index in order):
        raise ModelError(
            f"the ranking of {len(points)} candidates is {order}; give the indices of the best ones, the best first"
        )
    return order


def _checked(problem: Ranked, start: Any) -> Floats:
    if start is None:
        raise ModelError("a ranking needs a start: its length says how many variables there are")
    x = np.asarray(start, float)
    if x.ndim != 1 or not x.size or not np.all(np.isfinite(x)):
        raise ModelError(f"the start has shape {x.shape}; give a vector of finite numbers")
    if problem.candidates < 3 or problem.calls < 2 or not 0 < problem.spread < math.inf:
        raise ModelError(
            f"{problem.candidates} candidates, {problem.calls} calls, a spread of {problem.spread}; "
            "take 3, 2 and a positive number, or more"
        )
    return x
