"""Ranks, scores and costs for `benchmarks.methods`: rankings, trainings, sequences of solves."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from benchmarks.methods_boxes import rosenbrock
from solvers.numeric import Ranked, SolveSequence, Training, minimize

SEEDS = 5
CANDIDATES = 10
CALLS = 100
SPREAD = 0.3
MEMBERS, ROUNDS = 8, 20
SOLVES = 200
SEQUENCE_SEEDS = 3
TIME_LIMIT_S = 600.0


def _scaled(x: Any) -> float:
    return float(np.logspace(0, 2, x.size) @ (x - 1) ** 2)


def _sphere(x: Any) -> float:
    return float(np.sum((x - 1) ** 2))


def _preference() -> Callable[[Any], float]:
    draw = np.random.default_rng(0)
    a = draw.normal(size=(400, 100))
    b = np.sign(a @ draw.normal(size=100))
    return lambda x: float(np.mean(np.logaddexp(0, -b * (a @ x)))) + 1e-3 * float(x @ x)


RANKED: dict[str, tuple[Callable[[Any], float], int]] = {
    "Rosenbrock, 4": (rosenbrock, 4),
    "quadratic, 10, condition 100": (_scaled, 10),
    "logistic regression, 100": (_preference(), 100),
    "sphere, 200": (_sphere, 200),
}


def _best_of(function: Callable[[Any], float], n: int, seed: int) -> float:
    """Moves to the best of x and nine points drawn around it; nearer ones where x stays the best."""
    draw, x, spread = np.random.default_rng(seed), np.zeros(n), SPREAD
    for _ in range(CALLS):
        points = np.vstack([x, x + spread * draw.normal(size=(CANDIDATES - 1, n))])
        best = int(np.argmin([function(point) for point in points]))
        x, spread = points[best], spread if best else 0.85 * spread
    return function(x)


def _ranked(function: Callable[[Any], float], most: int, points: Any) -> Any:
    return np.argsort([function(point) for point in points])[:most]


def rankings() -> Iterator[str]:
    """The hidden f after 100 rankings of 10 candidates, from 0."""
    yield f"| {' | '.join(('', *RANKED))} |"
    yield f"| {' | '.join(['---'] * (len(RANKED) + 1))} |"
    yield f"| at the start | {' | '.join(f'{f(np.zeros(n)):.5g}' for f, n in RANKED.values())} |"
    for method in ("rank-sgd", "rank-sgd, the best 3 named", "cma-es", "best of 10"):
        cells = []
        for function, n in RANKED.values():
            values = []
            for seed in range(SEEDS):
                if method == "best of 10":
                    values.append(_best_of(function, n, seed))
                    continue
                rank = partial(_ranked, function, 3 if "3" in method else CANDIDATES)
                problem = Ranked(rank, CANDIDATES, CALLS, SPREAD)
                found = minimize(problem, np.zeros(n), method=method.split(",")[0], seed=seed)
                values.append(function(found.x))
            cells.append(f"{np.median(values):.4g} ({min(values):.4g} to {max(values):.4g})")
        yield f"| {method} | {' | '.join(cells)} |"


class Learner(NamedTuple):
    """A model that trains by stretches: (state, rate, seed) to (state, held-out loss), and its first state."""

    stretch: Callable[[Any, float, int], tuple[Any, float]]
    first: Any


def regression(seed: int) -> Learner:
    """Least squares by single samples with noise 0.5: 20 variables, scales over a decade; rates have to fall."""
    draw = np.random.default_rng(seed)
    truth, scales = draw.normal(size=20), np.logspace(-1, 0, 20)

    def stretch(w: Any, rate: float, chance: int) -> tuple[Any, float]:
        own = np.random.default_rng(chance)
        for _ in range(100):
            a = scales * own.normal(size=20)
            w = w - rate * a * (a @ (w - truth) - 0.5 * own.normal())
        return w, float(np.sum((scales * (w - truth)) ** 2))

    return Learner(stretch, np.zeros(20))


def network(seed: int) -> Learner:
    """A network of 16 tanh units fits sin(3 a1) + a1 a2 of 512 noisy samples, batches of 16, an epoch a stretch."""
    draw = np.random.default_rng(seed)
    a = draw.uniform(-1, 1, size=(1024, 2))
    b = np.sin(3 * a[:, 0]) + a[:, 0] * a[:, 1] + 0.1 * draw.normal(size=1024)
    first = (draw.normal(size=(2, 16)), np.zeros(16), 0.25 * draw.normal(size=16))

    def stretch(state: Any, rate: float, chance: int) -> tuple[Any, float]:
        w, c, v = (part.copy() for part in state)
        for rows in np.split(np.random.default_rng(chance).permutation(512), 32):
            hidden = np.tanh(a[rows] @ w + c)
            miss = 2 * (hidden @ v - b[rows]) / len(rows)
            inner = miss[:, None] * v * (1 - hidden**2)
            v = v - rate * (hidden.T @ miss)
            w, c = w - rate * (a[rows].T @ inner), c - rate * inner.sum(0)
        return (w, c, v), float(np.mean((np.tanh(a[512:] @ w + c) @ v - b[512:]) ** 2))

    return Learner(stretch, first)


LEARNERS: dict[str, Callable[[int], Learner]] = {"noisy regression": regression, "network": network}
RATES = np.logspace(-3, 0, MEMBERS)
SHAPES: dict[str, Callable[[float], float]] = {
    "constant": lambda part: 1.0,  # noqa: ARG005
    "linear": lambda part: 1 - part,
    "cosine": lambda part: 0.5 * (1 + float(np.cos(np.pi * part))),
}


def _scheduled(learner: Learner, shape: Callable[[float], float], seed: int) -> float:
    """The least loss at the end of 8 runs at 8 rates: as many stretches as the population's."""
    ends = []
    for rate in RATES:
        state, loss = learner.first, np.inf
        for index in range(ROUNDS):
            state, loss = learner.stretch(state, rate * shape(index / ROUNDS), 1_000 * seed + index)
        ends.append(loss)
    return float(np.nanmin(ends))


