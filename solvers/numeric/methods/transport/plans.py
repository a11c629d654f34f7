"""What methods of transport are given and give back, and what can be proved of a plan."""

from typing import NamedTuple

import numpy as np

from solvers.numeric.nl.model import Floats
from solvers.numeric.outcome import Outcome


class Masses(NamedTuple):
    """Costs (m, n) and positive masses (m,) and (n,), each of total 1."""

    cost: Floats
    source: Floats
    target: Floats


class Found(NamedTuple):
    """What a method gives back.

    Attributes:
        plan: (m, n).
        potentials: (m,) of the source.
        outcome: as the method sees it.
        error: its own residual.
        evaluations: passes over the cost, or evaluations of the dual; 0 where the library tells none.
        iterations: steps.
    """

    plan: Floats
    potentials: Floats
    outcome: Outcome
    error: float
    evaluations: int
    iterations: int


def rounded(plan: Floats, masses: Masses) -> Floats:
    """A plan with the exact marginals, near one that has them almost.

    Source: Altschuler, Weed and Rigollet, Near-linear time approximation algorithms for optimal transport via
    Sinkhorn iteration, arXiv:1705.09634, Algorithm 2.
    """
    near = plan * np.minimum(1.0, masses.source / np.maximum(plan.sum(1), 1e-300))[:, None]
    near = near * np.minimum(1.0, masses.target / np.maximum(near.sum(0), 1e-300))
    left, right = masses.source - near.sum(1), masses.target - near.sum(0)
    rest = left.sum()
    full: Floats = near + np.outer(np.maximum(left, 0), np.maximum(right, 0)) / max(rest, 1e-300)
    return full


def prices(cost: Floats, potentials: Floats) -> tuple[Floats, Floats]:
    """Potentials f (m,) and g (n,) with f_i + g_j <= C_ij, as large as they can be.

    By duality source'f + target'g is at most the cost of any plan, whatever potentials this begins with.
    """
    g = (cost - potentials[:, None]).min(0)
    f = (cost - g).min(1)
    return f, g
