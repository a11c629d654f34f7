"""Black boxes for `benchmarks.methods`: equal evaluations, with rows, cheap fidelities and several objectives."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from scipy import optimize

from solvers.numeric import BlackBox, Fidelities, ParetoBox, minimize
from solvers.numeric.methods.blackbox.pareto import hypervolume

SEEDS = 5
EVALUATIONS = 100
MANY_EVALUATIONS, FEW_SEEDS = 1_000, 3
ROW_EVALUATIONS = 150
FRONT_EVALUATIONS = 400
WEIGHTS = 10
TIME_LIMIT_S = 600.0
FAILED = 1e6
"""What baselines are told where a function fails."""


class Task(NamedTuple):
    """A function over a box, its rows c(x) <= 0 if any, and the deviation of the noise that methods see."""

    function: Callable[[Any], float]
    lower: Any
    upper: Any
    rows: Callable[[Any], Any] | None = None
    noise: float = 0.0

    def seen(self, seed: int) -> Callable[[Any], float]:
        """The function with its noise."""
        draw = np.random.default_rng(10_000 + seed)
        return lambda x: self.function(x) + (self.noise * draw.normal() if self.noise else 0.0)

    def start(self, seed: int) -> Any:
        """A point of the box."""
        return np.random.default_rng(20_000 + seed).uniform(self.lower, self.upper)


def branin(x: Any) -> float:
    """Three equal minima of 0.39789."""
    bend = x[1] - 5.1 / (4 * np.pi**2) * x[0] ** 2 + 5 / np.pi * x[0] - 6
    return float(bend**2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x[0]) + 10)


_SHARP = np.array([
    [10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14],
])  # fmt: skip
_PLACES = 1e-4 * np.array([
    [1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
    [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381],
])  # fmt: skip


def hartmann(x: Any) -> float:
    """Six variables, six local minima, the least -3.32237."""
    return float(-np.array([1, 1.2, 3, 3.2]) @ np.exp(-np.sum(_SHARP * (x - _PLACES) ** 2, axis=1)))


def rosenbrock(x: Any) -> float:
    """A bent valley, minimum 0."""
    return float(np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))


def sphere(x: Any) -> float:
    """Minimum 0 at 0.3."""
    return float(np.sum((x - 0.3) ** 2))


def rastrigin(x: Any) -> float:
    """A bowl full of dents, minimum 0 at 0.3."""
    return float(np.sum((x - 0.3) ** 2 + 1 - np.cos(2 * np.pi * (x - 0.3))))


BOXES = {
    "Branin, 2": Task(branin, [-5.0, 0.0], [10.0, 15.0]),
    "Hartmann, 6": Task(hartmann, [0.0] * 6, [1.0] * 6),
    "Rosenbrock, 4": Task(rosenbrock, [-2.0] * 4, [2.0] * 4),
    "sphere, 6, noise 0.3": Task(sphere, [-2.0] * 6, [2.0] * 6, noise=0.3),
}


def _by_name(method: str) -> Callable[[Task, int, int], Any]:
    def run(task: Task, budget: int, seed: int) -> Any:
        problem = BlackBox(task.seen(seed), task.lower, task.upper, budget, task.rows)
        found = minimize(problem, task.start(seed), method=method, seed=seed, time_limit=TIME_LIMIT_S)
        return found.x

    return run


class _Spent(Exception):
    """The budget is spent."""


def _by_scipy(
    search: Callable[[Task, Callable[[Any], float], int], Any], penalty: float = 1e6
) -> Callable[[Task, int, int], Any]:
    """A baseline of SciPy, stopped after the budget, with a penalty for rows; the best point that it saw."""

    def run(task: Task, budget: int, seed: int) -> Any:
        function, seen = task.seen(seed), [(np.inf, np.inf, task.start(seed))]

        def counted(x: Any) -> float:
            if len(seen) > budget:
                raise _Spent
            inside = np.clip(x, task.lower, task.upper)
            violation = _violation(task, inside)
            value = float(np.nan_to_num(function(inside), nan=FAILED))
            seen.append((violation if violation > 1e-6 else 0.0, value, inside))
            return value + penalty * violation

        try:
            while len(seen) <= budget:
                search(task, counted, seed)
        except _Spent:
            pass
        return min(seen, key=lambda one: one[:2])[2]

    return run


def _violation(task: Task, x: Any) -> float:
    return 0.0 if task.rows is None else float(np.max(np.maximum(task.rows(x), 0.0), initial=0.0))


def _nelder_mead(task: Task, function: Callable[[Any], float], seed: int) -> Any:
    bounds = list(zip(task.lower, task.upper, strict=True))
    return optimize.minimize(function, task.start(seed), method="Nelder-Mead", bounds=bounds)


def _evolution(task: Task, function: Callable[[Any], float], seed: int) -> Any:
    bounds = list(zip(task.lower, task.upper, strict=True))
    return optimize.differential_evolution(function, bounds, popsize=4, seed=seed, polish=False)


def _cobyla(task: Task, function: Callable[[Any], float], seed: int) -> Any:
    rows = {"type": "ineq", "fun": lambda x: -np.asarray(task.rows(x))} if task.rows else ()
    reach = 0.1 * float(np.min(np.subtract(task.upper, task.lower)))
    ends = {
        "type": "ineq",
        "fun": lambda x: np.concatenate([np.subtract(x, task.lower), np.subtract(task.upper, x)]),
    }
    return optimize.minimize(
        function,
        task.start(seed),
        method="COBYLA",
        constraints=[rows, ends] if rows else [ends],
        options={"rhobeg": reach},
    )


def _random(task: Task, function: Callable[[Any], float], seed: int) -> Any:
    draw = np.random.default_rng(seed)
    while True:
        function(draw.uniform(task.lower, task.upper))


RUNS: dict[str, Callable[[Task, int, int], Any]] = {
    **{name: _by_name(name) for name in ("mads", "expected-improvement", "tpe", "cma-es")},
    "Nelder-Mead (SciPy)": _by_scipy(_nelder_mead),
    "differential evolution (SciPy)": _by_scipy(_evolution),
    "random search": _by_scipy(_random),
}


def _head(names: Any) -> Iterator[str]:
    yield f"| {' | '.join(('', *names))} |"
    yield f"| {' | '.join(['---'] * (len(names) + 1))} |"


def _cell(values: list[float]) -> str:
    return f"{np.median(values):.5g} ({min(values):.5g} to {max(values):.5g})"


def boxes() -> Iterator[str]:
    """The value without noise at the point given back; median and range over the seeds."""
    yield f"After {EVALUATIONS} evaluations, {SEEDS} seeds:\n"
    yield from _compared(BOXES, list(RUNS), EVALUATIONS, SEEDS)
    yield f"\nAfter {MANY_EVALUATIONS} evaluations, {FEW_SEEDS} seeds:\n"
    many = {**BOXES, "Rastrigin, 6": Task(rastrigin, [-5.0] * 6, [5.0] * 6)}
    del many["Branin, 2"]
    yield from _compared(
        many, ["mads", "cma-es", "differential evolution (SciPy)"], MANY_EVALUATIONS, FEW_SEEDS
    )


def _compared(tasks: dict[str, Task], names: list[str], evaluations: int, seeds: int) -> Iterator[str]:
    yield from _head(tasks)
    for name in names:
        run = RUNS[name]
        cells = [
            _cell([task.function(run(task, evaluations, seed)) for seed in range(seeds)])
            for task in tasks.values()
        ]
        yield f"| {name} | {' | '.join(cells)} |"


def _colville_rows(x: Any) -> list[float]:
    u = 85.334407 + 0.0056858 * x[1] * x[4] + 0.0006262 * x[0] * x[3] - 0.0022053 * x[2] * x[4]
    v = 80.51249 + 0.0071317 * x[1] * x[4] + 0.0029955 * x[0] * x[1] + 0.0021813 * x[2] ** 2
    w = 9.300961 + 0.0047026 * x[2] * x[4] + 0.0012547 * x[0] * x[2] + 0.0019085 * x[2] * x[3]
    return [u - 92, -u, v - 110, 90 - v, w - 25, 20 - w]


def _spring_rows(x: Any) -> list[float]:
    bent = (4 * x[1] ** 2 - x[0] * x[1]) / (12566 * (x[1] * x[0] ** 3 - x[0] ** 4))
    return [
        1 - x[1] ** 3 * x[2] / (71785 * x[0] ** 4),
        bent + 1 / (5108 * x[0] ** 2) - 1,
        1 - 140.45 * x[0] / (x[1] ** 2 * x[2]),
        (x[0] + x[1]) / 1.5 - 1,
    ]


def _spring(x: Any) -> float:
    return float((x[2] + 2) * x[1] * x[0] ** 2)


def _fragile(x: Any) -> float:
    """The spring, failing where its deflection is far too small."""
    return _spring(x) if _spring_rows(x)[0] < 0.3 else float("nan")


def _minimax(x: Any) -> float:
    """Rosen and Suzuki's problem as a maximum of four; -44."""
    base = float(x @ (x * [1, 1, 2, 1]) - 5 * x[0] - 5 * x[1] - 21 * x[2] + 7 * x[3])
    rows = [
        x @ x + x[0] - x[1] + x[2] - x[3] - 8,
        x @ (x * [1, 2, 1, 2]) - x[0] - x[3] - 10,
        x @ (x * [2, 1, 1, 0]) + 2 * x[0] - x[1] - x[3] - 5,
    ]
    return base + 10 * max(0.0, *(float(row) for row in rows))


