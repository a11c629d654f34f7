"""Minimize a smooth problem from one or many starts: the one entry for NL files, Pyomo models and functions."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, overload

import jax
import jax.numpy as jnp
import numpy as np

from solvers.errors import ModelError
from solvers.numeric import lanes
from solvers.numeric.best import result_of
from solvers.numeric.cache import ProgramCache
from solvers.numeric.compile import oracle_of_functions
from solvers.numeric.kernels.state import Bounds
from solvers.numeric.methods.answer import MethodResult
from solvers.numeric.methods.entry import KINDS, Problem, solve_by_method
from solvers.numeric.multistart import spread
from solvers.numeric.result import Result, Summary
from solvers.numeric.roads import METHODS, OnProgress, method_for, shared_cache, solve_models
from solvers.numeric.source import as_model

DEFAULT_TIME_LIMIT_S = 60.0


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
    cache_folder: Path | None = None,
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
    cache_folder: Path | None = None,
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
        method: auto (the router's choice, with the other road where it fails), lanes, or ipopt; for problems of other
            kinds a method of theirs.
        time_limit: seconds.
        cache_folder: where compiled programs are kept for later processes.
        on_progress: told as the search goes on.

    Raises:
        ModelError: the problem is malformed, has whole variables, or does not fit the method.

    Example:
        >>> from solvers.numeric import minimize
        >>> result = minimize(lambda x: (x[0] - 1) ** 2 + (x[1] + 2) ** 2, [0.0, 0.0])
        >>> result.outcome.name, result.x.round(6).tolist()
        ('SOLVED', [1.0, -2.0])
    """
    if starts < 1:
        raise ModelError(f"{starts} starts were asked for; take 1 or more")
    if not 0 < time_limit < float("inf"):
        raise ModelError(f"the time limit is {time_limit}; give positive seconds")
    begun = time.monotonic()
    if isinstance(problem, KINDS):
        if starts != 1 or rows is not None or bounds is not None or row_bounds is not None:
            raise ModelError(f"{type(problem).__name__} takes one start, and neither rows nor bounds here")
        return solve_by_method(problem, start, method=method, seed=seed, time_limit=time_limit)
    if method not in METHODS:
        raise ModelError(
            f"there is no method {method!r} for models and functions; take one of {', '.join(METHODS)}"
        )
    if callable(problem):
        given = _Functions(problem, rows, _limits(bounds), _limits(row_bounds))
        with jax.enable_x64(True):
            return _of_functions(given, start, starts, seed, time_limit, on_progress)
    if rows is not None or bounds is not None or row_bounds is not None:
        raise ModelError("rows, bounds and row_bounds belong to functions; a model has its own")
    model = as_model(problem)
    first = model.parsed.start if start is None else np.asarray(start, float)
    if first.shape != (model.parsed.variables,):
        raise ModelError(
            f"the start has {first.size} values; the model has {model.parsed.variables} variables"
        )
    points = spread(first, model.parsed.lower, model.parsed.upper, starts, seed)
    (found,) = solve_models(
        [model], [points], method=method, deadline=begun + time_limit,
        cache=shared_cache(cache_folder), on_progress=on_progress,
    )  # fmt: skip
    return replace(found, seconds=time.monotonic() - begun)


class _Functions(NamedTuple):
    """A problem given as functions."""

    objective: Callable[[Any], Any]
    rows: Callable[[Any], Any] | None
    bounds: tuple[Any, Any]
    row_bounds: tuple[Any, Any]


def _limits(pair: tuple[Any, Any] | None) -> tuple[Any, Any]:
    return (-np.inf, np.inf) if pair is None else pair


def _of_functions(
    given: _Functions,
    start: Sequence[float] | None,
    starts: int,
    seed: int,
    time_limit: float,
    on_progress: OnProgress | None,
) -> Result:
    begun = time.monotonic()
    if start is None:
        raise ModelError("a function needs a start: its length says how many variables there are")
    first = np.asarray(start, float)
    n = len(first)
    lower, upper = (np.broadcast_to(np.asarray(end, float), n) for end in given.bounds)
    count = 0 if given.rows is None else int(np.prod(jax.eval_shape(given.rows, jnp.zeros(n)).shape))
    low, high = (np.broadcast_to(np.asarray(end, float), count) for end in given.row_bounds)
    order = np.argsort(low != high, kind="stable")
    rows = given.rows
    permuted = None if rows is None else (lambda x: jnp.ravel(rows(x))[order])
    method = method_for(oracle_of_functions(given.objective, permuted), int((low == high).sum()), count)
    points = spread(first, lower, upper, starts, seed)
    batch = lanes.Batch((), (), Bounds(lower, upper, low[order], high[order]), points)
    answers = lanes.run(
        method, ("functions", id(given.objective), id(given.rows)), batch, cache=ProgramCache(),
        deadline=begun + time_limit, merges=True, on_progress=on_progress,
    )  # fmt: skip
    y = np.zeros_like(answers.y)
    y[:, order] = answers.y
    summary = Summary(
        answers.outcome, answers.x, y, answers.objective, answers.violation, answers.error, answers.sweeps
    )
    found = result_of(None, summary, f"compiled lanes on {jax.default_backend()}")
    return replace(found, seconds=time.monotonic() - begun)
