"""Functions over simple sets for `benchmarks.methods`: what each method spends until its gap is small."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from solvers.numeric import Box, OverSet, Simplex, minimize

SEEDS = 3
TOLERANCE = 1e-4


class Task(NamedTuple):
    """A function, its set, and the methods that take it."""

    problem: OverSet
    start: Any
    methods: tuple[str, ...]


def mixture(seed: int) -> Task:
    """Least squares over the simplex, 60 rows, 40 variables, a sparse mixture behind them."""
    draw = np.random.default_rng(seed)
    a = draw.normal(size=(60, 40))
    b = a @ draw.dirichlet(np.full(40, 0.1)) + 0.01 * draw.normal(size=60)
    problem = OverSet(lambda x: 0.5 * jnp.sum((a @ x - b) ** 2), Simplex(), 2_000, TOLERANCE)
    return Task(problem, np.full(40, 1 / 40), ("frank-wolfe", "projected-gradient"))


def quadratic(seed: int) -> Task:
    """A convex quadratic over a box, 40 variables, condition 1e4."""
    draw = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(draw.normal(size=(40, 40)))
    matrix, c = turn @ np.diag(np.logspace(-2, 2, 40)) @ turn.T, draw.normal(size=40)
    problem = OverSet(lambda x: 0.5 * x @ matrix @ x - c @ x, Box(-1.0, 1.0), 2_000, TOLERANCE)
    return Task(problem, np.zeros(40), ("frank-wolfe", "projected-gradient"))


def valley(seed: int) -> Task:
    """Rosenbrock's chained function of 40 variables over a box, from random starts; not convex."""
    start = np.random.default_rng(seed).uniform(-1, 1, 40)
    problem = OverSet(
        lambda x: jnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2),
        Box(-2.0, 2.0),
        2_000,
        TOLERANCE,
    )
    return Task(problem, start, ("projected-gradient",))


TASKS: dict[str, Callable[[int], Task]] = {
    "mixture over the simplex": mixture,
    "quadratic over a box": quadratic,
}


def sets() -> Iterator[str]:
    """Values and gradients of f until the gap is below 1e-4, or what is left of it after 2,000 iterations."""
    yield "| Task | Method | Evaluations, by seed | Gap at the end, by seed |"
    yield "| --- | --- | --- | --- |"
    for name, make in TASKS.items():
        for method in make(0).methods:
            tasks = [make(seed) for seed in range(SEEDS)]
            found = [minimize(task.problem, task.start, method=method, time_limit=600) for task in tasks]
            spent = ", ".join(str(one.evaluations) for one in found)
            yield f"| {name} | {method} | {spent} | {', '.join(f'{one.gap:.1e}' for one in found)} |"
