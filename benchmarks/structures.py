"""From where on OR-Tools' engines for single structures pay: assignment, min-cost and maximum flow, knapsack.

    python -m benchmarks.structures

Each model is solved by `solvers.solve` with HiGHS and with the engine of its structure, in interleaved rounds;
recognition, process and certificate are in both times, the start of the two servers in neither.
"""

import math
import random
import statistics
import time
from collections.abc import Iterator
from typing import NamedTuple

import pyomo.environ as pyo

import solvers
from benchmarks.solvers import transport

ROUNDS = 5


class Subject(NamedTuple):
    """A model and the engine of its structure."""

    name: str
    engine: str
    model: pyo.ConcreteModel


def assignment(size: int) -> Subject:
    """Whole-number assignment of `size` people to as many tasks."""
    draw = random.Random(1)
    pairs = [(i, j) for i in range(size) for j in range(size)]
    model = pyo.ConcreteModel()
    model.take = pyo.Var(pairs, domain=pyo.Binary)
    model.cost = pyo.Objective(expr=pyo.quicksum(draw.randint(1, 1000) * model.take[pair] for pair in pairs))
    model.person = pyo.Constraint(range(size), rule=lambda m, i: sum(m.take[i, j] for j in range(size)) == 1)
    model.task = pyo.Constraint(range(size), rule=lambda m, j: sum(m.take[i, j] for i in range(size)) == 1)
    return Subject(f"assignment {size} x {size}, MILP", "network", model)


def shipping(size: int) -> Subject:
    """A transportation problem, which is a flow from plants to shops."""
    return Subject(f"transport {size} x {size}, LP", "network", transport(size))


def max_flow(nodes: int, degree: int = 8) -> Subject:
    """The largest flow through a random network."""
    draw = random.Random(2)
    drawn = {(tail, draw.randrange(nodes)) for tail in range(nodes) for _ in range(degree)}
    arcs = sorted((tail, head) for tail, head in drawn if tail != head)
    capacity = {arc: draw.randint(1, 100) for arc in arcs}
    model = pyo.ConcreteModel()
    model.flow = pyo.Var(arcs, bounds=lambda _, a, b: (0, capacity[a, b]))
    out: dict[int, list[tuple[int, int]]] = {node: [] for node in range(nodes)}
    into: dict[int, list[tuple[int, int]]] = {node: [] for node in range(nodes)}
    for arc in arcs:
        out[arc[0]].append(arc)
        into[arc[1]].append(arc)

    def net(node: int) -> pyo.Expression:
        return sum(model.flow[arc] for arc in out[node]) - sum(model.flow[arc] for arc in into[node])

    model.value = pyo.Objective(expr=net(0), sense=pyo.maximize)
    model.balance = pyo.Constraint(range(1, nodes - 1), rule=lambda _, node: net(node) == 0)
    return Subject(f"maximum flow, {nodes:,} nodes, LP", "network", model)


def knapsack(count: int, spread: int) -> Subject:
    """A 0-1 knapsack; with a small spread, values hardly differ from weights, which is hard for bounds."""
    draw = random.Random(3)
    weights = [draw.randint(100, 1000) for _ in range(count)]
    values = [weight + draw.randint(0, spread) for weight in weights]
    model = pyo.ConcreteModel()
    model.take = pyo.Var(range(count), domain=pyo.Binary)
    items = range(count)
    model.value = pyo.Objective(expr=pyo.sum_product(values, model.take, index=items), sense=pyo.maximize)
    model.weight = pyo.Constraint(expr=pyo.sum_product(weights, model.take, index=items) <= sum(weights) // 2)
    return Subject(f"knapsack of {count:,}, spread {spread:,}, MILP", "knapsack", model)


def subjects() -> Iterator[Subject]:
    """Small and large models of each structure."""
    yield from (assignment(20), assignment(70), assignment(150))
    yield from (shipping(20), shipping(200))
    yield from (max_flow(100), max_flow(3_000))
    yield from (knapsack(30, 1_000), knapsack(100, 1_000), knapsack(200, 100), knapsack(1_000, 10))


def main() -> None:
    """Prints a row for each model."""
    print("| model | nonzeros | by HiGHS ms | by its own engine ms | times faster |")
    print("| --- | --- | --- | --- | --- |")
    for subject in subjects():
        _round(subject)
        ours, special = (
            1000 * statistics.median(c) for c in zip(*(_round(subject) for _ in range(ROUNDS)), strict=True)
        )
        nonzeros = solvers.classify(subject.model).nonzeros
        print(
            f"| {subject.name} | {nonzeros:,} | {ours:,.0f} | {special:,.0f} | {ours / special:.2f} |",
            flush=True,
        )


def _round(subject: Subject) -> tuple[float, float]:
    seconds, optima = [], []
    for engine in ("highs", subject.engine):
        started = time.perf_counter()
        report = solvers.solve(subject.model, engine=engine)
        seconds.append(time.perf_counter() - started)
        optima.append(report.objective or 0.0)
    assert math.isclose(*optima, rel_tol=1e-6)
    return seconds[0], seconds[1]


if __name__ == "__main__":
    main()
