"""Many solves side by side: a fixed number of lanes, each of which takes the next start as soon as it is done.

So no lane waits for the slowest, and one compiled program serves 10 starts or 100,000. Where there are several
devices each takes an equal share of the lanes, and they do not wait for one another within a run of sweeps.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import numpy as np

from solvers.numeric.cache import ProgramCache
from solvers.numeric.kernels.state import Answer, Bounds
from solvers.numeric.nl.model import Floats, Ints
from solvers.numeric.outcome import Outcome, are_solved
from solvers.numeric.sweeps import SWEEPS, Method, mapped, source

WIDTHS: tuple[int, ...] = (1, 32, 256)
"""Lanes of the compiled programs: few sizes, since each is compiled."""
MERGE_DISTANCE, MERGE_ERROR, MOST_KNOWN = 1e-3, 1e-3, 64
"""How close to one of the first optima found a search is stopped: relative distance, and its scaled residual."""

MOST_DONE, SLOW = 0.9, 3
"""When this share of the starts of one problem is done and none waits, those that have taken this many times the median
of sweeps are given up: a few stragglers would cost as much as all others together, since lanes run side by side."""


class Batch(NamedTuple):
    """B solves of one structure.

    Attributes:
        data: arguments of the problem's functions; leaves with B entries where `data_axes` says 0.
        data_axes: for each leaf of data 0, or None where all solves share it.
        bounds: (B, n) and (B, m), or (n,) and (m,) where all share them.
        starts: (B, n).
    """

    data: Any
    data_axes: Any
    bounds: Bounds
    starts: Floats


class Progress(NamedTuple):
    """What a run tells while it goes on."""

    done: int
    total: int
    best: float
    violation: float
    sweeps: int


@dataclass(frozen=True, slots=True)
class Answers:
    """What B solves found, by NumPy: as `Answer`, with a leading axis. Those not reached in time are LIMIT."""

    x: Floats
    y: Floats
    objective: Floats
    violation: Floats
    error: Floats
    outcome: Ints
    sweeps: Ints

    @property
    def is_solved(self) -> Any:
        """(B,) whether the first-order conditions hold."""
        return are_solved(self.outcome)


def run(
    method: Method,
    name: tuple[object, ...],
    batch: Batch,
    *,
    cache: ProgramCache,
    deadline: float = float("inf"),
    merges: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> Answers:
    """What every solve of a batch found.

    Args:
        method: the algorithm.
        name: what its program depends on besides shapes: structure, method, settings.
        batch: the solves.
        cache: where compiled programs are.
        deadline: on `time.monotonic()`; solves that are not done by then keep what they have.
        merges: whether all solves are of one problem, so that one that comes close to an optimum that another found
            is stopped there, and the last slow ones are given up.
        on_progress: told after every few sweeps.
    """
    total = len(batch.starts)
    m = batch.bounds.row_lower.shape[-1]
    width = next((size for size in WIDTHS if size >= total), WIDTHS[-1])
    axes = (batch.data_axes, jax.tree.map(lambda leaf: 0 if leaf.ndim == 2 else None, batch.bounds))
    answers = Answers(
        x=np.array(batch.starts, float),
        y=np.zeros((total, m)),
        objective=np.full(total, np.nan),
        violation=np.full(total, np.inf),
        error=np.full(total, np.inf),
        outcome=np.full(total, int(Outcome.LIMIT)),
        sweeps=np.zeros(total, np.int64),
    )
    shared = (batch.data, batch.bounds)
    nobody = np.zeros(width, np.int64)
    inputs = (*_rows(shared, axes, nobody), batch.starts[nobody])
    shapes = tuple((leaf.shape, str(leaf.dtype)) for leaf in jax.tree.leaves(inputs))
    program = cache.program((*name, shapes), lambda: source(method, axes, inputs))
    state = [np.zeros(shape, kind) for shape, kind in program.notes["state"]]
    fresh = np.ones(width, bool)
    lanes = np.arange(width) % total
    is_live = np.arange(width) < total
    waiting, done = min(width, total), 0
    while is_live.any() and time.monotonic() < deadline:
        data, bounds = _rows(shared, axes, lanes)
        result = program.run(*jax.tree.leaves((data, bounds, batch.starts[lanes])), *state, fresh)
        state, found = list(result[: len(state)]), Answer(*map(np.asarray, result[len(state) :]))
        for name_of, part in found._asdict().items():
            getattr(answers, name_of)[lanes[is_live]] = part[is_live]
        if merges:
            _merge(answers, lanes[is_live])
        ended = is_live & (answers.outcome[lanes] != Outcome.RUNNING)
        done += int(ended.sum())
        refill = np.flatnonzero(ended)[: max(0, total - waiting)]
        is_live = is_live & ~ended
        is_live[refill] = True
        lanes[refill] = np.arange(waiting, waiting + len(refill))
        waiting += len(refill)
        fresh = np.zeros(width, bool)
        fresh[refill] = True
        if merges and waiting == total and done >= MOST_DONE * total:
            is_live &= ~_is_slow(answers, lanes)
        if on_progress is not None:
            on_progress(_told(answers, done, total))
    answers.outcome[answers.outcome == Outcome.RUNNING] = int(Outcome.LIMIT)
    return answers


def _is_slow(answers: Answers, lanes: Ints) -> Any:
    """Which lanes have taken far more sweeps than was usual."""
    usual = np.median(answers.sweeps[answers.outcome != Outcome.RUNNING])
    return answers.sweeps[lanes] > SLOW * max(SWEEPS, usual)


def _merge(answers: Answers, places: Ints) -> None:
    """End the searches among `places` that are close to a known optimum, with that optimum as their answer."""
    known = np.flatnonzero(are_solved(answers.outcome))[:MOST_KNOWN]
    near = places[(answers.outcome[places] == Outcome.RUNNING) & (answers.error[places] <= MERGE_ERROR)]
    if not len(known) or not len(near):
        return
    away = np.abs(answers.x[near, None] - answers.x[known]) / (1.0 + np.abs(answers.x[known]))
    distance = away.max(axis=2, initial=0.0)
    nearest = distance.argmin(axis=1)
    is_close = distance[np.arange(len(near)), nearest] <= MERGE_DISTANCE
    for name in ("x", "y", "objective", "violation", "error"):
        part = getattr(answers, name)
        part[near[is_close]] = part[known[nearest[is_close]]]
    answers.outcome[near[is_close]] = int(Outcome.MERGED)


def _rows(shared: tuple[Any, Bounds], axes: tuple[Any, Any], lanes: Ints) -> tuple[Any, Bounds]:
    """Data and bounds of some solves: shared leaves as they are."""
    found: tuple[Any, Bounds] = mapped(lambda axis, leaf: leaf if axis is None else leaf[lanes], axes, shared)
    return found


def _told(answers: Answers, done: int, total: int) -> Progress:
    good = np.flatnonzero(answers.violation <= 1e-6)
    place = good[np.argmin(answers.objective[good])] if len(good) else int(np.argmin(answers.violation))
    return Progress(
        done,
        total,
        float(answers.objective[place]),
        float(answers.violation[place]),
        int(answers.sweeps.sum()),
    )
