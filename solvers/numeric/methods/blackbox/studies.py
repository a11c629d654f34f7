"""Optuna behind the records: tree-structured Parzen estimators, Hyperband, successive halving."""

import time
import warnings
from typing import Any

import numpy as np

from solvers.errors import ModelError
from solvers.numeric.methods.answer import MethodResult, answered
from solvers.numeric.methods.blackbox.extra import library
from solvers.numeric.methods.blackbox.problems import BlackBox, Fidelities
from solvers.numeric.methods.blackbox.trials import Trials, begun_at, guarded, span
from solvers.numeric.nl.model import Floats
from solvers.numeric.outcome import Outcome

FACTOR = 3
"""Each rung of a pruner keeps one in so many, at so many times the fidelity."""
FIDELITY_METHODS = ("auto", "hyperband", "successive-halving")


def _study(first: Floats, *, seed: int, multivariate: bool = False, pruner: Any = None) -> tuple[Any, Any]:
    """A study that begins at a point of the unit cube, and its word for trials that failed."""
    optuna = library("optuna", "Optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.TPESampler(seed=seed, multivariate=multivariate)
    # Hyperband hashes the name into its brackets: a name that Optuna draws would not follow the seed.
    study = optuna.create_study(sampler=sampler, pruner=pruner, study_name=str(seed))
    study.enqueue_trial({f"x{i}": float(entry) for i, entry in enumerate(first)})
    return study, optuna.trial.TrialState.FAIL


def _asked(study: Any, n: int) -> tuple[Any, Floats]:
    """A trial and its point of the unit cube, (n,)."""
    float_kind = library("optuna.distributions", "Optuna").FloatDistribution
    trial = study.ask({f"x{i}": float_kind(0.0, 1.0) for i in range(n)})
    return trial, np.array([trial.params[f"x{i}"] for i in range(n)])


def solve_parzen(problem: BlackBox, start: Any, *, seed: int, deadline: float) -> MethodResult:
    """The best point seen by a tree-structured Parzen estimator; points that failed are told to it as such.

    Source: Watanabe, Tree-Structured Parzen Estimator, arXiv:2304.11127, of all variables jointly.

    Args:
        problem: without rows.
        start: (n,) in the box, or None for its centre.
        seed: of the sampler.
        deadline: on `time.monotonic()`.

    Raises:
        ModelError: the problem is malformed.
        EngineMissing: Optuna is not installed.
    """
    trials = Trials(problem, deadline)
    study, failed = _study(begun_at(trials.box, start), multivariate=True, seed=seed)
    while not trials.is_over:
        asked, unit = _asked(study, trials.box.lower.size)
        value = trials.at(unit).value
        study.tell(asked, value) if np.isfinite(value) else study.tell(asked, state=failed)
    return trials.result("tpe, Optuna")


def solve_fidelities(
    problem: Fidelities, start: Any, *, method: str, seed: int, deadline: float
) -> MethodResult:
    """The best point seen at the largest fidelity; points that are behind at a lower one are left there.

    A point goes through the fidelities least, 3 least, 9 least... and the largest, each evaluated anew and counted.

    Args:
        problem: the function and its fidelities.
        start: (n,) in the box, the first point, or None for its centre.
        method: hyperband (Li et al., arXiv:1603.06560), successive-halving (Li et al., arXiv:1810.05934), or auto.
        seed: of the sampler, which is Optuna's Parzen estimator.
        deadline: on `time.monotonic()`.

    Raises:
        ModelError: the problem is malformed.
        EngineMissing: Optuna is not installed.
    """
    if method not in FIDELITY_METHODS:
        known = ", ".join(FIDELITY_METHODS[1:])
        raise ModelError(f"there is no method {method!r} for fidelities; take auto or one of {known}")
    if not 1 <= problem.least < problem.largest or not problem.evaluations >= 1:
        raise ModelError(
            f"fidelities from {problem.least} to {problem.largest} and {problem.evaluations} evaluations; the least "
            "must be 1 or more and below the largest, the budget 1 or more"
        )
    box = span(problem.lower, problem.upper)
    first = begun_at(box, start)
    pruners = library("optuna.pruners", "Optuna")
    if method == "successive-halving":
        pruner = pruners.SuccessiveHalvingPruner(min_resource=problem.least, reduction_factor=FACTOR)
    else:
        pruner = pruners.HyperbandPruner(problem.least, problem.largest, reduction_factor=FACTOR)
    study, failed = _study(first, seed=seed, pruner=pruner)
    pruned = library("optuna.trial", "Optuna").TrialState.PRUNED
    best, x, spent, asked_for = np.inf, box.out(first), 0.0, 0
    history: list[tuple[float, float]] = []
    while spent < problem.evaluations and time.monotonic() < deadline:
        trial, unit = _asked(study, box.lower.size)
        asked_for += 1
        for fidelity in rungs(problem):
            spent += fidelity / problem.largest
            value = _valued(problem, box.out(unit), fidelity)
            if not np.isfinite(value):
                study.tell(trial, state=failed)
                break
            trial.report(value, fidelity)
            if fidelity < problem.largest and trial.should_prune():
                study.tell(trial, state=pruned)
                break
        else:
            study.tell(trial, value)
            if value < best:
                best, x = value, box.out(unit)
                history.append((spent, best))
    is_found = bool(np.isfinite(best))
    return answered(
        x, best if is_found else np.nan, Outcome.LIMIT if is_found else Outcome.UNDEFINED, error=float("nan"),
        evaluations=round(spent), iterations=asked_for, history=history, route=f"{method}, Optuna",
    )  # fmt: skip


def rungs(problem: Fidelities) -> list[int]:
    """The fidelities of a point that is never left, the last one the largest."""
    below, fidelity = [], problem.least
    while fidelity < problem.largest:
        below.append(fidelity)
        fidelity *= FACTOR
    return [*below, problem.largest]


def _valued(problem: Fidelities, x: Floats, fidelity: int) -> float:
    values = guarded(lambda: problem.function(x, fidelity))
    return float(values[0]) if values.size == 1 else np.nan
