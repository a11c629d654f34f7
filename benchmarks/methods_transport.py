"""Transport for `benchmarks.methods`: entropic plans at equal accuracy, and sparse plans beside optimal ones."""

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import ot

from solvers.numeric import Transport, minimize

SIZE, SMALL = 500, 100
REGS = (1e-2, 1e-3, 1e-4)
ACCURACY = 1e-8
MOST_SWEEPS = 10_000
ROUNDS = 2


class Task(NamedTuple):
    """Costs of range 1 and masses that sum to 1."""

    cost: Any
    source: Any
    target: Any


def points(size: int) -> Task:
    """Squared distances of uniform points in the plane, masses drawn alike."""
    draw = np.random.default_rng(0)
    cost = ((draw.uniform(size=(size, 1, 2)) - draw.uniform(size=(1, size, 2))) ** 2).sum(-1)
    return Task(cost / cost.max(), draw.dirichlet(np.ones(size)), draw.dirichlet(np.ones(size)))


def random(size: int) -> Task:
    """Uniform costs."""
    draw = np.random.default_rng(0)
    cost = draw.uniform(size=(size, size))
    return Task(cost, draw.dirichlet(np.ones(size)), draw.dirichlet(np.ones(size)))


TASKS: dict[str, Callable[[int], Task]] = {"points": points, "random": random}


class Ended(NamedTuple):
    """The error of the marginals, passes over the cost, and seconds, the least of some rounds."""

    error: float
    passes: int
    seconds: float


def _timed(run: Callable[[Task, float], tuple[float, int]], task: Task, reg: float) -> Ended:
    seconds = []
    for _ in range(ROUNDS):  # the first compiles
        begun = time.perf_counter()
        error, passes = run(task, reg)
        seconds.append(time.perf_counter() - begun)
    return Ended(error, passes, min(seconds))


def _newton(task: Task, reg: float) -> tuple[float, int]:
    problem = Transport(*task, reg=reg, tolerance=ACCURACY)
    found = minimize(problem, method="sinkhorn-newton", time_limit=600)
    return found.error, found.evaluations


def _sinkhorn(task: Task, reg: float) -> tuple[float, int]:
    plan, told = ot.sinkhorn(
        task.source, task.target, task.cost, reg, method="sinkhorn_stabilized",
        numItermax=MOST_SWEEPS, stopThr=ACCURACY, log=True, warn=False,
    )  # fmt: skip
    error = np.abs(plan.sum(1) - task.source).sum() + np.abs(plan.sum(0) - task.target).sum()
    return float(error), 2 * told["n_iter"]


def _exact(task: Task, reg: float) -> tuple[float, int]:
    del reg
    return minimize(Transport(*task)).violation, 0


def transport() -> Iterator[str]:
    """Entropic plans by Newton's method and by the library's stabilized sweeps; then sparse plans."""
    yield f"{SIZE} places to {SIZE}, marginals to {ACCURACY:g}, {MOST_SWEEPS:,} sweeps at most:\n"
    yield (
        "| Task | reg | Sinkhorn-Newton: passes, error | POT's Sinkhorn: passes, error | Its time over ours"
        " | That of exact over ours |"
    )
    yield "| --- | --- | --- | --- | --- | --- |"
    for name, make in TASKS.items():
        task = make(SIZE)
        for reg in REGS:
            ours, theirs, exact = (_timed(run, task, reg) for run in (_newton, _sinkhorn, _exact))
            cells = [f"{one.passes}, {one.error:.0e}" for one in (ours, theirs)]
            ratios = [f"{one.seconds / ours.seconds:.2g}" for one in (theirs, exact)]
            yield f"| {name} | {reg:g} | {cells[0]} | {cells[1]} | {ratios[0]} | {ratios[1]} |"
    yield f"\n{SMALL} places to {SMALL}:\n"
    yield "| Task | Method | Cost over the least | Nonzeros, most in a column | Mass misplaced |"
    yield "| --- | --- | --- | --- | --- |"
    for name, make in TASKS.items():
        task = make(SMALL)
        least = minimize(Transport(*task)).objective
        for method, options in (
            ("exact", {}), ("sinkhorn-newton", {}),
            *(("sparse", {"nonzeros": count}) for count in (2, 5, 10)),
        ):  # fmt: skip
            found = minimize(Transport(*task, **options), method=method)
            plan = found.point
            missed = 0.5 * np.abs(plan.sum(1) - task.source).sum()
            told = f"{np.sum(plan > 0)}, {(plan > 0).sum(0).max()} | {missed:.1e}"
            label = f"{method}, at most {options['nonzeros']}" if options else method
            yield f"| {name} | {label} | {found.objective / least:.5f} | {told} |"
