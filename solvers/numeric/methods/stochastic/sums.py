"""Sums over data, solved: checks, the search of a rate, the run, and what is said of its end."""

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from solvers.errors import ModelError
from solvers.numeric.methods.answer import MethodResult, answered
from solvers.numeric.methods.problems import Sum
from solvers.numeric.methods.stochastic import schedules
from solvers.numeric.methods.stochastic.batch_growth import run_growing
from solvers.numeric.methods.stochastic.catalogue import METHODS, Method
from solvers.numeric.methods.stochastic.program import Program, program_of
from solvers.numeric.methods.stochastic.training import Batches, Course, Runner, State
from solvers.numeric.methods.stochastic.tuning import CANDIDATES, SHARE, search
from solvers.numeric.nl.model import Floats
from solvers.numeric.outcome import Outcome

AUTO = "prodigy"
SOLVED, ACCEPTABLE = 1e-6, 1e-3
REHEARSAL = 0.3
"""Part of the budget for the run whose gradient norms shape the refined schedule."""


def solve_sum(problem: Sum, start: Any, *, method: str, seed: int, deadline: float) -> MethodResult:
    """The point that a method reaches within the budget.

    Args:
        problem: the sum.
        start: (n,), or any tree of arrays.
        method: of `METHODS`, or auto.
        seed: of the batches.
        deadline: on `time.monotonic()`.

    Raises:
        ModelError: the problem is malformed, or the method is none for sums.
    """
    name = AUTO if method == "auto" else method
    if name not in METHODS:
        known = ", ".join(METHODS)
        raise ModelError(f"there is no method {method!r} for sums over data; take auto or one of {known}")
    chosen = METHODS[name]
    data, first = _data(problem), _start(start)
    _check(problem, len(data[0]), chosen, name)
    per_epoch = len(data[0]) // problem.batch_size
    steps = int(problem.epochs * per_epoch / chosen.cost)
    if steps < 1:
        raise ModelError(f"{problem.epochs} epochs are less than one step of {method}; give more")
    program = _program(problem, first, data, name)
    begun, steep = (float(part) for part in program.objective(first, data))
    runner = Runner(
        program, data, problem.batch_size, chosen.cost, max(1, round(SHARE * steps)), deadline, Course()
    )
    point, said, value, outcome = first, "", begun, Outcome.UNDEFINED
    if math.isfinite(begun):
        plan = _Plan(name, steps, len(data[0]) * problem.epochs, seed)
        end, said = _run(problem, plan, runner, first)
        point = program.evaluated(end.memory, end.parameters)
        value, steep = (float(part) for part in program.objective(point, data))
        outcome = _outcome(begun, value, steep)
    flat = np.asarray(ravel_pytree(point)[0])
    return answered(
        flat, value, outcome, error=steep, evaluations=round(runner.course.spent), iterations=runner.course.steps,
        route=f"{name}, {chosen.source}{said}; error is the largest entry of the gradient",
        point=point, history=runner.course.history,
    )  # fmt: skip


class _Plan(NamedTuple):
    """The method's name, the steps and sample gradients of the budget, and the seed of the batches."""

    name: str
    steps: int
    budget: float
    seed: int


