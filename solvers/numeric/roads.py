"""The roads to a local optimum, compiled lanes and IPOPT, for models of any structures."""

import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, get_args

import jax
import numpy as np

from solvers.errors import ModelError
from solvers.numeric import lanes
from solvers.numeric.best import result_of
from solvers.numeric.cache import ProgramCache
from solvers.numeric.compile import Data, Oracle, oracle_of
from solvers.numeric.errors import TooLarge
from solvers.numeric.ipopt import knows, solve_by_ipopt
from solvers.numeric.kernels import augmented, bounded, interior, sketched
from solvers.numeric.kernels.state import Bounds
from solvers.numeric.methods.boxes import solve_over_box
from solvers.numeric.nl.model import Floats
from solvers.numeric.problem import Numbers, Problem, problem_of
from solvers.numeric.result import Result, Summary
from solvers.numeric.router import Road, Route, route
from solvers.numeric.source import Model
from solvers.numeric.sweeps import Method

RoadName = Literal["auto", "lanes", "augmented", "sketched", "ipopt"]
BoxMethod = Literal["projected-gradient", "frank-wolfe"]
MethodName = RoadName | BoxMethod
OVER_BOXES: tuple[MethodName, ...] = get_args(BoxMethod)
"""For models without rows; functions over a box are of the kind `OverSet`."""
OTHER_LANES = ("augmented", "sketched")
"""Lanes by an augmented Lagrangian where there are rows, or by sketched Newton steps where all are equalities."""
LANES = ("lanes", *OTHER_LANES)
"""The compiled lanes, by the interior-point method where no other is named."""
METHODS: tuple[MethodName, ...] = (*get_args(RoadName), *OVER_BOXES)
OnProgress = Callable[[lanes.Progress], None]
COMPILING_S = 10.0
"""Seconds, about, that the program for one solve takes to compile."""

_caches: dict[Path | None, ProgramCache] = {}


def shared_cache(folder: Path | None) -> ProgramCache:
    """The compiled programs of this process and of a folder."""
    return _caches.setdefault(folder, ProgramCache(folder))


def solve_models(
    models: Sequence[Model],
    points: Sequence[Floats],
    *,
    method: MethodName,
    deadline: float,
    cache: ProgramCache,
    processes: int = 1,
    on_progress: OnProgress | None = None,
) -> list[Result]:
    """The result of each model; those of one structure share their lanes.

    Args:
        models: any.
        points: for each model its starts, (B, n).
        method: as of `minimize`.
        deadline: on `time.monotonic()`.
        cache: compiled programs.
        processes: how many may share the lanes, this one among them.
        on_progress: told as the search goes on.
    """
    if method == "projected-gradient" or method == "frank-wolfe":
        return [
            _over_box(model, starts, method, deadline) for model, starts in zip(models, points, strict=True)
        ]
    by_structure: dict[str, list[int]] = {}
    problems: dict[int, Problem] = {}
    results: dict[int, Result] = {}
    for place, (model, chosen) in enumerate(zip(models, _routes(models, points, method), strict=True)):
        try:
            if chosen.unless_compiled and _is_worth_compiling(model, cache, deadline):
                chosen = Route("lanes", "compiled lanes, since this structure is solved again and again")
            if chosen.road == "lanes":
                problems[place] = problem_of(model.parsed)
                by_structure.setdefault(problems[place].signature, []).append(place)
        except TooLarge as error:
            if method in LANES or not _has_ipopt():
                raise
            chosen = Route("ipopt", f"IPOPT, since {error}")
        if chosen.road == "ipopt":
            begun = time.monotonic()
            results[place] = _by_ipopt(model, points[place], deadline, chosen.reason)
            if chosen.unless_compiled:
                cache.spent[problem_of(model.parsed).signature] += time.monotonic() - begun
    for places in by_structure.values():
        some = [problems[place] for place in places]
        starts = [points[place] for place in places]
        found, reason = _by_lanes(some, starts, method, deadline, cache, processes, on_progress)
        for place, summary in zip(places, found, strict=True):
            results[place] = result_of(models[place].parsed, summary, reason)
        if method not in OTHER_LANES and sum(map(len, starts)) == 1:
            # the next one alone may come this way, too, unless this one was in vain
            cache.spent[some[0].signature] = math.inf if results[places[0]].outcome.is_solved else -math.inf
    if method == "auto" and _has_ipopt():
        for place in problems:
            results[place] = _mended(models[place], points[place], results[place], deadline)
    return [results[place] for place in range(len(models))]


def _is_worth_compiling(model: Model, cache: ProgramCache, deadline: float) -> bool:
    """Whether the program for one solve is compiled, or single solves have taken as long as compiling would.

    Whoever waits so long with an expense never pays more than twice what is least (the ski rental problem).
    """
    spent = cache.spent[problem_of(model.parsed).signature]
    return spent == math.inf or (spent >= COMPILING_S and time.monotonic() + 3 * COMPILING_S < deadline)


def _over_box(model: Model, starts: Floats, method: BoxMethod, deadline: float) -> Result:
    return result_of(model.parsed, *solve_over_box(model.parsed, starts, method=method, deadline=deadline))


def _has_ipopt() -> bool:
    return find_spec("casadi") is not None


def _routes(models: Sequence[Model], points: Sequence[Floats], method: RoadName) -> list[Route]:
    """The road of each model; as many solves count together as have models of equal sizes."""
    if method != "auto":
        road: Road = "lanes" if method in LANES else "ipopt"
        return [Route(road, f"{method} was asked for")] * len(models)
    sizes = [(model.parsed.variables, model.parsed.rows, len(model.parsed.graph)) for model in models]
    counts: Counter[tuple[int, int, int]] = Counter()
    for size, starts in zip(sizes, points, strict=True):
        counts[size] += len(starts)
    return [
        route(size[0], counts[size], has_ipopt=_has_ipopt(), is_known_to_ipopt=knows(model.parsed))
        for size, model in zip(sizes, models, strict=True)
    ]


