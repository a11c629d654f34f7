"""Methods over sets for models without rows, whose bounds are then the set."""

import jax
import numpy as np

from solvers.errors import ModelError
from solvers.numeric.compile import Data, oracle_of
from solvers.numeric.methods.oversets import solve_over_set
from solvers.numeric.methods.problems import OverSet
from solvers.numeric.methods.sets import Box
from solvers.numeric.nl.model import Floats, NLModel
from solvers.numeric.problem import problem_of
from solvers.numeric.result import Summary


def solve_over_box(model: NLModel, starts: Floats, *, method: str, deadline: float) -> tuple[Summary, str]:
    """What a method over sets finds from one start (1, n), and in words how, with the gap that it proves.

    Raises:
        ModelError: the model has rows, infinite bounds or whole variables, or there are several starts.
    """
    problem = problem_of(model)
    if problem.rows:
        raise ModelError(f"{method} takes models with bounds alone; this one has {problem.rows} constraints")
    if len(starts) > 1:
        raise ModelError(f"{method} takes one start; {len(starts)} were asked for")
    oracle, data = oracle_of(problem.templates), Data(problem.indices, problem.numbers)
    box = Box(model.lower, model.upper)
    with jax.enable_x64(True):
        found = solve_over_set(
            OverSet(lambda x: oracle.outputs(data, x)[0], box), starts[0], method=method, deadline=deadline
        )
    summary = Summary(
        outcome=np.array([found.outcome], np.int64),
        x=found.x[None],
        y=np.zeros((1, 0)),
        objective=np.array([problem.sign * found.objective]),
        violation=np.zeros(1),
        error=np.array([found.error]),
        iterations=np.array([found.iterations], np.int64),
    )
    return summary, f"{found.route}, {found.gap:.3g}, which bounds what is left where f is convex"