def _run(problem: Sum, plan: _Plan, runner: Runner, first: Any) -> tuple[State, str]:
    """The last state, and in words which rate and schedule led there."""
    method = METHODS[plan.name]
    state, batches, used = runner.begin(first), Batches(len(runner.data[0]), plan.seed), 0
    rate, left = problem.rate or 1.0, plan.steps
    if method.largest is not None and problem.rate is None and plan.steps > 2 * CANDIDATES:
        rate, state, batches = search(runner, state, method.largest, plan.steps, plan.seed)
        used = runner.stretch
        left = max(1, plan.steps - CANDIDATES * used)
        runner.course.history.clear()
    elif method.largest is not None and problem.rate is None:
        rate = method.largest / 10
    shape = problem.schedule if problem.schedule != "auto" else "linear" if method.decays else "constant"
    said = f", rate {rate:.3g}, {shape}"
    if plan.name == "adadagrad":
        state, sizes = run_growing(runner, state, plan.budget, batches, np.full(plan.steps, rate))
        return state, f"{said}, batches up to {max(sizes, default=problem.batch_size)}"

    left = max(1, left // runner.stretch) * runner.stretch

    def rates(factors: Floats) -> Floats:
        padded = np.full(plan.steps, rate)
        padded[used : used + len(factors)] = rate * factors
        return padded

    if shape != schedules.REFINED:
        factors = schedules.factors(shape, left)
        return runner.run(state, left, batches, rates(factors))[0], said
    whole = runner.stretch
    rehearsal = max(1, round(REHEARSAL * left / whole)) * whole
    runner.course.norms.clear()
    runner.run(state, rehearsal, batches, rates(schedules.linear(np.arange(rehearsal) / rehearsal)))
    factors = schedules.refined(np.concatenate(runner.course.norms), max(whole, left - rehearsal))
    return runner.run(state, len(factors), batches, rates(factors))[0], said


def _program(problem: Sum, first: Any, data: Any, name: str) -> Program:
    """The compiled steps, once the loss has been seen to give one number."""
    sample = tuple(part[0] for part in data)
    try:
        shape = jax.eval_shape(problem.loss, first, *sample)
    except (TypeError, ValueError) as error:
        raise ModelError(f"loss(x, *sample) cannot be traced by JAX at the start: {error}") from error
    if getattr(shape, "shape", None) != ():
        raise ModelError(f"the loss of one sample must be one number; it is {shape}")
    return program_of(problem.loss, name, name == "adadagrad")


def _data(problem: Sum) -> tuple[Any, ...]:
    """The arrays, as a tuple."""
    given = problem.data if isinstance(problem.data, list | tuple) else (problem.data,)
    arrays = tuple(np.asarray(part) for part in given)
    lengths = {part.shape[0] if part.ndim else 0 for part in arrays}
    if len(lengths) != 1 or 0 in lengths:
        raise ModelError(
            f"data are arrays of one length, the number of samples; these have shapes {[a.shape for a in arrays]}"
        )
    for place, part in enumerate(arrays):
        if part.dtype.kind not in "fiub":
            raise ModelError(f"data array {place} holds {part.dtype}; give numbers")
        if not np.all(np.isfinite(part)):
            raise ModelError(f"data array {place} has entries that are not finite; leave these samples out")
    return tuple(jnp.asarray(part) for part in arrays)


def _start(start: Any) -> Any:
    """The start as a tree of arrays in double precision; a list of numbers is a vector."""
    if start is None:
        raise ModelError("a sum over data needs a start: its shape says what x is")
    if isinstance(start, list | tuple) and all(isinstance(part, int | float) for part in start):
        start = np.asarray(start, float)
    tree = jax.tree.map(lambda part: jnp.asarray(part, float), start)
    if not jax.tree.leaves(tree) or not all(part.size for part in jax.tree.leaves(tree)):
        raise ModelError("the start is empty; there is nothing to choose")
    if not all(bool(jnp.all(jnp.isfinite(part))) for part in jax.tree.leaves(tree)):
        raise ModelError("the start has entries that are not finite")
    return tree


def _check(problem: Sum, samples: int, method: Method, name: str) -> None:
    """Refuses budgets, batches, rates and schedules outside a method's assumptions."""
    if not 1 <= problem.batch_size <= samples:
        raise ModelError(
            f"the batch size is {problem.batch_size}; take 1 to {samples}, the number of samples"
        )
    if not 0 < problem.epochs < math.inf:
        raise ModelError(f"{problem.epochs} epochs were asked for; give a positive number")
    if problem.rate is not None and not 0 < problem.rate < math.inf:
        raise ModelError(f"the rate is {problem.rate}; give a positive number, or None for a search")
    if problem.schedule not in ("auto", *schedules.NAMES):
        known = ", ".join(schedules.NAMES)
        raise ModelError(f"there is no schedule {problem.schedule!r}; take auto or one of {known}")
    if not method.decays and problem.schedule not in ("auto", "constant"):
        raise ModelError(f"{name} does without a schedule; leave it out, or take another method")
    if name == "adadagrad" and problem.batch_size < 2:
        raise ModelError("adadagrad estimates the variance within a batch; take batches of 2 or more")


def _outcome(begun: float, value: float, steep: float) -> Outcome:
    if steep <= SOLVED:
        return Outcome.SOLVED
    if not value < begun:
        return Outcome.STALLED
    return Outcome.ACCEPTABLE if steep <= ACCEPTABLE else Outcome.LIMIT
