"""Times and people: shops, machines, shifts, landings."""

import itertools
from random import Random

from agent.formulation import Formulation
from benchmarks.synth.generators.building import generator, grid, names, problem, row


@generator("job shop")
def job_shop(draw: Random, size: int) -> Formulation:
    """Jobs that pass machines, each in its own order."""
    jobs, machines = names("job", 2 + size // 2), names("machine", 2 + size // 3)
    hours = grid(draw, len(jobs), len(machines), 1, 8)
    horizon = sum(map(sum, hours))
    constraints = {
        "a machine does one job at a time": (
            "m in machines",
            "no_overlap((start[j, m], hours[j, m]) for j in jobs)",
        ),
        "all is done": ("j in jobs, m in machines", "start[j, m] + hours[j, m] <= finish"),
    }
    for job in jobs:
        order = draw.sample(machines, len(machines))
        for first, second in itertools.pairwise(order):
            constraints[f"{job} passes {first} before {second}"] = (
                "",
                f"start['{job}', '{first}'] + hours['{job}', '{first}'] <= start['{job}', '{second}']",
            )
    return problem(
        "job shop",
        ("minimize", "finish", "hour when all is done"),
        {
            "start[jobs, machines]": ("integer", "hour when a job starts on a machine", horizon),
            "finish": ("integer", "hour when all is done", horizon),
        },
        constraints,
        sets={"jobs": jobs, "machines": machines},
        parameters={"hours[jobs, machines]": (hours, "hours of a job on a machine")},
    )


@generator("flow shop")
def flow_shop(draw: Random, size: int) -> Formulation:
    """Jobs that pass the machines in the same order."""
    jobs, machines = names("job", 2 + (size + 1) // 2), list(range(1, 3 + size // 3))
    hours = grid(draw, len(jobs), len(machines), 1, 9)
    horizon = sum(map(sum, hours))
    return problem(
        "flow shop",
        ("minimize", "finish", "hour when all is done"),
        {
            "start[jobs, machines]": ("integer", "hour when a job starts on a machine", horizon),
            "finish": ("integer", "hour when all is done", horizon),
        },
        {
            "a machine does one job at a time": (
                "m in machines",
                "no_overlap((start[j, m], hours[j, m]) for j in jobs)",
            ),
            "machines in the order of their numbers": (
                "j in jobs, m in machines if m > 1",
                "start[j, m - 1] + hours[j, m - 1] <= start[j, m]",
            ),
            "all is done": ("j in jobs, m in machines", "start[j, m] + hours[j, m] <= finish"),
        },
        sets={"jobs": jobs, "machines": machines},
        parameters={"hours[jobs, machines]": (hours, "hours of a job on a machine")},
    )


@generator("parallel machines")
def parallel_machines(draw: Random, size: int) -> Formulation:
    """Jobs spread over equal machines."""
    jobs, machines = names("job", 4 + size), names("machine", 2 + size // 4)
    return problem(
        "parallel machines",
        ("minimize", "longest", "hours of the machine that works longest"),
        {
            "runs[jobs, machines]": ("binary", "whether a job runs on a machine"),
            "longest": ("real", "hours of the machine that works longest"),
        },
        {
            "each job on one machine": ("j in jobs", "sum(runs[j, m] for m in machines) == 1"),
            "hours of each machine": ("m in machines", "sum(hours[j] * runs[j, m] for j in jobs) <= longest"),
        },
        sets={"jobs": jobs, "machines": machines},
        parameters={"hours[jobs]": (row(draw, len(jobs), 2, 12), "hours of a job")},
    )


@generator("staff scheduling")
def staff(draw: Random, size: int) -> Formulation:
    """Five days of work, two of rest, every week alike."""
    need = [draw.randint(2, 6) + size * draw.randint(0, 2) for _ in range(7)]
    return problem(
        "staff scheduling",
        ("minimize", "sum(wage[d] * starts[d] for d in days)", "weekly wages"),
        {"starts[days]": ("integer", "people whose five working days in a row start on a day")},
        {
            "enough people each day": (
                "d in days",
                "sum(starts[e] for e in days if (d - e) % 7 <= 4) >= need[d]",
            )
        },
        sets={"days": list(range(1, 8))},
        parameters={
            "need[days]": (need, "people needed on a day, from Monday, 1, to Sunday, 7"),
            "wage[days]": (row(draw, 7, 40, 60), "weekly wage of a person who starts on a day"),
        },
    )


@generator("aircraft landing")
def landing(draw: Random, size: int) -> Formulation:
    """Landings apart from each other, near to their wished times."""
    planes = names("plane", 2 + (size + 1) // 2)
    wish = row(draw, len(planes), 5, 10 + 4 * size)
    return problem(
        "aircraft landing",
        (
            "minimize",
            "sum(early_cost[p] * early[p] + late_cost[p] * late[p] for p in planes)",
            "total cost of early and late landings",
        ),
        {
            "land[planes]": ("integer", "minute when a plane lands", max(wish) + 10 * len(planes)),
            "early[planes]": ("integer", "minutes that a plane lands too early"),
            "late[planes]": ("integer", "minutes that a plane lands too late"),
        },
        {
            "early and late": ("p in planes", "land[p] == wish[p] - early[p] + late[p]"),
            "not before it is near": ("p in planes", "land[p] >= earliest[p]"),
            "minutes between any two landings": ("", "no_overlap((land[p], gap) for p in planes)"),
        },
        sets={"planes": planes},
        parameters={
            "wish[planes]": (wish, "minute when a plane should land"),
            "earliest[planes]": ([max(0, w - draw.randint(2, 6)) for w in wish], "earliest minute"),
            "early_cost[planes]": (row(draw, len(planes), 2, 9), "cost of a minute too early"),
            "late_cost[planes]": (row(draw, len(planes), 2, 9), "cost of a minute too late"),
            "gap": (draw.randint(3, 6), "minutes between any two landings"),
        },
    )


@generator("crew tasks")
def crew_tasks(draw: Random, size: int) -> Formulation:
    """Tasks that share a crew, some after others."""
    tasks = names("task", 3 + size // 2)
    crew = draw.randint(4, 6)
    days = row(draw, len(tasks), 1, 6)
    first, second = sorted(draw.sample(range(len(tasks)), 2))
    return problem(
        "tasks that share a crew",
        ("minimize", "finish", "day when all is done"),
        {
            "start[tasks]": ("integer", "day when a task starts", sum(days)),
            "finish": ("integer", "day when all is done", sum(days)),
        },
        {
            "people at work at any time": (
                "",
                "cumulative([(start[t], days[t], people[t]) for t in tasks], capacity=crew)",
            ),
            f"{tasks[second]} only after {tasks[first]}": (
                "",
                f"start['{tasks[second]}'] >= start['{tasks[first]}'] + days['{tasks[first]}']",
            ),
            "all is done": ("t in tasks", "start[t] + days[t] <= finish"),
        },
        sets={"tasks": tasks},
        parameters={
            "days[tasks]": (days, "days that a task takes"),
            "people[tasks]": (row(draw, len(tasks), 1, crew - 1), "people that a task needs"),
            "crew": (crew, "people in the crew"),
        },
    )
