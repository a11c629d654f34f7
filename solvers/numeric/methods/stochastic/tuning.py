"""A learning rate within the budget: short runs side by side, of which the best goes on."""

from typing import NamedTuple

import numpy as np

from solvers.numeric.methods.stochastic.training import Batches, Runner, State
from solvers.numeric.nl.model import Floats

CANDIDATES = 6
"""Rates tried, a factor of 10^(1/2) apart from the largest of the method downwards."""
SHARE = 0.04
"""Of the steps for the trial of one rate."""


class Found(NamedTuple):
    """A rate, the state that its trial ended in, and the batches that go on from there."""

    rate: float
    state: State
    batches: Batches


def search(runner: Runner, begun: State, largest: float, steps: int, seed: int) -> Found:
    """The rate of least mean loss over the second half of its trial, all trials on the same batches.

    The idea of trials that are part of the run is that of Jin et al., AutoLRS, arXiv:2105.10762, which searches again
    at every stage by Bayesian optimization; here there is one stage and a grid.

    A trial is one stretch of the runner.

    Args:
        runner: what advances states.
        begun: the state at the start.
        largest: rate of the grid.
        steps: of the whole budget.
        seed: of the batches.
    """
    best: tuple[float, Found] | None = None
    for rate in largest * 10.0 ** (-0.5 * np.arange(CANDIDATES)):
        batches = Batches(_samples(runner), seed)
        rates: Floats = np.full(steps, rate)
        state, loss = runner.run(begun, runner.stretch, batches, rates)
        if best is None or loss < best[0]:
            best = (loss, Found(float(rate), state, batches))
    assert best is not None
    return best[1]


def _samples(runner: Runner) -> int:
    return len(runner.data[0])
