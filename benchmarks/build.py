"""Building a model from a formulation against hand-written Pyomo: a transportation model with data from a CSV.

    python -m benchmarks.build [--size 300] [--rounds 7]

Both sides read the same CSV and build the same model; rounds are interleaved, so that the ratio holds on a noisy
machine.
"""

import argparse
import csv
import gc
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyomo.environ as pyo

from agent.data import load
from agent.formulation import (
    Constraint,
    Formulation,
    IndexSet,
    Objective,
    Parameter,
    ParameterSource,
    Sense,
    SetSource,
    Variable,
)
from agent.formulation.compile import compile_model
from agent.formulation.instance import bind


def write_data(folder: Path, size: int) -> tuple[Path, Path, Path]:
    """Supply, demand and cost tables of a balanced problem with size x size lanes."""
    draw = random.Random(7)
    supply, demand, cost = folder / "supply.csv", folder / "demand.csv", folder / "cost.csv"
    plants, cities = [f"p{i}" for i in range(size)], [f"c{j}" for j in range(size)]
    _write(supply, ["plant", "supply"], ([plant, draw.randint(50, 90)] for plant in plants))
    _write(demand, ["city", "demand"], ([city, draw.randint(20, 49)] for city in cities))
    lanes = ([plant, city, draw.randint(1, 100)] for plant in plants for city in cities)
    _write(cost, ["plant", "city", "cost"], lanes)
    return supply, demand, cost


def _write(path: Path, header: list[str], rows: object) -> None:
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)  # type: ignore[arg-type]


def formulation() -> Formulation:
    """Transportation: ship from plants to cities at least cost."""
    return Formulation(
        sets=(
            IndexSet(name="plants", source=SetSource(table="supply", columns=("plant",))),
            IndexSet(name="cities", source=SetSource(table="demand", columns=("city",))),
        ),
        parameters=(
            Parameter(
                name="supply",
                indices=("plants",),
                source=ParameterSource(table="supply", keys=("plant",), column="supply"),
            ),
            Parameter(
                name="demand",
                indices=("cities",),
                source=ParameterSource(table="demand", keys=("city",), column="demand"),
            ),
            Parameter(
                name="cost",
                indices=("plants", "cities"),
                source=ParameterSource(table="cost", keys=("plant", "city"), column="cost"),
            ),
        ),
        variables=(Variable(name="ship", indices=("plants", "cities")),),
        objective=Objective(
            sense=Sense.MINIMIZE, expression="sum(cost[i, j] * ship[i, j] for i in plants for j in cities)"
        ),
        constraints=(
            Constraint(
                name="within_supply",
                forall="i in plants",
                expression="sum(ship[i, j] for j in cities) <= supply[i]",
            ),
            Constraint(
                name="meet_demand",
                forall="j in cities",
                expression="sum(ship[i, j] for i in plants) >= demand[j]",
            ),
        ),
    )


def ours(paths: tuple[Path, Path, Path]) -> pyo.ConcreteModel:
    """The model by way of a formulation."""
    return compile_model(bind(formulation(), load(list(paths))))


def by_hand(paths: tuple[Path, Path, Path]) -> pyo.ConcreteModel:
    """The model as a careful modeler writes it."""
    supply, demand, cost = (_read(path) for path in paths)
    model = pyo.ConcreteModel()
    model.plants = pyo.Set(initialize=[row[0] for row in supply])
    model.cities = pyo.Set(initialize=[row[0] for row in demand])
    model.supply = pyo.Param(model.plants, initialize={row[0]: float(row[1]) for row in supply})
    model.demand = pyo.Param(model.cities, initialize={row[0]: float(row[1]) for row in demand})
    model.cost = pyo.Param(
        model.plants, model.cities, initialize={(row[0], row[1]): float(row[2]) for row in cost}
    )
    model.ship = pyo.Var(model.plants, model.cities, domain=pyo.NonNegativeReals)
    model.objective = pyo.Objective(
        expr=sum(model.cost[i, j] * model.ship[i, j] for i in model.plants for j in model.cities)
    )

    def within_supply(m: pyo.ConcreteModel, i: str) -> object:
        return sum(m.ship[i, j] for j in m.cities) <= m.supply[i]

    def meet_demand(m: pyo.ConcreteModel, j: str) -> object:
        return sum(m.ship[i, j] for i in m.plants) >= m.demand[j]

    model.within_supply = pyo.Constraint(model.plants, rule=within_supply)
    model.meet_demand = pyo.Constraint(model.cities, rule=meet_demand)
    return model


def _read(path: Path) -> list[list[str]]:
    with path.open(newline="") as stream:
        return list(csv.reader(stream))[1:]


def _seconds(
    build: Callable[[tuple[Path, Path, Path]], pyo.ConcreteModel], paths: tuple[Path, Path, Path]
) -> float:
    gc.collect()
    started = time.perf_counter()
    build(paths)
    return time.perf_counter() - started


def main() -> None:
    """Print the seconds of both sides and their ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = write_data(Path(folder), arguments.size)
        rounds = [(_seconds(ours, paths), _seconds(by_hand, paths)) for _ in range(arguments.rounds)]
    ratio = statistics.median(a / b for a, b in rounds)
    print(f"{arguments.size} x {arguments.size}, {arguments.rounds} interleaved rounds, median seconds")
    print(f"formulation {statistics.median(a for a, _ in rounds):.3f}")
    print(f"by hand     {statistics.median(b for _, b in rounds):.3f}")
    print(f"ratio       {ratio:.2f}")


if __name__ == "__main__":
    main()
