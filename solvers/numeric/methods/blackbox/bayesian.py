"""Bayesian optimization with expected improvement, by the library bayesian-optimization."""

import warnings
from typing import Any

import numpy as np

from solvers.errors import ModelError
from solvers.numeric.methods.answer import MethodResult
from solvers.numeric.methods.blackbox.extra import library
from solvers.numeric.methods.blackbox.problems import BlackBox
from solvers.numeric.methods.blackbox.trials import Trials, begun_at
from solvers.numeric.nl.model import Floats

MOST_VARIABLES = 20
MOST_EVALUATIONS = 500
"""The cost of a step grows with the cube of the points."""
CUT = 2.0
"""Values above the median by more than so many times its height above the least are cut."""
CANDIDATES = 2_000
CLIMBS = 1
"""Of the expected improvement: points drawn, and those of them from which it is maximized."""


def solve_expected_improvement(problem: BlackBox, start: Any, *, seed: int, deadline: float) -> MethodResult:
    """The best point seen; after 2 (n + 1) first ones each is that of most expected improvement.

    The process is one of Matern 5/2 with a length for each variable and a noise, all refitted at each step: Frazier, A
    Tutorial on Bayesian Optimization, arXiv:1807.02811, sections 3 and 4.1. Values far above the median are cut,
    since a process does not follow decades; failed points count as such, so that the search leaves their neighbourhood.

    Args:
        problem: without rows.
        start: (n,) in the box, or None for its centre.
        seed: of the first points and of the search for the next.
        deadline: on `time.monotonic()`.

    Raises:
        ModelError: the problem is malformed, or too large for such a process.
        EngineMissing: the library is not installed.
    """
    trials = Trials(problem, deadline)
    n = trials.box.lower.size
    if n > MOST_VARIABLES or problem.evaluations > MOST_EVALUATIONS:
        raise ModelError(
            f"{n} variables and {problem.evaluations} evaluations; expected improvement takes {MOST_VARIABLES} and "
            f"{MOST_EVALUATIONS} at most"
        )
    search = _Search(n, seed)
    draw = np.random.default_rng(seed)
    trials.at(begun_at(trials.box, start))
    while not trials.is_over:
        is_first = len(trials.done) < 2 * (n + 1) or trials.best is None
        trials.at(draw.uniform(size=n) if is_first else search.next(trials))
    return trials.result("expected-improvement, bayesian-optimization")


class _Search:
    """The library's parts: a process of its kernel before, and the acquisition."""

    def __init__(self, n: int, seed: int) -> None:
        self._spaces = library("bayes_opt.target_space", "bayesian-optimization")
        self._process = library("sklearn.gaussian_process", "scikit-learn")
        kernels = library("sklearn.gaussian_process.kernels", "scikit-learn")
        acquisition = library("bayes_opt.acquisition", "bayesian-optimization")
        self._gain = acquisition.ExpectedImprovement(xi=0.0)
        self._kernel = kernels.Matern(np.full(n, 0.3), (0.05, 20.0), nu=2.5) + kernels.WhiteKernel(
            1e-4, (1e-8, 1.0)
        )
        self._chance = np.random.RandomState(seed)
        self._names = [f"x{index:02d}" for index in range(n)]

    def next(self, trials: Trials) -> Floats:
        """The point of most expected improvement, (n,)."""
        space = self._spaces.TargetSpace(None, dict.fromkeys(self._names, (0.0, 1.0)))
        values = np.array([trial.value for trial in trials.done])
        median, least = np.median(values[np.isfinite(values)]), np.min(values)
        values = np.minimum(values, median + CUT * (median - least))
        for trial, value in zip(trials.done, values, strict=True):
            if trial.unit not in space:  # it refuses a point that comes again
                space.register(trial.unit, -value)
        process = self._process.GaussianProcessRegressor(
            self._kernel, alpha=1e-8, normalize_y=True, random_state=self._chance
        )
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # lengths at their bounds, sums that the search of the kernel rounds
            unit = self._gain.suggest(
                process, space, n_random=CANDIDATES, n_smart=CLIMBS, random_state=self._chance
            )
        self._kernel = process.kernel_
        return np.asarray(np.clip(unit, 0.0, 1.0), float)
