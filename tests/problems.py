"""Known problems with known optima, as formulations, for every test that needs one."""

from typing import Any, NamedTuple

from agent.formulation import Formulation
from solvers import Status


class Problem(NamedTuple):
    """A formulation, the data it points at, and what solving it must give."""

    name: str
    formulation: Formulation
    optimum: float | None = None
    status: Status = Status.OPTIMAL
    data: dict[str, Any] | None = None


def formulation(
    variables: list[Any],
    objective: str,
    constraints: list[Any] | None = None,
    *,
    sense: str = "minimize",
    sets: dict[str, Any] | None = None,
    parameters: list[Any] | None = None,
    **more: Any,
) -> Formulation:
    """A formulation in few words: variables and parameters as mappings (or a variable's bare name), sets by
    name, constraints as texts or mappings; texts are named c1, c2, ...
    """
    return Formulation.model_validate(
        {
            "sets": [{"name": name, **_set(value)} for name, value in (sets or {}).items()],
            "parameters": parameters or [],
            "variables": [{"name": item} if isinstance(item, str) else item for item in variables],
            "objective": {"sense": sense, "expression": objective},
            "constraints": [
                {"name": f"c{number}", "expression": item} if isinstance(item, str) else item
                for number, item in enumerate(constraints or [], start=1)
            ],
            **more,
        }
    )


def _set(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"elements": value}


def rule(name: str, expression: str, forall: str = "", meaning: str = "") -> dict[str, str]:
    """A constraint."""
    return {"name": name, "expression": expression, "forall": forall, "meaning": meaning}


def _wyndor() -> Formulation:
    return formulation(
        [{"name": "doors", "meaning": "batches of doors a week"}, {"name": "windows"}],
        "3 * doors + 5 * windows",
        [
            rule("plant_1", "doors <= 4", meaning="hours in plant 1"),
            rule("plant_2", "2 * windows <= 12", meaning="hours in plant 2"),
            rule("plant_3", "3 * doors + 2 * windows <= 18", meaning="hours in plant 3"),
        ],
        sense="maximize",
        title="Wyndor Glass",
    )


def _diet() -> Formulation:
    return formulation(
        [{"name": "grams", "indices": ["foods"], "unit": "100 g"}],
        "sum(price[f] * grams[f] for f in foods)",
        [rule("needs", "sum(content[f, n] * grams[f] for f in foods) >= need[n]", "n in nutrients")],
        sets={"foods": ["oats", "beans"], "nutrients": ["iron", "protein", "fibre"]},
        parameters=[
            {"name": "price", "indices": ["foods"], "values": [0.6, 1.0]},
            {"name": "content", "indices": ["foods", "nutrients"], "values": [[10, 5, 2], [4, 5, 6]]},
            {"name": "need", "indices": ["nutrients"], "values": {"iron": 20, "protein": 20, "fibre": 12}},
        ],
    )


_TRANSPORT_RULES = [
    rule("supplies", "sum(shipped[p, m] for m in markets) <= supply[p]", "p in plants", "stock of a plant"),
    rule("demands", "sum(shipped[p, m] for p in plants) >= demand[m]", "m in markets", "orders of a market"),
]


def _transport() -> Formulation:
    return formulation(
        [{"name": "shipped", "indices": ["plants", "markets"]}],
        "sum(cost[p, m] * shipped[p, m] for p in plants for m in markets)",
        _TRANSPORT_RULES,
        sets={"plants": ["north", "south"], "markets": [1, 2, 3]},
        parameters=[
            {"name": "supply", "indices": ["plants"], "values": [20, 30]},
            {"name": "demand", "indices": ["markets"], "values": {"1": 10, "2": 25, "3": 15}},
            {"name": "cost", "indices": ["plants", "markets"], "values": [[2, 3, 1], [5, 4, 8]]},
        ],
    )