ROWED = {
    "G04, 5 variables, 6 rows (-30665.54)": Task(
        lambda x: 5.3578547 * x[2] ** 2 + 0.8356891 * x[0] * x[4] + 37.293239 * x[0] - 40792.141,
        [78.0, 33.0, 27.0, 27.0, 27.0], [102.0, 45.0, 45.0, 45.0, 45.0], _colville_rows,
    ),
    "G06, 2 variables, 2 rows (-6961.814)": Task(
        lambda x: (x[0] - 10) ** 3 + (x[1] - 20) ** 3, [13.0, 0.0], [100.0, 100.0],
        lambda x: [100 - (x[0] - 5) ** 2 - (x[1] - 5) ** 2, (x[0] - 6) ** 2 + (x[1] - 5) ** 2 - 82.81],
    ),
    "spring, 3 variables, 4 rows (0.012665)": Task(_spring, [0.05, 0.25, 2.0], [2.0, 1.3, 15.0], _spring_rows),
    "spring that fails (0.012665)": Task(_fragile, [0.05, 0.25, 2.0], [2.0, 1.3, 15.0], _spring_rows),
    "minimax with kinks, 4 variables, 1 row": Task(
        _minimax, [-5.0] * 4, [5.0] * 4, lambda x: [x[0] + x[1] - 0.5 * abs(x[2])]
    ),
}  # fmt: skip
ROWED_RUNS: dict[str, Callable[[Task, int, int], Any]] = {
    "mads": _by_name("mads"),
    "COBYLA (SciPy)": _by_scipy(_cobyla, penalty=0.0),
    "Nelder-Mead with a penalty (SciPy)": _by_scipy(_nelder_mead),
    "differential evolution with a penalty (SciPy)": _by_scipy(_evolution),
    "random search": _by_scipy(_random),
}


