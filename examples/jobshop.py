"""A job shop as a formulation of the algebra, proven optimal by constraint programming.

    python examples/jobshop.py           # ft06: 6 jobs, 6 machines, optimum 55
    python examples/jobshop.py ft10      # 10 by 10, optimum 930: open from 1963 to 1989

Instances: Fisher and Thompson, Probabilistic Learning Combinations of Local Job-Shop Scheduling Rules (1963).
"""

import sys

import agent
from agent.formulation import Constraint, Formulation, IndexSet, Objective, Parameter, Sense, Variable
from agent.formulation.model import Domain

INSTANCES = {
    "ft06": """
        2 1 0 3 1 6 3 7 5 3 4 6
        1 8 2 5 4 10 5 10 0 10 3 4
        2 5 3 4 5 8 0 9 1 1 4 7
        1 5 0 5 2 5 3 3 4 8 5 9
        2 9 1 3 4 5 5 4 0 3 3 1
        1 3 3 3 5 9 0 10 4 4 2 1""",
    "ft10": """
        0 29 1 78 2 9 3 36 4 49 5 11 6 62 7 56 8 44 9 21
        0 43 2 90 4 75 9 11 3 69 1 28 6 46 5 46 7 72 8 30
        1 91 0 85 3 39 2 74 8 90 5 10 7 12 6 89 9 45 4 33
        1 81 2 95 0 71 4 99 6 9 8 52 7 85 3 98 9 22 5 43
        2 14 0 6 1 22 5 61 3 26 4 69 8 21 7 49 9 72 6 53
        2 84 1 2 5 52 3 95 8 48 9 72 0 47 6 65 4 6 7 25
        1 46 0 37 3 61 2 13 6 32 5 21 9 32 8 89 7 30 4 55
        2 31 0 86 1 46 5 74 4 32 6 88 8 19 9 48 7 36 3 79
        0 76 1 69 3 76 5 51 2 85 9 11 6 40 7 89 4 26 8 74
        1 85 0 13 2 61 6 7 8 64 9 76 5 47 3 52 4 90 7 45""",
}
"""Each line is a job: machine and hours of its steps in turn."""


def job_shop(text: str) -> Formulation:
    """The formulation of an instance: least makespan, steps in order, one job at a time on a machine."""
    jobs = [[int(word) for word in line.split()] for line in text.strip().splitlines()]
    machine, hours = [job[0::2] for job in jobs], [job[1::2] for job in jobs]
    horizon = sum(map(sum, hours))
    last = len(machine[0]) - 1
    return Formulation(
        title="Job shop",
        sets=(
            IndexSet(name="jobs", elements=tuple(range(len(jobs)))),
            IndexSet(name="steps", elements=tuple(range(last + 1))),
            IndexSet(name="machines", elements=tuple(range(last + 1))),
        ),
        parameters=(
            Parameter(name="machine", indices=("jobs", "steps"), values=machine),
            Parameter(name="hours", indices=("jobs", "steps"), values=hours),
        ),
        variables=(
            Variable(name="start", indices=("jobs", "steps"), domain=Domain.INTEGER, upper=horizon),
            Variable(name="makespan", domain=Domain.INTEGER, upper=horizon),
        ),
        objective=Objective(sense=Sense.MINIMIZE, expression="makespan", meaning="makespan", unit="hours"),
        constraints=(
            Constraint(
                name="in_order",
                expression="start[j, k] + hours[j, k] <= start[j, k + 1]",
                forall=f"j in jobs, k in steps if k < {last}",
            ),
            Constraint(
                name="done",
                expression=f"start[j, {last}] + hours[j, {last}] <= makespan",
                forall="j in jobs",
            ),
            Constraint(
                name="one_at_a_time",
                expression="no_overlap([(start[j, k], hours[j, k]) for j in jobs for k in steps"
                " if machine[j, k] == m])",
                forall="m in machines",
            ),
        ),
    )


def main(name: str = "ft06") -> None:
    solution = agent.solve_formulation(job_shop(INSTANCES[name]), time_limit=120)
    assert solution.certificate is not None
    print(
        f"{name}: {solution.status}, makespan {solution.objective:.0f}, bound {solution.certificate.bound:.0f}"
    )
    print(f"{solution.certificate.engine}, {solution.certificate.seconds:.1f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
