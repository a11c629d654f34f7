"""Quadratic models of a black box near a point, and attacks: their least points, as candidates for the box itself."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from solvers.numeric.methods.blackbox.trials import Trial
from solvers.numeric.nl.model import Floats

CURVATURE = 1e-3
"""How cheap, beside curvature, slopes are to a model that too few points determine."""
CUTOFF = 1e-12
"""Singular values below this part of the largest are those of points that coincide."""


class Surrogate(NamedTuple):
    """Quadratics in z = (unit - centre) / scale, for f and the m rows at once.

    Attributes:
        centre: (n,) the origin of the model.
        scale: the unit of length.
        constants: (1 + m,).
        linear: (1 + m, n).
        curved: (1 + m, n, n), symmetric.
    """

    centre: Floats
    scale: float
    constants: Floats
    linear: Floats
    curved: Floats

    def values(self, units: Floats) -> Floats:
        """The values of f and rows, (p, 1 + m), at points (p, n) of the unit cube."""
        z = (units - self.centre) / self.scale
        return np.asarray(
            self.constants + z @ self.linear.T + np.einsum("pi,kij,pj->pk", z, self.curved, z) / 2
        )

    def slopes(self, unit: Floats) -> Floats:
        """The gradients of f and rows, (1 + m, n), at one point."""
        return np.asarray((self.linear + self.curved @ ((unit - self.centre) / self.scale)) / self.scale)


def fitted(trials: Sequence[Trial], centre: Floats) -> Surrogate | None:
    """The model of (n + 1)(n + 2)/2 good points, the nearest to a centre; None while there are fewer than n + 2.

    Of the models through too few points it is that of least curvature, nearly: the minimum Frobenius norm of Conn,
    Scheinberg and Vicente, Introduction to Derivative-Free Optimization (2009), section 5.3.
    """
    n = centre.size
    good = [trial for trial in trials if np.isfinite(trial.value)]
    if len(good) < n + 2:
        return None
    good.sort(key=lambda trial: float(np.sum((trial.unit - centre) ** 2)))
    near = good[: (n + 1) * (n + 2) // 2]
    points = np.array([trial.unit for trial in near]) - centre
    data = np.array([np.r_[trial.value, trial.rows] for trial in near])
    scale = max(float(np.max(np.abs(points))), 1e-12)
    z, (i, j) = points / scale, np.triu_indices(n)
    features = np.column_stack(
        [np.ones(len(z)), z, CURVATURE * z[:, i] * z[:, j] * np.where(i == j, 0.5, 1.0)]
    )
    solved = np.linalg.lstsq(features, data, rcond=CUTOFF)[0].T
    curved = np.zeros((len(solved), n, n))
    curved[:, i, j] = curved[:, j, i] = CURVATURE * solved[:, n + 1 :]
    return Surrogate(centre, scale, solved[:, 0], solved[:, 1 : n + 1], curved)


def attack(model: Surrogate, radius: float) -> Floats:
    """A least point of the model, rows kept, in the cube of a radius around its centre and in the unit cube."""
    low, high = np.maximum(model.centre - radius, 0.0), np.minimum(model.centre + radius, 1.0)
    heights = np.maximum(np.abs(model.slopes(model.centre)).max(axis=1) * radius, 1e-300)

    def values(z: Floats) -> Floats:
        return np.asarray(model.values((model.centre + radius * z)[None])[0] / heights)

    def slopes(z: Floats) -> Floats:
        return np.asarray(model.slopes(model.centre + radius * z) * radius / heights[:, None])

    rows = {"type": "ineq", "fun": lambda z: -values(z)[1:], "jac": lambda z: -slopes(z)[1:]}
    found = minimize(
        lambda z: float(values(z)[0]),
        np.zeros(model.centre.size),
        jac=lambda z: slopes(z)[0],
        bounds=list(zip((low - model.centre) / radius, (high - model.centre) / radius, strict=True)),
        constraints=[rows] if len(model.constants) > 1 else [],
        method="SLSQP",
        options={"maxiter": 50},
    )
    return np.asarray(np.clip(model.centre + radius * np.nan_to_num(found.x), low, high))