def _transport_from_tables() -> Formulation:
    return formulation(
        [{"name": "shipped", "indices": ["plants", "markets"]}],
        "sum(cost[p, m] * shipped[p, m] for p in plants for m in markets)",
        _TRANSPORT_RULES,
        sets={
            "plants": {"source": {"table": "plants", "columns": ["plant"]}},
            "markets": {"source": {"table": "markets", "columns": ["market"]}},
        },
        parameters=[
            {
                "name": "supply",
                "indices": ["plants"],
                "source": {"table": "plants", "column": "supply", "keys": ["plant"]},
            },
            {
                "name": "demand",
                "indices": ["markets"],
                "source": {"table": "markets", "column": "demand", "keys": ["market"]},
            },
            {
                "name": "cost",
                "indices": ["plants", "markets"],
                "source": {"table": "costs", "column": "cost", "keys": ["plant", "market"]},
            },
        ],
    )


TRANSPORT_DATA: dict[str, Any] = {
    "plants": [{"plant": "north", "supply": 20}, {"plant": "south", "supply": 30}],
    "markets": [{"market": 1, "demand": 10}, {"market": 2, "demand": 25}, {"market": 3, "demand": 15}],
    "costs": [
        {"plant": plant, "market": market, "cost": cost}
        for plant, row in (("north", (2, 3, 1)), ("south", (5, 4, 8)))
        for market, cost in enumerate(row, start=1)
    ],
}


def _knapsack() -> Formulation:
    return formulation(
        [{"name": "take", "indices": ["items"], "domain": "binary"}],
        "sum(value[i] * take[i] for i in items)",
        ["sum(weight[i] * take[i] for i in items) <= capacity"],
        sense="maximize",
        sets={"items": [1, 2, 3]},
        parameters=[
            {"name": "value", "indices": ["items"], "values": [60, 100, 120]},
            {"name": "weight", "indices": ["items"], "values": [10, 20, 30]},
            {"name": "capacity", "values": 50},
        ],
    )


def _assignment() -> Formulation:
    return formulation(
        [{"name": "does", "indices": ["people", "jobs"], "domain": "binary"}],
        "sum(hours[p, j] * does[p, j] for p in people for j in jobs)",
        [
            rule("one_job", "sum(does[p, j] for j in jobs) == 1", "p in people"),
            rule("one_person", "sum(does[p, j] for p in people) == 1", "j in jobs"),
        ],
        sets={"people": ["Ann", "Bo", "Cy"], "jobs": ["x", "y", "z"]},
        parameters=[
            {"name": "hours", "indices": ["people", "jobs"], "values": [[9, 2, 7], [6, 4, 3], [5, 8, 1]]}
        ],
    )


def _depots() -> Formulation:
    return formulation(
        [
            {"name": "opened", "indices": ["depots"], "domain": "binary"},
            {"name": "serves", "indices": ["depots", "shops"], "domain": "binary"},
        ],
        "sum(rent[d] * opened[d] for d in depots)"
        " + sum(way[d, s] * serves[d, s] for d in depots for s in shops)",
        [
            rule("served", "sum(serves[d, s] for d in depots) == 1", "s in shops"),
            rule("only_open", "implies(serves[d, s], opened[d])", "d in depots, s in shops"),
        ],
        sets={"depots": ["east", "west"], "shops": [1, 2, 3]},
        parameters=[
            {"name": "rent", "indices": ["depots"], "values": [10, 15]},
            {"name": "way", "indices": ["depots", "shops"], "values": [[4, 2, 5], [3, 6, 1]]},
        ],
    )


def _makespan() -> Formulation:
    return formulation(
        [{"name": "runs", "indices": ["jobs", "machines"], "domain": "binary"}],
        "max(sum(hours[j] * runs[j, m] for j in jobs) for m in machines)",
        [rule("once", "sum(runs[j, m] for m in machines) == 1", "j in jobs")],
        sets={"jobs": [1, 2, 3, 4, 5], "machines": ["A", "B"]},
        parameters=[{"name": "hours", "indices": ["jobs"], "values": [5, 4, 3, 3, 3]}],
    )


def _one_machine() -> Formulation:
    return formulation(
        [{"name": "start", "indices": ["jobs"], "domain": "integer", "upper": 10}],
        "sum(weight[j] * (start[j] + hours[j]) for j in jobs)",
        ["no_overlap((start[j], hours[j]) for j in jobs)"],
        sets={"jobs": ["a", "b", "c"]},
        parameters=[
            {"name": "hours", "indices": ["jobs"], "values": [2, 1, 3]},
            {"name": "weight", "indices": ["jobs"], "values": [3, 1, 2]},
        ],
    )