def trainings() -> Iterator[str]:
    """Held-out loss after 20 stretches of 8 members, against the best of 8 rates with fixed schedules."""
    with np.errstate(over="ignore", invalid="ignore"):  # rates that diverge are part of the comparison
        yield from _trainings()


def _trainings() -> Iterator[str]:
    yield f"| {' | '.join(('', *LEARNERS))} |"
    yield f"| {' | '.join(['---'] * (len(LEARNERS) + 1))} |"
    for name in ("pbt", *SHAPES):
        cells = []
        for make in LEARNERS.values():
            values = []
            for seed in range(SEEDS):
                learner = make(seed)
                if name != "pbt":
                    values.append(_scheduled(learner, SHAPES[name], seed))
                    continue

                def train(
                    state: Any, hyper: Any, chance: int, learner: Learner = learner
                ) -> tuple[Any, float]:
                    after, loss = learner.stretch(state, float(hyper[0]), chance)
                    return after, -loss

                problem = Training(train, [1e-3], [1.0], MEMBERS, ROUNDS)
                values.append(minimize(problem, learner.first, seed=seed, time_limit=TIME_LIMIT_S).objective)
            cells.append(f"{np.median(values):.4g} ({min(values):.4g} to {max(values):.4g})")
        label = name if name == "pbt" else f"best of 8 rates, {name}"
        yield f"| {label} | {' | '.join(cells)} |"


OMEGAS = np.linspace(1.0, 1.95, 20)
DEAREST_SWEEPS = 500


def _sor_costs(shifts: Any, seed: int) -> Any:
    """Sweeps of SOR until the residual is below 1e-8 of b, (solves, 20): Laplace's on 10 x 10, shifted by each."""
    draw = np.random.default_rng(seed)
    line = 2 * np.eye(10) - np.eye(10, k=1) - np.eye(10, k=-1)
    plane = np.kron(np.eye(10), line) + np.kron(line, np.eye(10))
    costs = np.zeros((len(shifts), len(OMEGAS)))
    for row, shift in enumerate(shifts):
        a, b = plane + shift * np.eye(100), draw.normal(size=100)
        for column, omega in enumerate(OMEGAS):
            sweep = np.eye(100) - a @ np.linalg.inv(np.tril(a, -1) + np.diag(np.diag(a)) / omega)
            residual, count = b, 0
            while count < DEAREST_SWEEPS and np.linalg.norm(residual) > 1e-8 * np.linalg.norm(b):
                residual, count = sweep @ residual, count + 1
            costs[row, column] = count
    return costs


PENALTIES = np.logspace(-2, 2, 17)
DEAREST_STEPS = 400