def _by_ipopt(model: Model, starts: Floats, deadline: float, reason: str) -> Result:
    summary = solve_by_ipopt(
        model.text, model.parsed, starts, time_limit_s=max(0.1, deadline - time.monotonic())
    )
    return result_of(model.parsed, summary, reason)


def _mended(model: Model, starts: Floats, found: Result, deadline: float) -> Result:
    """The result, or IPOPT's from the first start where the lanes found no optimum."""
    if found.outcome.is_solved or not knows(model.parsed) or time.monotonic() >= deadline:
        return found
    other = _by_ipopt(
        model, starts[:1], deadline, f"{found.route}, which ended as {found.outcome.name}; IPOPT"
    )
    return replace(other, starts=found.starts) if other.outcome.is_solved else found


def _by_lanes(
    problems: Sequence[Problem],
    points: Sequence[Floats],
    asked: MethodName,
    deadline: float,
    cache: ProgramCache,
    processes: int,
    on_progress: OnProgress | None,
) -> tuple[list[Summary], str]:
    """What the lanes found for problems of one structure: one summary for each, and where they ran."""
    first = problems[0]
    owners = np.repeat(np.arange(len(problems)), [len(starts) for starts in points])
    stacked = [Data(problem.indices, problem.numbers) for problem in problems]
    data, axes = _stacked([_of_terms(data) for data in stacked], owners)
    bounds, _ = _stacked([_bounds(problem.numbers) for problem in problems], owners)
    method = method_for(asked, oracle_of(first.templates), first.equalities, bounds)
    batch = lanes.Batch(data, axes, bounds, np.concatenate(points))
    name = (first.signature, type(method).__module__, method.settings)
    with jax.enable_x64(True):
        answers = lanes.run(
            method, name, batch,
            cache=cache, deadline=deadline, merges=len(problems) == 1, processes=processes,
            on_progress=on_progress,
        )  # fmt: skip
    shared = f", shared by {answers.processes} processes" if answers.processes > 1 else ""
    reason = f"{lanes_in_words(asked)}{shared}"
    return [_summary(answers, owners == place, problem) for place, problem in enumerate(problems)], reason


def method_for(asked: MethodName, oracle: Oracle, equalities: int, bounds: Bounds) -> Method:
    """The interior-point method, or another if asked for; without rows Newton's method with bounds.

    Raises:
        ModelError: the sketched method was asked for, and not all rows are equalities, or variables have bounds.
    """
    if asked == "sketched":
        _refuse_limits(bounds)
        return sketched.Method(oracle, sketched.Settings())
    if not bounds.row_lower.shape[-1]:
        return bounded.Method(oracle, bounded.Settings())
    if asked == "augmented":
        return augmented.Method(oracle, augmented.Settings())
    return interior.Method(oracle, equalities, interior.Settings())


def lanes_in_words(asked: MethodName) -> str:
    """The road of lanes, as results tell it."""
    by = {"augmented": " by an augmented Lagrangian", "sketched": " by sketched Newton steps"}.get(asked, "")
    return f"compiled lanes{by} on {jax.default_backend()}"


def _refuse_limits(bounds: Bounds) -> None:
    inequalities = int(np.sum(bounds.row_lower != bounds.row_upper))
    bounded_ones = int(np.sum(np.isfinite(bounds.lower) | np.isfinite(bounds.upper)))
    if inequalities or bounded_ones:
        raise ModelError(
            f"sketched takes equality rows and free variables; here are {inequalities} inequalities and "
            f"{bounded_ones} variables with bounds: take lanes or augmented"
        )


def _of_terms(data: Data) -> Data:
    """The data without bounds, which travel on their own."""
    nothing = np.zeros(0)
    return data._replace(
        numbers=data.numbers._replace(lower=nothing, upper=nothing, row_lower=nothing, row_upper=nothing)
    )


def _bounds(numbers: Numbers) -> Bounds:
    return Bounds(numbers.lower, numbers.upper, numbers.row_lower, numbers.row_upper)


def _stacked(trees: Sequence[Any], owners: Any) -> tuple[Any, Any]:
    """One tree for all, its leaves shared where all agree, else with one entry for each solve; and the axes."""
    leaves = [jax.tree.leaves(tree) for tree in trees]
    shared = [
        all(np.array_equal(parts[0], part) for part in parts[1:]) for parts in zip(*leaves, strict=True)
    ]
    structure = jax.tree.structure(trees[0])
    merged = [
        parts[0] if is_shared else np.stack(parts)[owners]
        for parts, is_shared in zip(zip(*leaves, strict=True), shared, strict=True)
    ]
    axes = jax.tree.unflatten(structure, [None if is_shared else 0 for is_shared in shared])
    return jax.tree.unflatten(structure, merged), axes


def _summary(answers: lanes.Answers, mask: Any, problem: Problem) -> Summary:
    """The answers of one problem, rows in the model's order, objectives in its sense."""
    y = np.zeros((int(mask.sum()), problem.rows))
    y[:, problem.row_order] = problem.sign * answers.y[mask]
    return Summary(
        outcome=answers.outcome[mask],
        x=answers.x[mask],
        y=y,
        objective=problem.sign * answers.objective[mask],
        violation=answers.violation[mask],
        error=answers.error[mask],
        iterations=answers.sweeps[mask],
    )