def _crew() -> Formulation:
    return formulation(
        [{"name": "start", "indices": ["tasks"], "domain": "integer", "upper": 8}],
        "max(start[t] + hours[t] for t in tasks)",
        ["cumulative(((start[t], hours[t], people[t]) for t in tasks), capacity=crew)"],
        sets={"tasks": [1, 2, 3, 4]},
        parameters=[
            {"name": "hours", "indices": ["tasks"], "values": [2, 2, 3, 1]},
            {"name": "people", "indices": ["tasks"], "values": [2, 1, 2, 1]},
            {"name": "crew", "values": 3},
        ],
    )


def _tour() -> Formulation:
    """Two triangles of near towns: two short tours would be cheaper, but are no tour."""
    towns = range(6)
    roads = [(i, j) for i in towns for j in towns if i != j]
    return formulation(
        [{"name": "goes", "indices": ["roads"], "domain": "binary"}],
        "sum(length[i, j] * goes[i, j] for i, j in roads)",
        ["circuit((i, j, goes[i, j]) for (i, j) in roads)"],
        sets={"roads": roads},
        parameters=[
            {
                "name": "length",
                "indices": ["roads"],
                "values": {f"{i},{j}": 1 if i // 3 == j // 3 else 5 for i, j in roads},
            }
        ],
    )


def _queens() -> Formulation:
    return formulation(
        [{"name": "column", "indices": ["rows"], "domain": "integer", "lower": 1, "upper": 4}],
        "column[1]",
        [
            "all_different(column[r] for r in rows)",
            "all_different(column[r] + r for r in rows)",
            "all_different(column[r] - r for r in rows)",
        ],
        sense="maximize",
        sets={"rows": [1, 2, 3, 4]},
    )


def _shortest_path() -> Formulation:
    return formulation(
        [{"name": "used", "indices": ["arcs"], "upper": 1}],
        "sum(length[a] * used[a] for a in arcs)",
        [
            rule(
                "flow",
                "sum(used[i, j] for i, j in arcs if i == n) - sum(used[i, j] for i, j in arcs if j == n)"
                " == (1 if n == 'a' else -1 if n == 'd' else 0)",
                "n in nodes",
            )
        ],
        sets={
            "nodes": ["a", "b", "c", "d"],
            "arcs": [("a", "b"), ("b", "d"), ("a", "c"), ("c", "d"), ("b", "c")],
        },
        parameters=[{"name": "length", "indices": ["arcs"], "values": [1, 5, 4, 1, 1]}],
    )


PROBLEMS = [
    Problem("wyndor", _wyndor(), 36.0),
    Problem("diet", _diet(), 2.8),
    Problem("transport", _transport(), 150.0),
    Problem("transport_from_tables", _transport_from_tables(), 150.0, data=TRANSPORT_DATA),
    Problem("shortest_path", _shortest_path(), 3.0),
    Problem("knapsack", _knapsack(), 220.0),
    Problem("assignment", _assignment(), 9.0),
    Problem("depots", _depots(), 21.0),
    Problem("makespan", _makespan(), 9.0),
    Problem(
        "median", formulation([{"name": "x", "lower": None}], "abs(x - 1) + abs(x - 2) + abs(x - 9)"), 8.0
    ),
    Problem("one_machine", _one_machine(), 21.0),
    Problem("crew", _crew(), 5.0),
    Problem("tour", _tour(), 14.0),
    Problem("queens", _queens(), 3.0),
    Problem("quadratic", formulation(["x", "y"], "x**2 + 2 * y**2", ["x + y == 3"]), 6.0),
    Problem(
        "can",
        formulation(
            [{"name": "r", "upper": 10}, {"name": "h", "upper": 10}], "r**2 + r * h", ["r**2 * h == 2"]
        ),
        3.0,
    ),
    Problem("infeasible", formulation(["x"], "x", ["x <= 1", "x >= 2"]), status=Status.INFEASIBLE),
    Problem("unbounded", formulation(["x"], "x", sense="maximize"), status=Status.UNBOUNDED),
]
BY_NAME = {problem.name: problem for problem in PROBLEMS}
