"""What `solvers.solve` costs beside the bare engine and Pyomo's own writer, on models from tiny to a million nonzeros.

    python -m benchmarks.solvers [--rounds 5] [--largest 700]

The bare engine is called in this process with the same options and the model in its own arrays, message or file;
Pyomo's writer is its standard-form compiler, or for SCIP its NL writer. Rounds are interleaved: engine, writer, ours.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pyomo.environ as pyo
from pyomo.repn.plugins.nl_writer import NLWriter
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

import solvers
from examples.jobshop import INSTANCES, job_shop
from examples.pooling import POOLING


class Subject(NamedTuple):
    """A model, the engine for it, and how to call that engine without us."""

    name: str
    engine: str
    model: pyo.ConcreteModel
    rounds: int = 5


def transport(size: int, seed: int = 7) -> pyo.ConcreteModel:
    """A balanced transportation LP with size x size lanes, two nonzeros each."""
    draw = random.Random(seed)
    model = pyo.ConcreteModel()
    lanes = [(i, j) for i in range(size) for j in range(size)]
    model.ship = pyo.Var(lanes, domain=pyo.NonNegativeReals)
    cost = {lane: draw.randint(1, 100) for lane in lanes}
    model.cost = pyo.Objective(expr=pyo.quicksum(cost[lane] * model.ship[lane] for lane in lanes))
    demand = [draw.randint(20, 49) for _ in range(size)]
    model.supply = pyo.Constraint(range(size), rule=lambda m, i: sum(m.ship[i, j] for j in range(size)) <= 50)
    model.demand = pyo.Constraint(
        range(size), rule=lambda m, j: sum(m.ship[i, j] for i in range(size)) >= demand[j]
    )
    return model


def depots(count: int, shops: int, seed: int = 3) -> pyo.ConcreteModel:
    """Uncapacitated facility location as a MILP."""
    draw = random.Random(seed)
    model = pyo.ConcreteModel()
    model.opened = pyo.Var(range(count), domain=pyo.Binary)
    model.share = pyo.Var(range(count), range(shops), bounds=(0, 1))
    way = {(d, s): draw.randint(5, 60) for d in range(count) for s in range(shops)}
    model.cost = pyo.Objective(
        expr=sum(draw.randint(60, 120) * model.opened[d] for d in range(count))
        + pyo.quicksum(way[key] * model.share[key] for key in way)
    )
    model.served = pyo.Constraint(
        range(shops), rule=lambda m, s: sum(m.share[d, s] for d in range(count)) == 1
    )
    model.only_open = pyo.Constraint(list(way), rule=lambda m, d, s: m.share[d, s] <= m.opened[d])
    return model


def knapsack(count: int, seed: int = 5) -> pyo.ConcreteModel:
    """A knapsack of whole items, two weights each."""
    draw = random.Random(seed)
    model = pyo.ConcreteModel()
    model.take = pyo.Var(range(count), domain=pyo.Binary)
    model.value = pyo.Objective(
        expr=sum(draw.randint(10, 99) * model.take[i] for i in range(count)), sense=pyo.maximize
    )
    model.weights = pyo.ConstraintList()
    for _ in range(2):
        weights = [draw.randint(5, 60) for _ in range(count)]
        model.weights.add(sum(w * model.take[i] for i, w in enumerate(weights)) <= sum(weights) // 3)
    return model


def subjects(largest: int) -> list[Subject]:
    """Ten models, the smallest first."""
    from agent.formulation.compile import compile_model
    from agent.formulation.instance import bind

    return [
        Subject("transport 2 x 2, LP", "highs", transport(2)),
        Subject("Haverly pooling, QCP", "scip", compile_model(bind(POOLING))),
        Subject("knapsack of 30, MILP", "highs", knapsack(30)),
        Subject("knapsack of 30, CP", "cpsat", knapsack(30)),
        Subject("knapsack of 30, MILP", "scip", knapsack(30)),
        Subject("job shop ft06, CP", "cpsat", compile_model(bind(job_shop(INSTANCES["ft06"])))),
        Subject("depots 20 x 60, MILP", "highs", depots(20, 60)),
        Subject("transport 60 x 60, LP", "highs", transport(60)),
        Subject("transport 300 x 300, LP", "highs", transport(300), 3),
        Subject(f"transport {largest} x {largest}, LP", "highs", transport(largest), 1),
    ]


def bare(subject: Subject, folder: Path) -> Callable[[], Any]:
    """A call of the engine alone, its input ready."""
    from solvers.job import Limits
    from solvers.matrix import extract
    from solvers.roads.arrays import program_arrays

    limits = Limits(threads=2 if subject.engine == "cpsat" else 1)
    if subject.engine == "highs":
        from solvers.backends.highs import loaded

        found = extract(subject.model)
        assert found is not None  # these have linear rows
        meta = {"offset": found.program.offset, "is_maximize": found.program.is_maximize, "method": "choose"}
        arrays = program_arrays(found.program)

        def run_highs() -> None:
            highs = loaded(arrays, {**limits.meta(), **meta})
            highs.setOptionValue("log_to_console", False)
            highs.run()

        return run_highs
    if subject.engine == "scip":
        import pyscipopt

        path = folder / "bare.nl"
        with path.open("w") as stream:
            NLWriter().write(subject.model, stream, linear_presolve=False)

        def run_scip() -> None:
            model = pyscipopt.Model()
            model.hideOutput()
            model.readProblem(str(path))
            model.setParam("limits/gap", limits.gap)
            model.optimize()

        return run_scip
    return _bare_cpsat(subject, limits.threads)


def _bare_cpsat(subject: Subject, threads: int) -> Callable[[], Any]:
    from ortools.sat.python import cp_model

    from solvers.backends.cpsat import Writer
    from solvers.roads.integers import translated

    whole = translated(subject.model)

    def run() -> None:
        model = cp_model.CpModel()
        Writer(model.proto).write(whole.arrays, whole.meta)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = threads
        solver.solve(model)

    return run


def writer(subject: Subject, folder: Path) -> Callable[[], Any]:
    """A call of Pyomo's own writer for such an engine."""
    if subject.engine != "scip":
        return lambda: LinearStandardFormCompiler().write(subject.model)

    def write() -> None:
        with (folder / "written.nl").open("w") as stream:
            NLWriter().write(subject.model, stream)

    return write


