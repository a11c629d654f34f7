"""A diet that cannot be: which limits contradict each other, what relaxing them takes, and what follows then."""

import agent
from agent import SetLimit
from agent.formulation import Constraint, Formulation, Objective, Sense, Variable

DIET = Formulation(
    title="A cheap and light diet",
    variables=(
        Variable(name="oats", meaning="portions of oats", upper=10),
        Variable(name="beans", meaning="portions of beans", upper=10),
    ),
    objective=Objective(
        sense=Sense.MINIMIZE, expression="0.3*oats + 0.5*beans", meaning="cost", unit="dollars"
    ),
    constraints=(
        Constraint(name="protein", meaning="at least 80 g of protein", expression="5*oats + 8*beans >= 80"),
        Constraint(name="energy", meaning="at most 1500 kcal", expression="190*oats + 170*beans <= 1500"),
        Constraint(name="iron", meaning="at least 8 mg of iron", expression="2*oats + 2*beans >= 8"),
    ),
)


def main() -> None:
    impossible = agent.solve_formulation(DIET)
    print(f"{impossible.status}: {impossible.explanation}")
    possible = agent.what_if(impossible, SetLimit(constraint="energy", limit=1700)).solution
    print(f"with 1700 kcal {possible.status}: {possible.explanation}")
    for grip in agent.what_hurts(possible):
        print(f"{grip.meaning}: easing it by {grip.by:g} saves {grip.gain:.2f} {possible.unit}")


if __name__ == "__main__":
    main()
