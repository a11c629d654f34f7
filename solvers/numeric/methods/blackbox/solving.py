"""From a problem of `solvers.numeric.methods.blackbox.problems` to the module that solves it."""

from typing import Any

import numpy as np

from solvers.errors import ModelError
from solvers.numeric.methods.answer import MethodResult
from solvers.numeric.methods.blackbox.problems import (
    BlackBox,
    Fidelities,
    ParetoBox,
    Ranked,
    SolveSequence,
    Training,
)

Observed = BlackBox | Fidelities | ParetoBox | Ranked | Training | SolveSequence
KINDS = (BlackBox, Fidelities, ParetoBox, Ranked, Training, SolveSequence)
BOX_METHODS = ("mads", "expected-improvement", "tpe", "cma-es")


def solve_observed(problem: Observed, start: Any, *, method: str, seed: int, deadline: float) -> MethodResult:
    """The result of a method by name; arguments and errors as of `solvers.numeric.methods.entry`."""
    match problem:
        case BlackBox():
            return _solve_box(problem, start, method=method, seed=seed, deadline=deadline)
        case Fidelities():
            from solvers.numeric.methods.blackbox.studies import solve_fidelities

            return solve_fidelities(problem, start, method=method, seed=seed, deadline=deadline)
        case ParetoBox():
            from solvers.numeric.methods.blackbox.pareto import solve_pareto

            return solve_pareto(problem, start, method=method, seed=seed, deadline=deadline)
        case Ranked():
            from solvers.numeric.methods.blackbox.ranked import solve_ranked

            return solve_ranked(problem, start, method=method, seed=seed, deadline=deadline)
        case Training():
            from solvers.numeric.methods.blackbox.population import solve_population

            if method not in ("auto", "pbt"):
                raise ModelError(f"there is no method {method!r} for training; take auto or pbt")
            return solve_population(problem, start, seed=seed, deadline=deadline)
        case SolveSequence():
            from solvers.numeric.methods.blackbox.sequences import solve_sequence

            if method not in ("auto", "smooth-bandit"):
                raise ModelError(f"there is no method {method!r} for sequences; take auto or smooth-bandit")
            return solve_sequence(problem, start, deadline=deadline)


def _solve_box(problem: BlackBox, start: Any, *, method: str, seed: int, deadline: float) -> MethodResult:
    if method == "auto":
        method = _chosen(problem)
    if method == "mads":
        from solvers.numeric.methods.blackbox.mads import solve_mads

        return solve_mads(problem, start, seed=seed, deadline=deadline)
    if method not in BOX_METHODS:
        raise ModelError(
            f"there is no method {method!r} for black boxes; take auto or one of {', '.join(BOX_METHODS)}"
        )
    if problem.rows is not None:
        raise ModelError(f"{method} takes no rows; mads does")
    if method == "expected-improvement":
        from solvers.numeric.methods.blackbox.bayesian import solve_expected_improvement

        return solve_expected_improvement(problem, start, seed=seed, deadline=deadline)
    if method == "tpe":
        from solvers.numeric.methods.blackbox.studies import solve_parzen

        return solve_parzen(problem, start, seed=seed, deadline=deadline)
    from solvers.numeric.methods.blackbox.evolution import solve_evolution

    return solve_evolution(problem, start, seed=seed, deadline=deadline)


def _chosen(problem: BlackBox) -> str:
    """What did best at a hundred evaluations, where it fits."""
    from solvers.numeric.methods.blackbox.bayesian import MOST_EVALUATIONS, MOST_VARIABLES

    few = problem.evaluations <= MOST_EVALUATIONS and np.size(problem.lower) <= MOST_VARIABLES
    return "expected-improvement" if few and problem.rows is None else "mads"
