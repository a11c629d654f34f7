"""Many solves side by side: a fixed number of lanes, each of which takes the next start as soon as it is done.

So no lane waits for the slowest, and one compiled program serves 10 starts or 100,000. Where there are several
devices each takes an equal share of the lanes, and they do not wait for one another within a run of sweeps; on the
cores of one CPU, processes do, see `solvers.numeric.crew`.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import jax
import numpy as np

from solvers.numeric.cache import ProgramCache
from solvers.numeric.crew.groups import Groups
from solvers.numeric.crew.pool import shared_crew
from solvers.numeric.kernels.state import Bounds
from solvers.numeric.nl.model import Floats, Ints
from solvers.numeric.outcome import Outcome, are_solved
from solvers.numeric.sweeps import SWEEPS, Method, mapped, source

WIDTHS: tuple[int, ...] = (1, 32, 256)
"""Lanes of the compiled programs: few sizes, since each is compiled."""
GROUP, SMALL_GROUP, LARGE, MOST_GROUPS = 128, 32, 32, 16
"""On a CPU the widest program has so many lanes, or fewer where variables and rows are more than `LARGE`, so that each
takes longer; there are up to so many groups of them, which processes share."""
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
    """What B solves found, by NumPy: as `Answer`, with a leading axis. Those not reached in time are LIMIT.

    `processes` is how many took part.
    """

    x: Floats
    y: Floats
    objective: Floats
    violation: Floats
    error: Floats
    outcome: Ints
    sweeps: Ints
    processes: int = 1

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
    processes: int = 1,
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
        processes: how many may share the lanes, this one among them; the answers do not depend on it.
        on_progress: told after every few sweeps.
    """
    total = len(batch.starts)
    width, count = layout(
        total, sum(bound.shape[-1] for bound in (batch.bounds.lower, batch.bounds.row_lower))
    )
    with shared_crew().lent(min(processes, count) - 1) as workers:  # they start while a program is compiled
        axes = (batch.data_axes, jax.tree.map(lambda leaf: 0 if leaf.ndim == 2 else None, batch.bounds))
        shared = (batch.data, batch.bounds)

        def inputs(places: Ints) -> list[Any]:
            return jax.tree.leaves((*_rows(shared, axes, places), batch.starts[places]))

        nobody = np.zeros(width, np.int64)
        shapes = tuple((leaf.shape, str(leaf.dtype)) for leaf in inputs(nobody))
        program = cache.program(
            (*name, shapes),
            lambda: source(method, axes, (*_rows(shared, axes, nobody), batch.starts[nobody])),
        )
        groups = Groups(program, width, count, workers)
        return _searched(batch, groups, inputs, deadline=deadline, merges=merges, on_progress=on_progress)


def layout(total: int, size: int) -> tuple[int, int]:
    """Lanes of a group, and groups: some 8 sqrt(total) lanes, since more would wait for the slowest at the end.

    The number of processes has no say in it, so that answers do not differ by it.

    Args:
        total: solves.
        size: variables and rows of each.
    """
    width = next((lanes for lanes in WIDTHS if lanes >= total), WIDTHS[-1])
    group = GROUP if size <= LARGE else SMALL_GROUP
    if width <= group or jax.default_backend() != "cpu" or jax.device_count() > 1:
        return width, 1
    return group, min(MOST_GROUPS, max(1, 8 * math.isqrt(total) // group))


def _searched(
    batch: Batch,
    groups: Groups,
    inputs: Callable[[Ints], list[Any]],
    *,
    deadline: float,
    merges: bool,
    on_progress: Callable[[Progress], None] | None,
) -> Answers:
    """What the lanes find, each of which takes the next start as soon as it is done."""
    total, seats = len(batch.starts), groups.lanes
    answers = _blank(batch)
    fresh = np.ones(seats, bool)
    lanes = np.arange(seats) % total
    is_live = np.arange(seats) < total
    waiting, done = min(seats, total), 0
    while is_live.any() and time.monotonic() < deadline:
        begins_anew = np.ones(seats, bool)
        for part, found in groups.step(lambda part: inputs(lanes[part]), is_live, fresh, deadline):
            mine = is_live[part]
            for name_of, values in found._asdict().items():
                getattr(answers, name_of)[lanes[part][mine]] = values[mine]
            begins_anew[part] = False
        if merges:
            _merge(answers, lanes[is_live])
        ended = is_live & (answers.outcome[lanes] != Outcome.RUNNING)
        done += int(ended.sum())
        refill = np.flatnonzero(ended)[: max(0, total - waiting)]
        is_live = is_live & ~ended
        is_live[refill] = True
        lanes[refill] = np.arange(waiting, waiting + len(refill))
        waiting += len(refill)
        fresh = begins_anew
        fresh[refill] = True
        if merges and waiting == total and done >= MOST_DONE * total:
            is_live &= ~_is_slow(answers, lanes)
        if on_progress is not None:
            on_progress(_told(answers, done, total))
    answers.outcome[answers.outcome == Outcome.RUNNING] = int(Outcome.LIMIT)
    return replace(answers, processes=groups.processes)


def _blank(batch: Batch) -> Answers:
    """Answers of solves that have not begun."""
    total, rows = len(batch.starts), batch.bounds.row_lower.shape[-1]
    return Answers(
        x=np.array(batch.starts, float),
        y=np.zeros((total, rows)),
        objective=np.full(total, np.nan),
        violation=np.full(total, np.inf),
        error=np.full(total, np.inf),
        outcome=np.full(total, int(Outcome.RUNNING)),
        sweeps=np.zeros(total, np.int64),
    )


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