def _nomad(task: Task, budget: int, seed: int) -> Any:
    import PyNomad

    seen = [(np.inf, np.inf, task.start(seed))]

    def evaluated(point: Any) -> int:
        x = np.array([point.get_coord(index) for index in range(point.size())])
        rows = [float(row) for row in task.rows(x)] if task.rows else []
        value = float(task.function(x))
        if not np.isfinite(value):
            return 0
        seen.append((max(max(rows, default=0.0), 0.0), value, x))
        point.setBBO(" ".join(f"{number:.15g}" for number in [value, *rows]).encode())
        return 1

    kinds = "BB_OUTPUT_TYPE OBJ" + " PB" * (len(task.rows(task.start(seed))) if task.rows else 0)
    options = [
        f"DIMENSION {len(task.lower)}",
        kinds,
        f"MAX_BB_EVAL {budget}",
        "DISPLAY_DEGREE 0",
        f"SEED {seed}",
    ]
    PyNomad.optimize(evaluated, list(task.start(seed)), task.lower, task.upper, options)
    return min(seen, key=lambda one: (one[0] if one[0] > 1e-6 else 0.0, one[1]))[2]


def rows() -> Iterator[str]:
    """The value at the point given back after 150 evaluations, over the seeds; how many of them kept all rows."""
    yield from _head(ROWED)
    runs = dict(ROWED_RUNS)
    try:
        import PyNomad  # noqa: F401

        runs["NOMAD 4 (PyNomadBBO)"] = _nomad
    except ImportError:
        pass
    for name, run in runs.items():
        cells = []
        for task in ROWED.values():
            points = [run(task, ROW_EVALUATIONS, seed) for seed in range(SEEDS)]
            kept = [task.function(x) for x in points if _violation(task, x) <= 1e-6]
            cells.append(f"{_cell(kept)}, {len(kept)} of {SEEDS}" if kept else f"none of {SEEDS}")
        yield f"| {name} | {' | '.join(cells)} |"


