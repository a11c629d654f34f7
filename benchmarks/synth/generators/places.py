"""Where to open what, and tours between places."""

from random import Random

from agent.formulation import Formulation
from benchmarks.synth.generators.building import generator, grid, names, plane, problem, row


@generator("facility location")
def facility_location(draw: Random, size: int) -> Formulation:
    """Depots with rent and room."""
    depots, shops = names("depot", 2 + size // 2), names("shop", 3 + size)
    demand = row(draw, len(shops), 5, 20)
    return problem(
        "facility location",
        (
            "minimize",
            "sum(rent[d] * opened[d] for d in depots) + sum(cost[d, s] * share[d, s] for d in depots for s in shops)",
            "total cost of rents and deliveries",
        ),
        {
            "opened[depots]": ("binary", "whether a depot is opened"),
            "share[depots, shops]": ("real", "share of a shop's demand that a depot delivers", 1),
        },
        {
            "every shop is served": ("s in shops", "sum(share[d, s] for d in depots) == 1"),
            "only open depots deliver, as much as they have room for": (
                "d in depots",
                "sum(demand[s] * share[d, s] for s in shops) <= room[d] * opened[d]",
            ),
        },
        sets={"depots": depots, "shops": shops},
        parameters={
            "rent[depots]": ([10 * n for n in row(draw, len(depots), 8, 25)], "rent of a depot"),
            "room[depots]": (
                [sum(demand) * 2 // 3 + draw.randint(0, 20) for _ in depots],
                "tons that a depot can deliver",
            ),
            "demand[shops]": (demand, "tons that a shop needs"),
            "cost[depots, shops]": (
                grid(draw, len(depots), len(shops), 10, 90),
                "cost of delivering all of it",
            ),
        },
    )


@generator("p-median")
def p_median(draw: Random, size: int) -> Formulation:
    """A number of stations near to people."""
    towns, wanted = names("town", size + 4), 2 + size // 3
    return problem(
        "p-median",
        (
            "minimize",
            "sum(people[t] * km[s, t] * goes[s, t] for s in towns for t in towns)",
            "total of people times km",
        ),
        {
            "opened[towns]": ("binary", "whether a town gets a station"),
            "goes[towns, towns]": ("binary", "whether the second town goes to a station in the first"),
        },
        {
            "so many stations": ("", "sum(opened[s] for s in towns) == stations"),
            "each town goes to one station": ("t in towns", "sum(goes[s, t] for s in towns) == 1"),
            "only to towns that have one": ("s in towns, t in towns", "goes[s, t] <= opened[s]"),
        },
        sets={"towns": towns},
        parameters={
            "stations": (wanted, "number of stations"),
            "people[towns]": (row(draw, len(towns), 2, 30), "thousands of people in a town"),
            "km[towns, towns]": (plane(draw, len(towns)), "distance between two towns in km"),
        },
    )


@generator("travelling salesman")
def tour(draw: Random, size: int) -> Formulation:
    """The shortest tour through all places."""
    places = names("place", size + 3)
    return problem(
        "travelling salesman",
        (
            "minimize",
            "sum(km[i, j] * goes[i, j] for i in places for j in places if i != j)",
            "length of the tour",
        ),
        {"goes[places, places]": ("binary", "whether the tour goes from one place straight to another")},
        {
            "one tour through every place": (
                "",
                "circuit((i, j, goes[i, j]) for i in places for j in places if i != j)",
            ),
            "no place is followed by itself": ("i in places", "goes[i, i] == 0"),
        },
        sets={"places": places},
        parameters={"km[places, places]": (plane(draw, len(places)), "distance between two places in km")},
        unit="km",
    )


@generator("vehicle routing")
def vehicle_routing(draw: Random, size: int) -> Formulation:
    """Vans from a depot, with loads counted along the way (Miller, Tucker and Zemlin 1960)."""
    count = min(size + 3, 7)
    stops = list(range(1, count + 1))
    load = row(draw, count, 3, 9)
    capacity = max(max(load), sum(load) // 2 + draw.randint(1, 4))
    return problem(
        "vehicle routing",
        (
            "minimize",
            "sum(km[i, j] * goes[i, j] for i in stops for j in stops if i != j)",
            "total length of all trips",
        ),
        {
            "goes[stops, stops]": ("binary", "whether a van goes from one stop straight to another"),
            "carried[stops]": ("real", "load delivered when a van leaves a stop", capacity),
        },
        {
            "each customer is left once": (
                "i in stops if i != 0",
                "sum(goes[i, j] for j in stops if j != i) == 1",
            ),
            "each customer is reached once": (
                "j in stops if j != 0",
                "sum(goes[i, j] for i in stops if i != j) == 1",
            ),
            "at most so many vans leave the depot, which is stop 0": (
                "",
                "sum(goes[0, j] for j in stops if j != 0) <= vans",
            ),
            "all vans come back": (
                "",
                "sum(goes[0, j] for j in stops if j != 0) == sum(goes[i, 0] for i in stops if i != 0)",
            ),
            "loads add up along a trip within what a van holds": (
                "i in stops, j in stops if i != j and j != 0",
                "carried[j] >= carried[i] + load[j] - capacity * (1 - goes[i, j])",
            ),
            "a van stays nowhere": ("i in stops", "goes[i, i] == 0"),
        },
        sets={"stops": [0, *stops]},
        parameters={
            "km[stops, stops]": (plane(draw, count + 1), "distance between two stops in km"),
            "load[stops]": ([0, *load], "load for a customer"),
            "capacity": (capacity, "load that a van holds"),
            "vans": (3, "number of vans"),
        },
        unit="km",
    )
