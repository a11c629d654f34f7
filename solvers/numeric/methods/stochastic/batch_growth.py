"""AdAdaGrad: AdaGrad whose batches grow as the gradient sinks into its noise."""

import math
import time

import numpy as np

from solvers.numeric.methods.stochastic.program import Trace
from solvers.numeric.methods.stochastic.training import Batches, Runner, State
from solvers.numeric.nl.model import Floats

THETA = 1.0
"""The noise that the norm test tolerates, as a part of the gradient's length."""
STRETCH = 8
"""Steps between two tests."""


def wanted_size(variance: float, norm: float, theta: float = THETA) -> float:
    """The batch size b at which the norm test holds: variance / b <= theta^2 |g|^2.

    Source: Lau et al., AdAdaGrad, arXiv:2402.11215, after Byrd et al. (2012).
    """
    return variance / max((theta * norm) ** 2, 1e-300)


def run_growing(
    runner: Runner, state: State, budget: float, batches: Batches, rates: Floats
) -> tuple[State, list[int]]:
    """The state when the budget of sample gradients is spent, and the batch sizes that were used.

    Sizes are powers of two times the first, so that few programs are compiled, never shrink, and end at N.
    """
    size, sizes, seen = runner.size, [], []
    while runner.course.spent + size <= budget and time.monotonic() < runner.deadline:
        places = batches.take(1, size)
        parameters, memory, trace = runner.program.advance(*state, runner.data, places, rates)
        runner.course.spent += size
        runner.course.steps += 1
        sizes.append(size)
        seen.append(Trace(*(float(part[0]) for part in trace)))
        if not math.isfinite(seen[-1].losses):
            break
        state = State(parameters, memory)
        if len(seen) == STRETCH:
            losses, norms, variances = (np.asarray(part) for part in zip(*seen, strict=True))
            runner.course.history.append((runner.course.spent, float(losses.mean())))
            # E|batch gradient|^2 exceeds |gradient|^2 by variance / b, which is taken off.
            variance = float(variances.mean())
            square = max(float(np.mean(norms**2)) - variance / size, 0.0)
            grown, seen = wanted_size(variance, math.sqrt(square)), []
            while size < min(grown, batches.samples):
                size = min(2 * size, batches.samples)
    return state, sizes