def _trained(x: Any, epochs: int, seed: int) -> float:
    """Held-out loss of logistic regression after epochs of descent with rate 10^x0, momentum x1, weight decay 10^x2."""
    draw = np.random.default_rng(seed)
    a = draw.normal(size=(400, 30)) * np.logspace(-1, 1, 30)
    b = np.sign(a @ (draw.normal(size=30) / np.logspace(-1, 1, 30)) + 0.7 * draw.normal(size=400))
    w, speed = np.zeros(30), np.zeros(30)
    for _ in range(epochs):
        for rows in np.split(draw.permutation(200), 10):
            margin = b[rows] * (a[rows] @ w)
            slope = (
                -(a[rows] * (b[rows] / (1 + np.exp(np.minimum(margin, 500))))[:, None]).mean(0)
                + 10 ** x[2] * w
            )
            speed = x[1] * speed - 10 ** x[0] * slope
            w = w + speed
    return float(np.mean(np.logaddexp(0, -b[200:] * (a[200:] @ w))))


def _biased(x: Any, r: int, seed: int) -> float:
    """Hartmann's function with a bias that falls with the fidelity and bends with x."""
    turned = np.sin(5 * x + np.random.default_rng(seed).uniform(0, 6, 6))
    return hartmann(x) + float(np.mean(turned) * (1 - r / 81) / np.sqrt(r))


def _at_largest(function: Callable[[Any, int], float], x: Any) -> float:
    return function(x, 81)


FIDELITY_TASKS: dict[str, tuple[Callable[..., float], Any, Any]] = {
    "logistic regression, 81 epochs": (_trained, [-5.0, 0.0, -6.0], [1.0, 0.98, 0.0]),
    "Hartmann with bias, 81": (_biased, [0.0] * 6, [1.0] * 6),
}


def fidelities() -> Iterator[str]:
    """The value at the largest fidelity after the cost of 20 evaluations there."""
    with np.errstate(over="ignore", invalid="ignore"):  # rates that diverge are part of the comparison
        yield from _fidelities()