class _Quadratics:
    """200 related QPs min x'Px/2 + q'x, l <= x <= u, of 20 variables, by ADMM from the solution before."""

    def __init__(self, seed: int) -> None:
        draw = np.random.default_rng(seed)
        turn, _ = np.linalg.qr(draw.normal(size=(20, 20)))
        self.matrix = turn @ np.diag(np.logspace(-1, 1, 20)) @ turn.T
        self.slopes = draw.normal(size=20) + np.cumsum(0.1 * draw.normal(size=(SOLVES, 20)), axis=0)

    def __call__(self, index: int, penalty: float, warm: Any) -> tuple[float, Any]:
        """Steps until both residuals are below 1e-6; Boyd et al. (2011), section 5.2."""
        z, u = (np.zeros(20), np.zeros(20)) if warm is None else warm
        u, inverse = u / penalty, np.linalg.inv(self.matrix + penalty * np.eye(20))
        count, is_done = 0, False
        while count < DEAREST_STEPS and not is_done:
            x = inverse @ (penalty * (z - u) - self.slopes[index])
            before, z = z, np.clip(x + u, -0.5, 0.5)
            u = u + x - z
            residuals = (np.linalg.norm(x - z), penalty * np.linalg.norm(z - before))
            count, is_done = count + 1, max(map(float, residuals)) < 1e-6
        return float(count), (z, u * penalty)


class Run(NamedTuple):
    """A sequence: its solve, its grid, the dearest cost, and the place of what one would take unasked."""

    solve: Callable[[int, Any, Any], tuple[float, Any]]
    grid: Any
    dearest: float
    default: int


def _sor(shifts: Callable[[np.random.Generator], Any]) -> Callable[[int], Run]:
    def make(seed: int) -> Run:
        costs = _sor_costs(shifts(np.random.default_rng(seed)), seed)
        return Run(
            lambda index, place, warm: (costs[index, place], warm), range(len(OMEGAS)), DEAREST_SWEEPS, 0
        )

    return make


def _admm(seed: int) -> Run:
    return Run(_Quadratics(seed), PENALTIES, DEAREST_STEPS, 8)


def _admm_cold(seed: int) -> Run:
    solve = _Quadratics(seed)
    return Run(lambda index, penalty, warm: solve(index, penalty, None), PENALTIES, DEAREST_STEPS, 8)  # noqa: ARG005


def _shuffled(seed: int) -> Run:
    run, order = (
        _sor(lambda draw: draw.uniform(0, 0.5, SOLVES))(seed),
        np.random.default_rng(seed).permutation(20),
    )
    return run._replace(grid=order, default=int(np.argmin(order)))


SEQUENCES: dict[str, Callable[[int], Run]] = {
    "SOR, shifts drawn": _sor(lambda draw: draw.uniform(0, 0.5, SOLVES)),
    "SOR, the shift jumps": _sor(lambda draw: np.repeat([0.02, 1.0], SOLVES // 2)),  # noqa: ARG005
    "SOR, the grid shuffled": _shuffled,
    "ADMM, cold": _admm_cold,
    "ADMM, warm": _admm,
}


def _fixed(run: Run, place: int) -> float:
    total, warm = 0.0, None
    for index in range(SOLVES):
        cost, warm = run.solve(index, run.grid[place], warm)
        total += cost
    return total


def sequences() -> Iterator[str]:
    """Total sweeps or steps of 200 solves; medians and ranges over the seeds."""
    yield f"| {' | '.join(('', *SEQUENCES))} |"
    yield f"| {' | '.join(['---'] * (len(SEQUENCES) + 1))} |"
    rows: dict[str, list[str]] = {}
    for make in SEQUENCES.values():
        values: dict[str, list[float]] = {}
        for seed in range(SEQUENCE_SEEDS):
            run = make(seed)
            fixed = [_fixed(run, place) for place in range(len(run.grid))]
            values.setdefault("best fixed in hindsight", []).append(min(fixed))
            values.setdefault("default: omega 1, penalty 1", []).append(fixed[run.default])
            values.setdefault("mean over the grid", []).append(float(np.mean(fixed)))
            problem = SolveSequence(run.solve, run.grid, SOLVES, run.dearest)
            values.setdefault("smooth-bandit", []).append(
                minimize(problem, time_limit=TIME_LIMIT_S).objective
            )
        for name, totals in values.items():
            cell = f"{np.median(totals):.0f} ({min(totals):.0f} to {max(totals):.0f})"
            rows.setdefault(name, []).append(cell)
    for name, cells in rows.items():
        yield f"| {name} | {' | '.join(cells)} |"
