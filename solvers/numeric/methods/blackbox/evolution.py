"""CMA-ES over a box, by the library cmaes."""

from typing import Any

import numpy as np

from solvers.errors import ModelError
from solvers.numeric.methods.answer import MethodResult
from solvers.numeric.methods.blackbox.extra import library
from solvers.numeric.methods.blackbox.problems import BlackBox
from solvers.numeric.methods.blackbox.trials import Trials, begun_at
from solvers.numeric.nl.model import Floats

SPREAD = 0.2
"""Standard deviation of the first generation, in sides of the box."""


def solve_evolution(problem: BlackBox, start: Any, *, seed: int, deadline: float) -> MethodResult:
    """The best point seen; of values it uses the order alone, failed points come last.

    Source: Hansen, The CMA Evolution Strategy: A Tutorial, arXiv:1604.00772.

    Args:
        problem: without rows, of two variables or more.
        start: (n,) in the box, or None for its centre; where it fails, the first mean is a drawn point that does not.
        seed: of the generations.
        deadline: on `time.monotonic()`.

    Raises:
        ModelError: the problem is malformed.
        EngineMissing: the library is not installed.
    """
    trials = Trials(problem, deadline)
    n = trials.box.lower.size
    if n < 2:
        raise ModelError("cma-es needs two variables or more; take mads")
    unit_box = np.column_stack([np.zeros(n), np.ones(n)])
    evolution = library("cmaes", "cmaes")
    draw = np.random.default_rng(seed)
    first = trials.at(begun_at(trials.box, start))
    while trials.best is None and not trials.is_over:
        first = trials.at(draw.uniform(size=n))
    search = evolution.CMA(first.unit, SPREAD, bounds=unit_box, seed=seed)
    generation: list[tuple[Floats, float]] = []
    while not trials.is_over:
        unit = search.ask()
        generation.append((unit, trials.at(unit).value))
        if len(generation) == search.population_size:
            search.tell(generation)
            generation = []
    return trials.result("cma-es, Hansen (2016)")
