"""A parameter for each of many related solves, chosen by nothing but what the solves before have cost."""

import numpy as np

from solvers.errors import ModelError

FORGOTTEN = 0.03
"""Part of what each cost says that is lost with each further solve."""
NOISE = 0.05
"""Variance of a cost around its parameter's, beside the variance over the grid."""
REACH = 1 / 6
"""Length over which neighbours tell of each other, in grids."""


class SmoothBandit:
    """The parameter of least mean less deviation, of a Gaussian process over a grid that forgets.

    It draws nothing: the same costs lead to the same choices. Neighbours tell of each other, so that a grid in order
    is learned sooner. Source: Srinivas et al., Gaussian Process Optimization in the Bandit Setting, arXiv:0912.3995; a
    cost's noise grows with its age, after Bogunovic, Scarlett and Cevher, Time-Varying Gaussian Process Bandit
    Optimization, arXiv:1601.06650. Costs of one parameter enter by their weighted mean, which gives the same process.
    The setting, costs alone and no look at the systems, is that of Khodak et al., Learning to Relax, arXiv:2310.02246.

    Example:
        >>> from solvers.numeric import SmoothBandit
        >>> bandit = SmoothBandit(5)
        >>> for _ in range(30):
        ...     bandit.tell(abs(bandit.suggest() - 1) / 5)
        >>> bandit.suggest()
        1
    """

    def __init__(self, arms: int) -> None:
        """Takes the size of the grid, 2 or more; begins in its middle."""
        if arms < 2:
            raise ModelError(f"the grid has {arms} parameters; give 2 or more")
        places = np.arange(arms)
        self._kernel = np.exp(-0.5 * ((places[:, None] - places) / max(REACH * arms, 0.1)) ** 2)
        self._sums = np.zeros((3, arms))
        self._arm = arms // 2

    def suggest(self) -> int:
        """The place in the grid of the parameter for the next solve."""
        weights, costs, squares = self._sums
        seen = weights > 0
        if not np.any(seen):
            return self._arm
        mean = costs.sum() / weights.sum()
        deviation = np.sqrt(max(squares.sum() / weights.sum() - mean**2, 1e-6 * mean**2, 1e-300))
        heights = (costs[seen] / weights[seen] - mean) / deviation
        system = self._kernel[np.ix_(seen, seen)] + np.diag(NOISE / weights[seen])
        gains = np.linalg.solve(system, self._kernel[seen]).T
        variances = 1.0 - np.sum(gains * self._kernel[:, seen], axis=1)
        self._arm = int(np.argmin(gains @ heights - np.sqrt(np.maximum(variances, 0.0))))
        return self._arm

    def tell(self, cost: float) -> None:
        """Keep the cost of the solve with what was suggested last, in any unit, and forget a part of the others."""
        self._sums *= 1 - FORGOTTEN
        self._sums[:, self._arm] += (1.0, cost, cost**2)
