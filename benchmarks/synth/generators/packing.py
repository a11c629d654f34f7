"""Choosing and packing: knapsacks, bins, rolls, covers, projects."""

from random import Random

from agent.formulation import Formulation
from benchmarks.synth.generators.building import generator, grid, names, problem, row


@generator("knapsack")
def knapsack(draw: Random, size: int) -> Formulation:
    """The most valuable items within a weight."""
    items = names("item", 3 + 2 * size)
    weight = row(draw, len(items), 3, 20)
    return problem(
        "knapsack",
        ("maximize", "sum(value[i] * take[i] for i in items)", "total value"),
        {"take[items]": ("binary", "whether an item is taken")},
        {"weight that can be carried": ("", "sum(weight[i] * take[i] for i in items) <= capacity")},
        sets={"items": items},
        parameters={
            "value[items]": (row(draw, len(items), 10, 60), "value of an item"),
            "weight[items]": (weight, "weight of an item in kg"),
            "capacity": (round(0.45 * sum(weight)), "kg that can be carried"),
        },
    )


@generator("project selection")
def projects(draw: Random, size: int) -> Formulation:
    """Projects within yearly budgets, with one that needs another and two that exclude each other."""
    found, years = names("project", size + 3), list(range(1, 2 + size // 2 + 1))
    cost = grid(draw, len(found), len(years), 2, 15)
    first, second, third, fourth = draw.sample(found, 4)
    return problem(
        "project selection",
        ("maximize", "sum(worth[p] * chosen[p] for p in projects)", "total worth"),
        {"chosen[projects]": ("binary", "whether a project is done")},
        {
            "budget of each year": (
                "y in years",
                "sum(cost[p, y] * chosen[p] for p in projects) <= budget[y]",
            ),
            f"{first} needs {second}": ("", f"chosen['{first}'] <= chosen['{second}']"),
            f"not both of {third} and {fourth}": ("", f"chosen['{third}'] + chosen['{fourth}'] <= 1"),
        },
        sets={"projects": found, "years": years},
        parameters={
            "worth[projects]": (row(draw, len(found), 10, 50), "worth of a project"),
            "cost[projects, years]": (cost, "cost of a project in a year"),
            "budget[years]": (
                [round(0.55 * sum(line[y] for line in cost)) for y in range(len(years))],
                "money in a year",
            ),
        },
    )


@generator("bin packing")
def bin_packing(draw: Random, size: int) -> Formulation:
    """As few bins as possible."""
    items = names("parcel", 4 + size)
    bins = list(range(1, 4 + size // 2))
    capacity = draw.randint(20, 30)
    weight = [draw.randint(capacity // 5, capacity // 2) for _ in items]
    return problem(
        "bin packing",
        ("minimize", "sum(used[b] for b in bins)", "number of bins used"),
        {
            "used[bins]": ("binary", "whether a bin is used"),
            "put[items, bins]": ("binary", "whether an item is put into a bin"),
        },
        {
            "each item into one bin": ("i in items", "sum(put[i, b] for b in bins) == 1"),
            "what a used bin holds": (
                "b in bins",
                "sum(weight[i] * put[i, b] for i in items) <= capacity * used[b]",
            ),
        },
        sets={"items": items, "bins": bins},
        parameters={
            "weight[items]": (weight, "weight of an item"),
            "capacity": (capacity, "weight that a bin holds"),
        },
    )


@generator("cutting stock")
def cutting_stock(draw: Random, size: int) -> Formulation:
    """Rolls cut by given patterns."""
    length = 10 * draw.randint(9, 15)
    widths = draw.sample(range(15, length // 2, 5), 2 + size // 2)
    patterns = [
        [length // width if i == j else 0 for j in range(len(widths))] for i, width in enumerate(widths)
    ]
    for _ in range(size):
        rest, pattern = length, []
        for width in widths:
            pattern.append(draw.randint(0, rest // width))
            rest -= pattern[-1] * width
        if any(pattern) and pattern not in patterns:
            patterns.append(pattern)
    return problem(
        "cutting stock",
        ("minimize", "sum(rolls[p] for p in patterns)", "number of rolls cut"),
        {"rolls[patterns]": ("integer", "rolls cut by a pattern")},
        {
            "orders of each width": (
                "w in widths",
                "sum(pieces[p, w] * rolls[p] for p in patterns) >= ordered[w]",
            )
        },
        sets={"patterns": names("pattern", len(patterns)), "widths": widths},
        parameters={
            "pieces[patterns, widths]": (patterns, "pieces of a width that a pattern gives"),
            "ordered[widths]": (row(draw, len(widths), 10, 40), "pieces of a width that are ordered"),
        },
    )


@generator("set cover")
def set_cover(draw: Random, size: int) -> Formulation:
    """The cheapest stations that reach every district."""
    stations, districts = names("station", size + 3), names("district", size + 4)
    reach = [[int(draw.random() < 0.4) for _ in districts] for _ in stations]
    for column in range(len(districts)):
        reach[draw.randrange(len(stations))][column] = 1
    return problem(
        "set cover",
        ("minimize", "sum(cost[s] * opened[s] for s in stations)", "total cost"),
        {"opened[stations]": ("binary", "whether a station is opened")},
        {
            "every district is reached": (
                "d in districts",
                "sum(reach[s, d] * opened[s] for s in stations) >= 1",
            )
        },
        sets={"stations": stations, "districts": districts},
        parameters={
            "cost[stations]": (row(draw, len(stations), 10, 40), "cost of a station"),
            "reach[stations, districts]": (reach, "1 if a station reaches a district"),
        },
    )


@generator("assignment")
def assignment(draw: Random, size: int) -> Formulation:
    """Each worker one job."""
    count = size + 2
    return problem(
        "assignment",
        ("minimize", "sum(hours[w, j] * does[w, j] for w in workers for j in jobs)", "total hours"),
        {"does[workers, jobs]": ("binary", "whether a worker does a job")},
        {
            "one job for each worker": ("w in workers", "sum(does[w, j] for j in jobs) == 1"),
            "one worker for each job": ("j in jobs", "sum(does[w, j] for w in workers) == 1"),
        },
        sets={"workers": names("worker", count), "jobs": names("job", count)},
        parameters={
            "hours[workers, jobs]": (grid(draw, count, count, 2, 20), "hours a worker takes for a job")
        },
    )
