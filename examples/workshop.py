"""A schedule written by hand as a formulation, solved and rendered without a language model.

Each order needs the one saw for some hours and is due at some hour; late hours cost money.
"""

import solvers
from agent.formulation import Constraint, Formulation, IndexSet, Objective, Parameter, Sense, Variable
from agent.formulation.compile import compile_model
from agent.formulation.instance import bind
from agent.formulation.render import to_markdown

WORKSHOP = Formulation(
    title="Orders on one saw",
    sets=(IndexSet(name="orders", elements=("shelf", "table", "door", "bench")),),
    parameters=(
        Parameter(name="hours", meaning="hours on the saw", indices=("orders",), values=[3, 5, 2, 4]),
        Parameter(name="due", meaning="hour at which it is due", indices=("orders",), values=[4, 9, 6, 13]),
        Parameter(name="fine", meaning="dollars per hour late", indices=("orders",), values=[20, 10, 40, 15]),
    ),
    variables=(
        Variable(name="start", meaning="hour at which the order starts", indices=("orders",), upper=24),
        Variable(name="late", meaning="hours that the order is late", indices=("orders",)),
    ),
    objective=Objective(
        sense=Sense.MINIMIZE,
        expression="sum(fine[o] * late[o] for o in orders)",
        meaning="fines",
        unit="dollars",
    ),
    constraints=(
        Constraint(
            name="one_at_a_time",
            meaning="the saw serves one order at a time",
            expression="no_overlap((start[o], hours[o]) for o in orders)",
        ),
        Constraint(
            name="lateness",
            meaning="hours after the due hour count as late",
            forall="o in orders",
            expression="late[o] >= start[o] + hours[o] - due[o]",
        ),
    ),
)


def main() -> None:
    print(to_markdown(WORKSHOP))
    report = solvers.solve(compile_model(bind(WORKSHOP)))
    print(f"{report.status}: {report.objective:g} dollars of fines ({report.engine})")
    for name, value in report.values.items():
        if name.startswith("start"):
            print(f"{name} = {value:g}")


if __name__ == "__main__":
    main()
