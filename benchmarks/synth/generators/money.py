"""Money and power: portfolios, prices, seats, generators."""

from random import Random

from agent.formulation import Formulation
from benchmarks.synth.generators.building import generator, names, problem, row


@generator("portfolio")
def portfolio(draw: Random, size: int) -> Formulation:
    """The least risk for a wished return (Markowitz 1952), risks independent of each other."""
    papers = names("paper", size + 2)
    gain = [draw.randint(3, 14) for _ in papers]
    return problem(
        "portfolio",
        ("minimize", "sum(variance[p] * share[p]**2 for p in papers)", "variance of the portfolio"),
        {"share[papers]": ("real", "share of the money in a paper", 1)},
        {
            "all money is invested": ("", "sum(share[p] for p in papers) == 1"),
            "return that is wished": ("", "sum(gain[p] * share[p] for p in papers) >= wished"),
        },
        sets={"papers": papers},
        parameters={
            "gain[papers]": (gain, "return of a paper in percent"),
            "variance[papers]": ([g * g // 4 + draw.randint(1, 9) for g in gain], "variance of a paper"),
            "wished": (round((min(gain) + max(gain)) / 2), "least return of the portfolio in percent"),
        },
    )


@generator("revenue management")
def revenue(draw: Random, size: int) -> Formulation:
    """Seats of flights sold at several fares."""
    legs, fares = names("flight", 1 + (size + 1) // 2), names("fare", size + 2)
    uses = [[int(draw.random() < 0.6) for _ in legs] for _ in fares]
    for line in uses:
        line[draw.randrange(len(legs))] = 1
    return problem(
        "revenue management",
        ("maximize", "sum(price[f] * sold[f] for f in fares)", "revenue"),
        {"sold[fares]": ("integer", "tickets sold at a fare")},
        {
            "seats of each flight": ("l in legs", "sum(uses[f, l] * sold[f] for f in fares) <= seats[l]"),
            "demand at each fare": ("f in fares", "sold[f] <= demand[f]"),
        },
        sets={"legs": legs, "fares": fares},
        parameters={
            "price[fares]": ([10 * n for n in row(draw, len(fares), 8, 60)], "price of a ticket at a fare"),
            "demand[fares]": (row(draw, len(fares), 20, 90), "tickets that can be sold at a fare"),
            "seats[legs]": (row(draw, len(legs), 60, 150), "seats of a flight"),
            "uses[fares, legs]": (uses, "1 if a ticket at a fare takes a seat of a flight"),
        },
    )


@generator("pricing")
def pricing(draw: Random, size: int) -> Formulation:
    """Prices of goods whose demand falls with the price."""
    goods = names("good", max(1, size - 1))
    most = [draw.randint(100, 300) for _ in goods]
    slope = [draw.randint(1, 4) for _ in goods]
    return problem(
        "pricing",
        (
            "maximize",
            "sum((price[g] - cost[g]) * (most[g] - slope[g] * price[g]) for g in goods)",
            "total profit",
        ),
        {"price[goods]": ("real", "price of a good")},
        {
            "no negative demand": ("g in goods", "slope[g] * price[g] <= most[g]"),
            "what can be made in all": ("", "sum(most[g] - slope[g] * price[g] for g in goods) <= capacity"),
        },
        sets={"goods": goods},
        parameters={
            "cost[goods]": (row(draw, len(goods), 5, 20), "cost of making a good"),
            "most[goods]": (most, "units demanded at a price of zero"),
            "slope[goods]": (slope, "units by which demand falls for each unit of price"),
            "capacity": (sum(most) // draw.randint(2, 4), "units of all goods that can be made"),
        },
    )


@generator("unit commitment")
def unit_commitment(draw: Random, size: int) -> Formulation:
    """Generators switched on and off over hours."""
    units, hours = names("unit", 2 + size // 3), list(range(1, 3 + size))
    most = [10 * draw.randint(6, 15) for _ in units]
    least = [10 * draw.randint(1, 3) for _ in units]
    load = [draw.randint(max(least), sum(most) * 3 // 4) for _ in hours]
    return problem(
        "unit commitment",
        (
            "minimize",
            "sum(price[u] * power[u, t] + running[u] * on[u, t] + starting[u] * begun[u, t] "
            "for u in units for t in hours)",
            "total cost",
        ),
        {
            "on[units, hours]": ("binary", "whether a unit runs in an hour"),
            "begun[units, hours]": ("binary", "whether a unit is started in an hour"),
            "power[units, hours]": ("real", "MW that a unit gives in an hour"),
        },
        {
            "the load of each hour": ("t in hours", "sum(power[u, t] for u in units) == load[t]"),
            "least power of a running unit": ("u in units, t in hours", "power[u, t] >= least[u] * on[u, t]"),
            "most power of a running unit": ("u in units, t in hours", "power[u, t] <= most[u] * on[u, t]"),
            "all units are off at first": ("u in units", "begun[u, 1] >= on[u, 1]"),
            "a unit that was off must be started": (
                "u in units, t in hours if t > 1",
                "begun[u, t] >= on[u, t] - on[u, t - 1]",
            ),
        },
        sets={"units": units, "hours": hours},
        parameters={
            "load[hours]": (load, "MW needed in an hour"),
            "least[units]": (least, "least MW of a running unit"),
            "most[units]": (most, "most MW of a running unit"),
            "price[units]": (row(draw, len(units), 20, 60), "cost of a MW for an hour"),
            "running[units]": ([10 * n for n in row(draw, len(units), 5, 20)], "cost of an hour of running"),
            "starting[units]": ([10 * n for n in row(draw, len(units), 10, 40)], "cost of a start"),
        },
    )
