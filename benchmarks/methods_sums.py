"""Sums over data for `benchmarks.methods`: the tasks, and optimizers, schedules and batch sizes at equal budgets."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from solvers.numeric import Sum, minimize
from solvers.numeric.methods.stochastic.catalogue import METHODS

SEEDS = 5
SCHEDULES = ("constant", "linear", "cosine", "rex", "uba", "refined")


class Task(NamedTuple):
    """A sum and where its runs start; all of it made from the seed."""

    loss: Callable[..., Any]
    data: tuple[Any, ...]
    start: Any


def _logistic_loss(x: Any, a: Any, b: Any) -> Any:
    return jnp.logaddexp(0.0, -b * (a @ x)) + 5e-4 * jnp.sum(x**2)


def _network_loss(x: Any, a: Any, b: Any) -> Any:
    hidden = jnp.tanh(x["w1"] @ a + x["b1"])
    return (x["w2"] @ hidden + x["b2"] - b) ** 2


def _factor_loss(x: Any, row: Any, column: Any, value: Any) -> Any:
    u, v = x["u"][row], x["v"][column]
    return (u @ v - value) ** 2 + 1e-3 * (u @ u + v @ v)


def logistic(seed: int) -> Task:
    """Logistic regression, 2,048 samples, 20 variables whose scales spread over two decades."""
    draw = np.random.default_rng(seed)
    a = draw.normal(size=(2048, 20)) * np.logspace(-1, 1, 20)
    weights = draw.normal(size=20) / np.logspace(-1, 1, 20)
    b = np.sign(a @ weights + 0.5 * draw.normal(size=2048))
    return Task(_logistic_loss, (a, b), np.zeros(20))


def network(seed: int) -> Task:
    """A network with 16 hidden units fits sin(3 a1) + a1 a2 of 2,048 noisy samples: 65 variables."""
    draw = np.random.default_rng(seed)
    a = draw.uniform(-1, 1, size=(2048, 2))
    b = np.sin(3 * a[:, 0]) + a[:, 0] * a[:, 1] + 0.05 * draw.normal(size=2048)
    start = {
        "w1": draw.normal(size=(16, 2)), "b1": np.zeros(16),
        "w2": 0.25 * draw.normal(size=16), "b2": np.zeros(()),
    }  # fmt: skip
    return Task(_network_loss, (a, b), start)


def factors(seed: int) -> Task:
    """Half the entries of a noisy 60 x 60 matrix of rank 4, factorised at rank 4: 480 variables, 1,800 samples."""
    draw = np.random.default_rng(seed)
    u, v = draw.normal(size=(60, 4)), draw.normal(size=(60, 4))
    places = draw.permutation(3600)[:1800]
    rows, columns = np.divmod(places, 60)
    values = (u @ v.T)[rows, columns] + 0.1 * draw.normal(size=1800)
    start = {"u": 0.3 * draw.normal(size=(60, 4)), "v": 0.3 * draw.normal(size=(60, 4))}
    return Task(_factor_loss, (rows, columns, values), start)


TASKS: dict[str, Callable[[int], Task]] = {
    "logistic regression": logistic, "network": network, "factorisation": factors,
}  # fmt: skip


def _run(task: Task, seed: int, epochs: float, **options: Any) -> float:
    method = options.pop("method")
    found = minimize(
        Sum(task.loss, task.data, epochs=epochs, **options),
        task.start,
        method=method,
        seed=seed,
        time_limit=600,
    )
    return float(found.objective)


def _table(rows: Sequence[tuple[str, dict[str, Any]]], epochs: float) -> Iterator[str]:
    yield f"| {' | '.join(('', *TASKS, 'mean rank'))} |"
    yield f"| {' | '.join(['---'] * (len(TASKS) + 2))} |"
    values = np.zeros((len(rows), len(TASKS), SEEDS))
    for column, make in enumerate(TASKS.values()):
        for seed in range(SEEDS):
            task = make(seed)
            for row, (_, options) in enumerate(rows):
                values[row, column, seed] = _run(task, seed, epochs, **options)
    ranks = values.argsort(0).argsort(0) + 1
    for row, (name, _) in enumerate(rows):
        cells = [f"{np.median(v):.5g} ({v.min():.5g} to {v.max():.5g})" for v in values[row]]
        yield f"| {name} | {' | '.join(cells)} | {ranks[row].mean():.1f} |"


def optimizers(epochs: float = 20.0) -> Iterator[str]:
    """Every optimizer, its rate searched within the same budget; medians (and ranges) over the seeds."""
    yield f"Mean loss over all samples after {epochs:g} epochs of sample gradients, searches of rates included:\n"
    yield from _table([(name, {"method": name}) for name in METHODS], epochs)


def schedules(epochs: float = 20.0) -> Iterator[str]:
    """Every schedule with Adam, at the same budget and at a fifth of it."""
    for budget in (epochs / 5, epochs):
        yield f"\nMean loss after {budget:g} epochs, rates searched within the budget:\n"
        yield from _table([(name, {"method": "adam", "schedule": name}) for name in SCHEDULES], budget)
