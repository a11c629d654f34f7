"""Fronts of several objectives, by pymoo."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from solvers.errors import ModelError
from solvers.numeric.methods.answer import MethodResult, answered
from solvers.numeric.methods.blackbox.extra import library
from solvers.numeric.methods.blackbox.problems import ParetoBox
from solvers.numeric.methods.blackbox.trials import begun_at, guarded, span
from solvers.numeric.nl.model import Floats
from solvers.numeric.outcome import Outcome

METHODS = {
    "nsga2": ("pymoo.algorithms.moo.nsga2", "NSGA2", "Deb et al. (2002)"),
    "sms-emoa": ("pymoo.algorithms.moo.sms", "SMSEMOA", "Beume, Naujoks and Emmerich (2007)"),
}
AUTO = "nsga2"
POPULATION = 40
FAILED = 1e30
"""In the place of objectives that a point failed to give: dominated by all others."""


@dataclass(frozen=True, slots=True)
class Front:
    """Points of which none dominates another.

    Attributes:
        x: (p, n).
        objectives: (p, k).
        hypervolume: what they dominate below the reference, 0 where none lies below it.
    """

    x: Floats
    objectives: Floats
    hypervolume: float


def solve_pareto(problem: ParetoBox, start: Any, *, method: str, seed: int, deadline: float) -> MethodResult:
    """A result whose `point` is the `Front` of all that was evaluated; `objective` is its negated hypervolume.

    Args:
        problem: two objectives or more.
        start: (n,) in the box, which joins the first generation, or None.
        method: nsga2, sms-emoa, or auto.
        seed: of the search.
        deadline: on `time.monotonic()`, looked at between generations.

    Raises:
        ModelError: the problem is malformed.
        EngineMissing: pymoo is not installed.
    """
    name = AUTO if method == "auto" else method
    if name not in METHODS:
        raise ModelError(
            f"there is no method {method!r} for fronts; take auto or one of {', '.join(METHODS)}"
        )
    reference = np.asarray(problem.reference, float)
    if reference.ndim != 1 or reference.size < 2 or not np.all(np.isfinite(reference)):
        raise ModelError(
            "the reference must be a vector of two finite numbers or more, one for each objective"
        )
    if problem.evaluations < 2:
        raise ModelError(f"{problem.evaluations} evaluations were asked for; give 2 or more")
    box = span(problem.lower, problem.upper)
    n, k = box.lower.size, reference.size
    size = min(POPULATION, problem.evaluations)
    first = np.random.default_rng(seed).uniform(size=(size, n))
    if start is not None:
        first[0] = begun_at(box, start)
    module, kind, source = METHODS[name]
    library("pymoo.config", "pymoo").Config.warnings["not_compiled"] = False
    problems, static = library("pymoo.core.problem", "pymoo"), library("pymoo.problems.static", "pymoo")
    moocore = library("moocore", "moocore")
    search = getattr(library(module, "pymoo"), kind)(pop_size=size, sampling=first)
    unbounded = library("pymoo.core.termination", "pymoo").NoTermination()
    search.setup(problems.Problem(n_var=n, n_obj=k, xl=0.0, xu=1.0), seed=seed, termination=unbounded)
    units, values, history = np.zeros((0, n)), np.zeros((0, k)), []
    while len(units) < problem.evaluations and time.monotonic() < deadline:
        asked = search.ask()[: problem.evaluations - len(units)]
        at = np.asarray(asked.get("X"), float)
        given = np.array([_objectives(problem, box.out(unit), k) for unit in at])
        units, values = np.vstack([units, at]), np.vstack([values, given])
        search.evaluator.eval(static.StaticProblem(search.problem, F=given), asked)
        search.tell(infills=asked)
        history.append((float(len(units)), -float(moocore.hypervolume(values, ref=reference))))
    good = np.all(values < FAILED, axis=1)
    units, values = units[good], values[good]
    kept = moocore.is_nondominated(values, keep_weakly=False) if len(values) else np.zeros(0, bool)
    points = np.array([box.out(unit) for unit in units[kept]]).reshape(-1, n)
    front = Front(points, values[kept], -history[-1][1] if history else 0.0)
    return answered(
        points, -front.hypervolume, Outcome.LIMIT if len(points) else Outcome.UNDEFINED, error=float("nan"),
        evaluations=len(good), iterations=len(history), point=front, history=history,
        route=f"{name}, {source}, pymoo; the objective is the negated hypervolume of {len(points)} points",
    )  # fmt: skip


def _objectives(problem: ParetoBox, x: Floats, k: int) -> Floats:
    values = guarded(lambda: problem.function(x))
    return values if values.size == k and np.all(np.isfinite(values)) else np.full(k, FAILED)
