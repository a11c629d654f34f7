"""Fronts of several objectives: by searches under levels of one of two, and by pymoo's populations."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from solvers.errors import ModelError
from solvers.numeric.methods.answer import MethodResult, answered
from solvers.numeric.methods.blackbox.extra import library
from solvers.numeric.methods.blackbox.mads import solve_mads
from solvers.numeric.methods.blackbox.problems import BlackBox, ParetoBox
from solvers.numeric.methods.blackbox.trials import begun_at, guarded, span
from solvers.numeric.nl.model import Floats
from solvers.numeric.outcome import Outcome

POPULATIONS = {
    "nsga2": ("pymoo.algorithms.moo.nsga2", "NSGA2", "Deb et al. (2002)"),
    "sms-emoa": ("pymoo.algorithms.moo.sms", "SMSEMOA", "Beume, Naujoks and Emmerich (2007)"),
}
METHODS = ("epsilon-constraint", *POPULATIONS)
SIZE = 40
"""Of a population."""
SEARCHES = 10
"""For a front by levels, the two ends of it included."""
FAILED = 1e30
"""In the place of objectives that a point failed to give."""


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


class _Seen:
    """All points evaluated so far, and the front among them."""

    def __init__(self, problem: ParetoBox, deadline: float) -> None:
        self.problem, self.deadline = problem, deadline
        self.box = span(problem.lower, problem.upper)
        self.reference = np.asarray(problem.reference, float)
        self.x: list[Floats] = []
        self.values: list[Floats] = []

    @property
    def left(self) -> int:
        """Evaluations that may still be spent."""
        return self.problem.evaluations - len(self.x) if time.monotonic() < self.deadline else 0

    def at(self, x: Floats) -> Floats:
        """The objectives at one point, (k,); those of a failure where any is missing."""
        values = guarded(lambda: self.problem.function(x.copy()))
        if values.size != self.reference.size or not np.all(np.isfinite(values)):
            values = np.full(self.reference.size, FAILED)
        self.x.append(x)
        self.values.append(values)
        return values

    def front(self) -> Front:
        """The points of which none dominates another, by their first objective."""
        values = np.array(self.values)
        good = np.flatnonzero(values[:, 0] < FAILED)
        different = good[np.unique(values[good], axis=0, return_index=True)[1]]
        x, values = np.array(self.x)[different], values[different]
        dominated = [
            bool(np.any(np.all(values <= one, axis=1) & np.any(values < one, axis=1))) for one in values
        ]
        kept = ~np.array(dominated, bool)
        return Front(x[kept], values[kept], hypervolume(values[kept], self.reference))


def solve_pareto(problem: ParetoBox, start: Any, *, method: str, seed: int, deadline: float) -> MethodResult:
    """A result whose `point` is the `Front` of all that was evaluated; `objective` is its negated hypervolume.

    Args:
        problem: two objectives or more.
        start: (n,) in the box, evaluated among the first, or None.
        method: epsilon-constraint for two objectives, nsga2, sms-emoa; auto takes the first or second.
        seed: of the search.
        deadline: on `time.monotonic()`.

    Raises:
        ModelError: the problem is malformed, or the method does not take so many objectives.
        EngineMissing: pymoo is needed and not installed.
    """
    reference = np.asarray(problem.reference, float)
    if reference.ndim != 1 or reference.size < 2 or not np.all(np.isfinite(reference)):
        raise ModelError(
            "the reference must be a vector of two finite numbers or more, one for each objective"
        )
    name = method if method != "auto" else METHODS[0] if reference.size == 2 else METHODS[1]
    if name not in METHODS:
        raise ModelError(
            f"there is no method {method!r} for fronts; take auto or one of {', '.join(METHODS)}"
        )
    if problem.evaluations < SIZE:
        raise ModelError(f"{problem.evaluations} evaluations were asked for; a front takes {SIZE} or more")
    seen = _Seen(problem, deadline)
    first = None if start is None else seen.box.out(begun_at(seen.box, start))
    source = _population(seen, first, name, seed) if name in POPULATIONS else _levels(seen, first, seed)
    front = seen.front()
    return answered(
        front.x, -front.hypervolume, Outcome.LIMIT if len(front.x) else Outcome.UNDEFINED, error=float("nan"),
        evaluations=len(seen.x), iterations=len(seen.x), point=front,
        route=f"{name}, {source}; the objective is the negated hypervolume of {len(front.x)} points",
    )  # fmt: skip


def _levels(seen: _Seen, start: Floats | None, seed: int) -> str:
    """The ends of the front, then f1 or f2 in turns, the other below the middle of the widest gap, all by mads.

    Source: Haimes, Lasdon and Wismer (1971), the constraint method; the choice of the level is ours.
    """
    if seen.reference.size != 2:
        raise ModelError(f"epsilon-constraint takes two objectives, not {seen.reference.size}; take nsga2")
    budget = seen.problem.evaluations // SEARCHES

    def search(main: int, level: float | None, begun: Floats | None) -> None:
        latest: list[Floats] = []

        def objective(x: Floats) -> float:
            latest[:] = [seen.at(x)]
            return float(latest[0][main]) if latest[0][main] < FAILED else float("nan")

        rows = None if level is None else lambda x: [latest[0][1 - main] - level]  # noqa: ARG005
        box = BlackBox(objective, seen.box.lower, seen.box.upper, min(budget, seen.left), rows)
        solve_mads(box, begun, seed=seed + len(seen.x), deadline=seen.deadline)

    search(0, None, start)
    turn = 1
    while seen.left > 0:
        front = seen.front()
        gaps = -np.prod(np.diff(front.objectives, axis=0), axis=1)
        if turn == 1 or not gaps.size:
            search(turn % 2, None, front.x[-1] if len(front.x) else None)
        else:
            place, main = int(np.argmax(gaps)), turn % 2
            level = float(front.objectives[place : place + 2, 1 - main].mean())
            search(main, level, front.x[place + 1 - main])
        turn += 1
    return "Haimes, Lasdon and Wismer (1971), by mads"


def _population(seen: _Seen, start: Floats | None, name: str, seed: int) -> str:
    """Generations of pymoo's, the last one cut to the budget."""
    module, kind, source = POPULATIONS[name]
    library("pymoo.config", "pymoo").Config.warnings["not_compiled"] = False
    problems, static = library("pymoo.core.problem", "pymoo"), library("pymoo.problems.static", "pymoo")
    unbounded = library("pymoo.core.termination", "pymoo").NoTermination()
    first = np.random.default_rng(seed).uniform(size=(SIZE, seen.box.lower.size))
    if start is not None:
        first[0] = seen.box.into(start)
    search = getattr(library(module, "pymoo"), kind)(pop_size=SIZE, sampling=first)
    n, k = seen.box.lower.size, seen.reference.size
    search.setup(problems.Problem(n_var=n, n_obj=k, xl=0.0, xu=1.0), seed=seed, termination=unbounded)
    while seen.left > 0:
        asked = search.ask()[: seen.left]
        given = np.array([seen.at(seen.box.out(unit)) for unit in np.asarray(asked.get("X"), float)])
        search.evaluator.eval(static.StaticProblem(search.problem, F=given), asked)
        search.tell(infills=asked)
    return f"{source}, pymoo"


def hypervolume(values: Floats, reference: Floats) -> float:
    """What points (p, k) dominate below a reference (k,): slices along the last objective, each of one fewer."""
    below = values[np.all(values < reference, axis=1)]
    if not len(below):
        return 0.0
    if reference.size == 1:
        return float(reference[0] - below.min())
    below = below[np.argsort(below[:, -1], kind="stable")]
    ends = np.append(below[1:, -1], reference[-1])
    slices = [
        float(end - one[-1]) * hypervolume(below[: index + 1, :-1], reference[:-1])
        for index, (one, end) in enumerate(zip(below, ends, strict=True))
        if end > one[-1]
    ]
    return float(sum(slices))
