"""Minimize a smooth problem from one or many starts: the one entry for NL files, Pyomo models and functions."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, overload

import jax
import numpy as np

from solvers.errors import ModelError
from solvers.numeric.errors import WorkerLost
from solvers.numeric.functions import minimize_functions, problem_of
from solvers.numeric.methods.answer import MethodResult
from solvers.numeric.methods.entry import KINDS, Problem, solve_by_method
from solvers.numeric.multistart import spread
from solvers.numeric.nl.model import Floats
from solvers.numeric.process import usable_cores
from solvers.numeric.result import Result
from solvers.numeric.roads import METHODS, OVER_BOXES, OnProgress, shared_cache, solve_models
from solvers.numeric.source import as_model

DEFAULT_TIME_LIMIT_S = 60.0
_IMPORTED_BY = os.getpid()


@overload
def minimize(
    problem: Problem,
    start: Any = None,
    *,
    seed: int = 0,
    method: str = "auto",
    time_limit: float = DEFAULT_TIME_LIMIT_S,
) -> MethodResult: ...


@overload
def minimize(
    problem: Any,
    start: Sequence[float] | None = None,
    *,
    rows: Callable[[Any], Any] | None = None,
    bounds: tuple[Any, Any] | None = None,
    row_bounds: tuple[Any, Any] | None = None,
    starts: int = 1,
    seed: int = 0,
    method: str = "auto",
    time_limit: float = DEFAULT_TIME_LIMIT_S,
    cache_folder: str | Path | None = None,
    processes: int | None = None,
    on_progress: OnProgress | None = None,
) -> Result: ...


def minimize(
    problem: Any,
    start: Any = None,
    *,
    rows: Callable[[Any], Any] | None = None,
    bounds: tuple[Any, Any] | None = None,
    row_bounds: tuple[Any, Any] | None = None,
    starts: int = 1,
    seed: int = 0,
    method: str = "auto",
    time_limit: float = DEFAULT_TIME_LIMIT_S,
    cache_folder: str | Path | None = None,
    processes: int | None = None,
    on_progress: OnProgress | None = None,
) -> Result:
    """The best local optimum found from one or many starts, in this process; see `solvers.solve` for a worker.

    Args:
        problem: an NL file (a path, its text or bytes), a Pyomo model, f(x) written with `jax.numpy`, or a problem of
            another kind, such as `Sum`: see `docs/methods.md`.
        start: (n,) where to start; default: the model's own start. A function needs one.
        rows: for a function: c(x), (m,).
        bounds: for a function: lower and upper bounds, (n,) or a number each.
        row_bounds: for a function with rows: their limits, (m,) or a number each; equal ones are equalities.
        starts: how many starts; those beyond the first are spread over the bounds.
        seed: of the spread.
        method: auto (the router's choice, with the other road where it fails), lanes, augmented (lanes by an
            augmented Lagrangian), sketched (lanes by sketched Newton steps, for equality rows and free variables), or
            ipopt; for a model without rows also projected-gradient or frank-wolfe; for problems of other kinds a
            method of theirs. Functions are solved by lanes first; IPOPT calls them in this process, since they cannot
            travel.
        time_limit: seconds.
        cache_folder: where compiled programs are kept for later processes.
        processes: how many may share the lanes of a search from many starts, this one among them; default: as many
            as this process has cores, on Linux. The result does not depend on it. Functions stay in this process.
        on_progress: told as the search goes on.

    Raises:
        ModelError: the problem is malformed, has whole variables, or does not fit the method.
        WorkerLost: this process was forked from one that had loaded JAX.

    Example:
        >>> from solvers.numeric import minimize
        >>> result = minimize(lambda x: (x[0] - 1) ** 2 + (x[1] + 2) ** 2, [0.0, 0.0])
        >>> result.outcome.name, result.x.round(6).tolist()
        ('SOLVED', [1.0, -2.0])
    """
    if not isinstance(starts, int) or starts < 1:
        raise ModelError(f"{starts} starts were asked for; take 1 or more")
    if not 0 < time_limit < float("inf"):
        raise ModelError(f"the time limit is {time_limit}; give positive seconds")
    if processes is not None and processes < 1:
        raise ModelError(f"{processes} processes were asked for; take 1 or more, or None for one a core")
    if os.getpid() != _IMPORTED_BY:
        raise WorkerLost(
            "this process was forked after JAX was loaded, which cannot run in it; start it with multiprocessing's "
            '"spawn", or take solvers.solve(model, engine="numeric"), which has a process of its own'
        )
    begun = time.monotonic()
    if isinstance(problem, KINDS):
        if starts != 1 or rows is not None or bounds is not None or row_bounds is not None:
            raise ModelError(f"{type(problem).__name__} takes one start, and neither rows nor bounds here")
        return solve_by_method(problem, start, method=method, seed=seed, time_limit=time_limit)
    if method not in METHODS:
        raise ModelError(
            f"there is no method {method!r} for models and functions; take one of {', '.join(METHODS)}"
        )
    if callable(problem) and method in OVER_BOXES:
        raise ModelError(f"functions over a box are OverSet(f, Box(lower, upper)) for {method}")
    if callable(problem):
        first = _start_of(start)
        anything = (-np.inf, np.inf)
        if row_bounds is not None and rows is None:
            raise ModelError("row_bounds are the limits of rows, and no rows are given")
        with jax.enable_x64(True):
            given = problem_of(
                problem, rows, len(first),
                anything if bounds is None else bounds, anything if row_bounds is None else row_bounds,
            )  # fmt: skip
            found = minimize_functions(
                given, first,
                starts=starts, seed=seed, method=method, deadline=begun + time_limit, on_progress=on_progress,
            )  # fmt: skip
        return replace(found, seconds=time.monotonic() - begun)
    if rows is not None or bounds is not None or row_bounds is not None:
        raise ModelError("rows, bounds and row_bounds belong to functions; a model has its own")
    model = as_model(problem)
    first = model.parsed.start if start is None else np.asarray(start, float)
    if first.shape != (model.parsed.variables,):
        raise ModelError(
            f"the start has {first.size} values; the model has {model.parsed.variables} variables"
        )
    points = spread(first, model.parsed.lower, model.parsed.upper, starts, seed)
    cache = shared_cache(None if cache_folder is None else Path(cache_folder))
    (found,) = solve_models(
        [model], [points], method=method, deadline=begun + time_limit,
        cache=cache, processes=processes or usable_cores(), on_progress=on_progress,
    )  # fmt: skip
    return replace(found, seconds=time.monotonic() - begun)


def _start_of(given: Any) -> Floats:
    """The start of a function, (n,)."""
    if given is None:
        raise ModelError("a function needs a start: its length says how many variables there are")
    try:
        start = np.asarray(given, float)
    except (TypeError, ValueError) as error:
        raise ModelError(f"the start must be a list of numbers: {error}") from None
    if start.ndim != 1 or not len(start):
        raise ModelError(f"the start must be a list of numbers; it has the shape {start.shape}")
    return start
