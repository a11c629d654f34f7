"""Flows and ways through networks."""

from random import Random

from agent.formulation import Formulation
from benchmarks.synth.generators.building import arcs, by_arc, generator, grid, names, problem, row

_BALANCE = "sum(flow[i, j] for i, j in arcs if i == n) - sum(flow[i, j] for i, j in arcs if j == n) == "


@generator("transportation")
def transportation(draw: Random, size: int) -> Formulation:
    """From plants to shops at least cost."""
    plants, shops = names("plant", 2 + size // 3), names("shop", 2 + size)
    demand = row(draw, len(shops), 10, 40)
    share = sum(demand) // len(plants) + draw.randint(3, 12)
    return problem(
        "transportation",
        ("minimize", "sum(cost[p, s] * shipped[p, s] for p in plants for s in shops)", "total cost"),
        {"shipped[plants, shops]": ("real", "tons shipped from a plant to a shop")},
        {
            "what a plant has": ("p in plants", "sum(shipped[p, s] for s in shops) <= supply[p]"),
            "what a shop needs": ("s in shops", "sum(shipped[p, s] for p in plants) >= demand[s]"),
        },
        sets={"plants": plants, "shops": shops},
        parameters={
            "supply[plants]": ([share + draw.randint(0, 9) for _ in plants], "tons at a plant"),
            "demand[shops]": (demand, "tons that a shop needs"),
            "cost[plants, shops]": (grid(draw, len(plants), len(shops), 2, 20), "cost of shipping a ton"),
        },
    )


@generator("minimum cost flow")
def minimum_cost_flow(draw: Random, size: int) -> Formulation:
    """An amount through a network at least cost."""
    count = size + 3
    found = arcs(draw, count, 2 * size)
    amount = draw.randint(5, 15)
    capacity = [amount if j == i + 1 else draw.randint(2, amount) for i, j in found]
    return problem(
        "minimum cost flow",
        ("minimize", "sum(cost[i, j] * flow[i, j] for i, j in arcs)", "total cost"),
        {"flow[arcs]": ("real", "tons moved along a road")},
        {
            "what a road carries": ("i, j in arcs", "flow[i, j] <= capacity[i, j]"),
            "all that starts at node 1 arrives at the last node": (
                "n in nodes",
                _BALANCE + f"(amount if n == 1 else -amount if n == {count} else 0)",
            ),
        },
        sets={"nodes": list(range(1, count + 1)), "arcs": found},
        parameters={
            "amount": (amount, "tons to move from node 1 to the last node"),
            "cost[arcs]": (by_arc(found, row(draw, len(found), 1, 12)), "cost of moving a ton along a road"),
            "capacity[arcs]": (by_arc(found, capacity), "tons that a road carries"),
        },
    )


@generator("maximum flow")
def maximum_flow(draw: Random, size: int) -> Formulation:
    """As much as possible through a network."""
    count = size + 3
    found = arcs(draw, count, 2 * size)
    return problem(
        "maximum flow",
        (
            "maximize",
            "sum(flow[i, j] for i, j in arcs if i == 1)",
            "litres a second from node 1 to the last node",
        ),
        {"flow[arcs]": ("real", "litres a second through a pipe")},
        {
            "what a pipe carries": ("i, j in arcs", "flow[i, j] <= capacity[i, j]"),
            "what comes in goes out": (f"n in nodes if n > 1 and n < {count}", _BALANCE + "0"),
        },
        sets={"nodes": list(range(1, count + 1)), "arcs": found},
        parameters={
            "capacity[arcs]": (
                by_arc(found, row(draw, len(found), 3, 20)),
                "litres a second that a pipe carries",
            )
        },
    )


@generator("shortest path")
def shortest_path(draw: Random, size: int) -> Formulation:
    """The shortest way from the first node to the last."""
    count = size + 3
    found = arcs(draw, count, 3 * size)
    length = [draw.randint(2, 9) * (j - i) + draw.randint(0, 4) for i, j in found]
    return problem(
        "shortest path",
        ("minimize", "sum(length[i, j] * flow[i, j] for i, j in arcs)", "length of the way"),
        {"flow[arcs]": ("binary", "whether a road is used")},
        {
            "one way from node 1 to the last node": (
                "n in nodes",
                _BALANCE + f"(1 if n == 1 else -1 if n == {count} else 0)",
            )
        },
        sets={"nodes": list(range(1, count + 1)), "arcs": found},
        parameters={"length[arcs]": (by_arc(found, length), "length of a one-way road in km")},
        unit="km",
    )


@generator("multicommodity flow")
def multicommodity_flow(draw: Random, size: int) -> Formulation:
    """Several goods on shared roads."""
    count, goods = size // 2 + 3, names("good", 2)
    found = arcs(draw, count, size + 1)
    amount = row(draw, 2, 3, 9)
    capacity = [sum(amount) if j == i + 1 else draw.randint(3, 8) for i, j in found]
    balance = _BALANCE.replace("flow[i, j]", "flow[g, i, j]")
    return problem(
        "multicommodity flow",
        (
            "minimize",
            "sum(cost[g] * length[i, j] * flow[g, i, j] for g in goods for i, j in arcs)",
            "total cost",
        ),
        {"flow[goods, arcs]": ("real", "tons of a good moved along a road")},
        {
            "what a road carries of all goods": (
                "i, j in arcs",
                "sum(flow[g, i, j] for g in goods) <= capacity[i, j]",
            ),
            "each good goes from node 1 to the last node": (
                "g in goods, n in nodes",
                balance + f"(amount[g] if n == 1 else -amount[g] if n == {count} else 0)",
            ),
        },
        sets={"nodes": list(range(1, count + 1)), "arcs": found, "goods": goods},
        parameters={
            "amount[goods]": (amount, "tons of a good to move from node 1 to the last node"),
            "cost[goods]": (row(draw, 2, 1, 5), "cost of moving a ton of a good for a km"),
            "length[arcs]": (by_arc(found, row(draw, len(found), 2, 15)), "length of a road in km"),
            "capacity[arcs]": (by_arc(found, capacity), "tons that a road carries"),
        },
    )


@generator("network design")
def network_design(draw: Random, size: int) -> Formulation:
    """Which roads to build before moving goods along them."""
    count = size // 2 + 4
    found = arcs(draw, count, size + 2)
    amount = draw.randint(4, 12)
    return problem(
        "network design",
        (
            "minimize",
            "sum(building[i, j] * built[i, j] + cost[i, j] * flow[i, j] for i, j in arcs)",
            "total cost of building roads and moving goods",
        ),
        {
            "built[arcs]": ("binary", "whether a road is built"),
            "flow[arcs]": ("real", "tons moved along a road"),
        },
        {
            "only built roads carry": ("i, j in arcs", "flow[i, j] <= amount * built[i, j]"),
            "all that starts at node 1 arrives at the last node": (
                "n in nodes",
                _BALANCE + f"(amount if n == 1 else -amount if n == {count} else 0)",
            ),
        },
        sets={"nodes": list(range(1, count + 1)), "arcs": found},
        parameters={
            "amount": (amount, "tons to move from node 1 to the last node"),
            "building[arcs]": (by_arc(found, row(draw, len(found), 10, 60)), "cost of building a road"),
            "cost[arcs]": (by_arc(found, row(draw, len(found), 1, 8)), "cost of moving a ton along a road"),
        },
    )