def _fidelities() -> Iterator[str]:
    yield from _head(FIDELITY_TASKS)
    for method in ("hyperband", "successive-halving", "tpe", "mads", "random search"):
        cells = []
        for function, lower, upper in FIDELITY_TASKS.values():
            values = []
            for seed in range(SEEDS):
                at_seed = partial(function, seed=seed)
                if method in ("hyperband", "successive-halving"):
                    some = Fidelities(at_seed, lower, upper, 81, evaluations=20)
                    begun = Task(function, lower, upper).start(seed)
                    found = minimize(some, begun, method=method, seed=seed, time_limit=TIME_LIMIT_S)
                    values.append(found.objective)
                    continue
                task = Task(partial(_at_largest, at_seed), lower, upper)
                run = RUNS[method]
                values.append(task.function(run(task, 20, seed)))
            cells.append(_cell(values))
        yield f"| {method} | {' | '.join(cells)} |"


def _zdt1(x: Any) -> list[float]:
    g = 1 + 9 * float(np.mean(x[1:]))
    return [float(x[0]), g * (1 - float(np.sqrt(x[0] / g)))]


def _zdt2(x: Any) -> list[float]:
    g = 1 + 9 * float(np.mean(x[1:]))
    return [float(x[0]), g * (1 - float(x[0] / g) ** 2)]


def _fonseca(x: Any) -> list[float]:
    shift = 1 / np.sqrt(x.size)
    return [1 - float(np.exp(-np.sum((x - shift) ** 2))), 1 - float(np.exp(-np.sum((x + shift) ** 2)))]


def _kursawe(x: Any) -> list[float]:
    first = float(np.sum(-10 * np.exp(-0.2 * np.hypot(x[1:], x[:-1]))))
    return [first, float(np.sum(np.abs(x) ** 0.8 + 5 * np.sin(x**3)))]


FRONTS: dict[str, tuple[Callable[[Any], list[float]], Any, Any, list[float]]] = {
    "ZDT1, convex, 6": (_zdt1, [0.0] * 6, [1.0] * 6, [1.1, 1.1]),
    "ZDT2, not convex, 6": (_zdt2, [0.0] * 6, [1.0] * 6, [1.1, 1.1]),
    "Fonseca, not convex, 3": (_fonseca, [-4.0] * 3, [4.0] * 3, [1.1, 1.1]),
    "Kursawe, many minima, 3": (_kursawe, [-5.0] * 3, [5.0] * 3, [-12.0, 2.0]),
}


def _weighted(problem: ParetoBox, seed: int) -> float:
    """The hypervolume of all points that searches of 10 weighted sums saw, at the same total of evaluations."""
    seen: list[Any] = []

    def summed(weight: float, x: Any) -> float:
        seen.append(problem.function(x))
        return float(weight * seen[-1][0] + (1 - weight) * seen[-1][1])

    for weight in np.linspace(0.02, 0.98, WEIGHTS):
        budget = problem.evaluations // WEIGHTS
        one = BlackBox(partial(summed, float(weight)), problem.lower, problem.upper, budget)
        minimize(one, method="mads", seed=seed, time_limit=TIME_LIMIT_S)
    return hypervolume(np.array(seen), np.array(problem.reference))


def fronts() -> Iterator[str]:
    """Hypervolume, the larger the better, after 400 evaluations."""
    yield from _head(FRONTS)
    for method in ("epsilon-constraint", "nsga2", "sms-emoa", "10 weighted sums by mads", "random search"):
        cells = []
        for function, lower, upper, reference in FRONTS.values():
            problem = ParetoBox(function, lower, upper, reference, FRONT_EVALUATIONS)
            values = []
            for seed in range(SEEDS):
                if "weighted" in method:
                    values.append(_weighted(problem, seed))
                elif method == "random search":
                    drawn = np.random.default_rng(seed).uniform(lower, upper, (FRONT_EVALUATIONS, len(lower)))
                    values.append(hypervolume(np.array([function(x) for x in drawn]), np.array(reference)))
                else:
                    found = minimize(problem, method=method, seed=seed, time_limit=TIME_LIMIT_S)
                    values.append(found.point.hypervolume)
            cells.append(_cell(values))
        yield f"| {method} | {' | '.join(cells)} |"