def seconds(call: Callable[[], Any]) -> float:
    """Wall time of a call."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def measure(subject: Subject, rounds: int, folder: Path) -> str:
    """The subject's row: medians, and the ratio of ours to engine and writer together."""

    def ours() -> None:
        report = solvers.solve(subject.model, engine=subject.engine, time_limit=600, threads=None)
        assert report.status == "optimal", report

    calls = [bare(subject, folder), writer(subject, folder), ours]
    ours()  # the workers' server is started
    times = [[seconds(call) for call in calls] for _ in range(min(rounds, subject.rounds))]
    engine, written, total = (statistics.median(column) for column in zip(*times, strict=True))
    found = solvers.classify(subject.model)
    return (
        f"| {subject.name} | {subject.engine} | {found.nonzeros:,} | {engine * 1e3:,.1f} | {written * 1e3:,.1f} "
        f"| {total * 1e3:,.1f} | {total / (engine + written):.2f} | {(total - engine - written) * 1e3:,.1f} |"
    )


METHODS = ("simplex", "ipm", "hipo", "pdlp")


def staircase(periods: int, products: int, seed: int = 11) -> pyo.ConcreteModel:
    """Production planning over time: stocks link the periods, machines the products."""
    draw = random.Random(seed)
    model = pyo.ConcreteModel()
    keys = [(p, t) for p in range(products) for t in range(periods)]
    model.make, model.stock = pyo.Var(keys, bounds=(0, None)), pyo.Var(keys, bounds=(0, 500))
    cost = {key: draw.uniform(1, 9) for key in keys}
    demand = {key: draw.randint(0, 60) for key in keys}
    use = {(p, m): draw.uniform(0.2, 2) for p in range(products) for m in range(10)}
    model.cost = pyo.Objective(
        expr=pyo.quicksum(cost[key] * model.make[key] + 0.2 * model.stock[key] for key in keys)
    )
    model.balance = pyo.Constraint(
        keys,
        rule=lambda m, p, t: (m.stock[p, t - 1] if t else 0) + m.make[p, t] == demand[p, t] + m.stock[p, t],
    )
    model.machines = pyo.Constraint(
        range(10),
        range(periods),
        rule=lambda m, k, t: sum(use[p, k] * m.make[p, t] for p in range(products)) <= 40 * products,
    )
    return model


def print_methods(rounds: int) -> None:
    """Seconds of each algorithm of HiGHS on LPs of growing size, in a worker, interleaved."""
    from solvers.job import Limits
    from solvers.matrix import extract
    from solvers.roads.arrays import solve_arrays

    print(f"| LP | nonzeros | {' | '.join(METHODS)} |")
    print("| --- | --- |" + " --- |" * len(METHODS))
    problems = [(f"transport {n} x {n}", transport(n)) for n in (30, 100, 200, 400)]
    problems += [(f"staircase {t} x {p}", staircase(t, p)) for t, p in ((20, 20), (60, 60), (150, 100))]
    for name, model in problems:
        found = extract(model)
        assert found is not None  # these have linear rows
        times: dict[str, list[float]] = {method: [] for method in METHODS}
        for _ in range(min(rounds, 3)):
            for method in METHODS:
                report = solve_arrays("highs", found, Limits(120.0), method=method)
                is_solved = report.status is solvers.Status.OPTIMAL
                times[method].append(report.seconds if is_solved else float("nan"))
        cells = " | ".join(f"{statistics.median(times[method]):.3f}" for method in METHODS)
        print(f"| {name} | {len(found.program.data):,} | {cells} |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--largest", type=int, default=700, help="700 gives 980,000 nonzeros")
    parser.add_argument("--methods", action="store_true", help="compare HiGHS's algorithms on LPs instead")
    arguments = parser.parse_args()
    if arguments.methods:
        print_methods(arguments.rounds)
        return
    print("| model | engine | nonzeros | engine ms | Pyomo writer ms | ours ms | ratio | beyond both, ms |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for subject in subjects(arguments.largest):
            print(measure(subject, arguments.rounds, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
