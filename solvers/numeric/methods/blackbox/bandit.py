"""A parameter for each of many related solves, chosen by nothing but what the solves before have cost."""

from typing import Protocol

import numpy as np

from solvers.numeric.nl.model import Floats

FORGOTTEN = 0.03
"""Part of what each cost says that is lost with each further solve."""
NOISE = 0.05
"""Variance of a cost around its parameter's, beside the variance over the grid."""
REACH = 1 / 6
"""Length over which neighbours tell of each other, in grids."""


class Chooser(Protocol):
    """Suggests a parameter of the grid for the next solve, and is told what that solve cost."""

    def suggest(self) -> int:
        """The place of a parameter in the grid."""

    def tell(self, cost: float) -> None:
        """The cost of the solve with what was suggested last, as a part of the dearest: 0 to 1."""


class SmoothBandit:
    """The parameter of least mean less deviation, of a Gaussian process over an ordered grid that forgets.

    Source: Srinivas et al., Gaussian Process Optimization in the Bandit Setting, arXiv:0912.3995; a cost's noise grows
    with its age, after Bogunovic, Scarlett and Cevher, Time-Varying Gaussian Process Bandit Optimization,
    arXiv:1601.06650. Costs of one parameter enter by their weighted mean, which gives the same process.
    """

    def __init__(self, arms: int) -> None:
        """Takes the size of the grid; begins in its middle."""
        places = np.arange(arms)
        self._kernel = np.exp(-0.5 * ((places[:, None] - places) / max(REACH * arms, 0.1)) ** 2)
        self._sums = np.zeros((3, arms))
        self._arm = arms // 2

    def suggest(self) -> int:
        """The next one; drawn from nothing, so the same costs lead to the same choices."""
        weights, costs, squares = self._sums
        seen = weights > 0
        if not np.any(seen):
            return self._arm
        mean = costs.sum() / weights.sum()
        deviation = np.sqrt(max(squares.sum() / weights.sum() - mean**2, 1e-6))
        heights = (costs[seen] / weights[seen] - mean) / deviation
        system = self._kernel[np.ix_(seen, seen)] + np.diag(NOISE / weights[seen])
        gains = np.linalg.solve(system, self._kernel[seen]).T
        variances = 1.0 - np.sum(gains * self._kernel[:, seen], axis=1)
        self._arm = int(np.argmin(gains @ heights - np.sqrt(np.maximum(variances, 0.0))))
        return self._arm

    def tell(self, cost: float) -> None:
        """Keep a cost, and forget a part of the others."""
        self._sums *= 1 - FORGOTTEN
        self._sums[:, self._arm] += (1.0, cost, cost**2)


class TsallisInf:
    """Draws from the p of least <p, costs> - (4 / rate) sum sqrt(p), costs weighed by 1 / p, rate = 2 / sqrt(t).

    Its expected total is behind that of the best fixed parameter by at most a constant times sqrt(grid x solves),
    whatever the solves are; the grid needs no order. Source: Khodak, Chow, Balcan and Talwalkar, Learning to Relax,
    arXiv:2310.02246, algorithm 1, and for p Zimmert and Seldin, Tsallis-INF, arXiv:1807.07623.
    """

    def __init__(self, arms: int, seed: int) -> None:
        """Takes the size of the grid and a seed."""
        self._costs = np.zeros(arms)
        self._draw = np.random.default_rng(seed)
        self._time, self._arm, self._chance = 0, 0, 1.0

    def suggest(self) -> int:
        """The next one, drawn."""
        self._time += 1
        chances = tsallis_chances(self._costs, 2.0 / float(np.sqrt(self._time)))
        self._arm = int(self._draw.choice(chances.size, p=chances))
        self._chance = float(chances[self._arm])
        return self._arm

    def tell(self, cost: float) -> None:
        """Keep a cost, weighed by how seldom it is seen."""
        self._costs[self._arm] += cost / self._chance


def tsallis_chances(costs: Floats, rate: float) -> Floats:
    """4 / (rate (costs - x))^2, (a,), with the x below all costs by which they sum to 1; Newton's method."""
    x = float(np.min(costs)) - 2.0 / rate
    for _ in range(100):
        chances = 4.0 / (rate * (costs - x)) ** 2
        excess = float(np.sum(chances)) - 1.0
        if excess < 1e-12:
            break
        x -= excess / (rate * float(np.sum(chances**1.5)))
    return np.asarray(chances / np.sum(chances))
