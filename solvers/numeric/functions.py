"""Problems given as functions written with `jax.numpy`: by compiled lanes, and by IPOPT where these find no optimum."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from solvers.errors import EngineMissing, ModelError
from solvers.numeric import lanes
from solvers.numeric.best import result_of
from solvers.numeric.cache import ProgramCache
from solvers.numeric.certificate import unexplained
from solvers.numeric.compile import oracle_of_functions
from solvers.numeric.kernels.state import Bounds
from solvers.numeric.multistart import spread
from solvers.numeric.nl.model import Floats
from solvers.numeric.outcome import Outcome
from solvers.numeric.result import Result, Summary
from solvers.numeric.roads import LANES, MethodName, OnProgress, lanes_in_words, method_for

if TYPE_CHECKING:  # loads IPOPT
    from solvers.backends.ipopt_callbacks import Functions, Limits

ACCURATE, ACCEPTABLE = 1e-6, 1e-3
"""Residuals of the first-order conditions, scaled, up to which a point of IPOPT counts as solved, and as acceptable."""


class Problem(NamedTuple):
    """min f(x) with row_lower <= c(x) <= row_upper, lower <= x <= upper; n variables, m rows."""

    objective: Callable[[Any], Any]
    rows: Callable[[Any], Any] | None
    lower: Floats
    upper: Floats
    row_lower: Floats
    row_upper: Floats


def problem_of(
    objective: Callable[[Any], Any],
    rows: Callable[[Any], Any] | None,
    variables: int,
    bounds: tuple[Any, Any],
    row_bounds: tuple[Any, Any],
) -> Problem:
    """The problem, its limits as arrays; runs in double precision, see `jax.enable_x64`.

    Raises:
        ModelError: limits do not fit, contradict each other or are no numbers, or the functions give something else.
    """
    if _size_of("the objective", objective, variables) != 1:
        raise ModelError("the objective gives an array; it must give one number, such as jnp.sum(...)")
    count = 0 if rows is None else _size_of("rows", rows, variables)
    lower, upper = _limits("bounds", bounds, variables, "variables")
    low, high = _limits("row_bounds", row_bounds, count, "rows")
    return Problem(objective, rows, lower, upper, low, high)


def _size_of(what: str, function: Callable[[Any], Any], variables: int) -> int:
    """How many numbers a function gives."""
    found = jax.eval_shape(function, jnp.zeros(variables))
    if not isinstance(found, jax.ShapeDtypeStruct):
        raise ModelError(
            f"{what} must give an array of JAX, such as jnp.stack([...]), not {type(found).__name__}"
        )
    return int(np.prod(found.shape))


def _limits(what: str, given: tuple[Any, Any], count: int, of: str) -> tuple[Floats, Floats]:
    """The lower and the upper limits, (count,) each."""
    try:
        low, high = (np.broadcast_to(np.asarray(end, float), count) for end in given)
    except (TypeError, ValueError) as error:
        raise ModelError(
            f"{what} are a lower and an upper limit, a number or {count} each: {error}"
        ) from None
    wrong = np.flatnonzero(~(low <= high) | (low == np.inf) | (high == -np.inf))
    if len(wrong):
        place = int(wrong[0])
        raise ModelError(
            f"{what}: no value of {of} {place} is at least {low[place]} and at most {high[place]}"
        )
    return low, high


def minimize_functions(
    problem: Problem,
    start: Sequence[float] | Floats,
    *,
    starts: int,
    seed: int,
    method: MethodName,
    deadline: float,
    on_progress: OnProgress | None = None,
) -> Result:
    """The best local optimum found; arguments as of `minimize`.

    Raises:
        EngineMissing: IPOPT was asked for, and is not installed.
    """
    points = spread(np.asarray(start, float), problem.lower, problem.upper, starts, seed)
    has_ipopt = find_spec("casadi") is not None
    if method == "ipopt":
        if not has_ipopt:
            raise EngineMissing('IPOPT is not installed: pip install "optwright[engines]"')
        summary = _by_ipopt(problem, points, deadline)
        return result_of(None, summary, "ipopt was asked for; its derivatives are by JAX, in this process")
    found = result_of(
        None,
        _by_lanes(problem, points, method, deadline, on_progress),
        lanes_in_words(method),
    )
    is_left = not found.outcome.is_solved and time.monotonic() < deadline
    if method in LANES or not has_ipopt or not is_left:
        return found
    reason = f"{found.route}, which ended as {found.outcome.name}; IPOPT with derivatives by JAX"
    other = result_of(None, _by_ipopt(problem, points[:1], deadline), reason)
    return replace(other, starts=found.starts) if other.outcome.is_solved else found


def _by_lanes(
    problem: Problem, points: Floats, asked: MethodName, deadline: float, on_progress: OnProgress | None
) -> Summary:
    """What the lanes found; they take equalities first."""
    low, high = problem.row_lower, problem.row_upper
    order = np.argsort(low != high, kind="stable")
    rows = problem.rows
    permuted = None if rows is None else (lambda x: jnp.ravel(rows(x))[order])
    oracle = oracle_of_functions(problem.objective, permuted)
    bounds = Bounds(problem.lower, problem.upper, low[order], high[order])
    method = method_for(asked, oracle, int((low == high).sum()), bounds)
    batch = lanes.Batch((), (), bounds, points)
    answers = lanes.run(
        method, ("functions", id(problem.objective), id(problem.rows)), batch, cache=ProgramCache(),
        deadline=deadline, merges=True, on_progress=on_progress,
    )  # fmt: skip
    y = np.zeros_like(answers.y)
    y[:, order] = answers.y
    return Summary(
        answers.outcome, answers.x, y, answers.objective, answers.violation, answers.error, answers.sweeps
    )


def _by_ipopt(problem: Problem, points: Floats, deadline: float) -> Summary:
    """What IPOPT found from each start; how well is computed again, and not taken from its report."""
    from solvers.backends.ipopt_callbacks import Limits, solve_functions

    functions, limits = _functions(problem), Limits(*problem[2:])
    found = solve_functions(functions, limits, points, deadline)
    checked = [_residuals(functions, limits, one.x, one.y) for one in found]
    return Summary(
        outcome=np.array(
            [_judged(one.outcome, check.error) for one, check in zip(found, checked, strict=True)], np.int64
        ),
        x=np.array([one.x for one in found]),
        y=np.array([one.y for one in found]).reshape(len(found), len(limits.row_lower)),
        objective=np.array([functions.objective(one.x) for one in found]),
        violation=np.array([check.violation for check in checked]),
        error=np.array([check.error for check in checked]),
        iterations=np.array([one.iterations for one in found], np.int64),
    )


def _functions(problem: Problem) -> "Functions":
    """Values and derivatives by JAX, compiled, as NumPy arrays."""
    from solvers.backends.ipopt_callbacks import Functions

    given = problem.rows
    objective = jax.jit(lambda x: jnp.reshape(problem.objective(x), ()))
    rows = jax.jit(lambda x: jnp.zeros(0) if given is None else jnp.ravel(given(x)))
    gradient, jacobian = jax.jit(jax.grad(objective)), jax.jit(jax.jacfwd(rows))
    hessian = jax.jit(jax.hessian(lambda x, weight, y: weight * objective(x) + y @ rows(x)))
    return Functions(
        objective=lambda x: float(objective(x)),
        gradient=lambda x: np.asarray(gradient(x), float),
        rows=lambda x: np.asarray(rows(x), float),
        jacobian=lambda x: np.asarray(jacobian(x), float),
        hessian=lambda x, weight, y: np.asarray(hessian(x, weight, y), float),
    )


class _Residuals(NamedTuple):
    """The largest violation of a row, and of the first-order conditions the largest residual, scaled."""

    violation: float
    error: float


def _residuals(functions: "Functions", limits: "Limits", x: Floats, y: Floats) -> _Residuals:
    """Of a point x with multipliers y, the change of f per unit of each row's limit."""
    values, gradient, slopes = functions.rows(x), functions.gradient(x), functions.jacobian(x)
    size = max(1.0, float(np.abs(gradient).max(initial=0.0)))
    stationarity = np.abs(unexplained(gradient - y @ slopes, x, limits.lower, limits.upper)) / size
    excess = np.maximum(np.maximum(limits.row_lower - values, values - limits.row_upper), 0.0)
    room = np.where(y > 0, values - limits.row_lower, limits.row_upper - values)
    slack = np.abs(y) * np.where(np.isfinite(room), np.abs(room), 1.0) / size
    parts = np.concatenate((stationarity, excess / np.maximum(1.0, np.abs(values)), slack))
    error = float(parts.max(initial=0.0))
    return _Residuals(float(excess.max(initial=0.0)), error if np.isfinite(parts).all() else np.inf)


def _judged(told: Outcome, error: float) -> Outcome:
    if not told.is_solved:
        return told
    if error <= ACCURATE:
        return Outcome.SOLVED
    return Outcome.ACCEPTABLE if error <= ACCEPTABLE else Outcome.STALLED
