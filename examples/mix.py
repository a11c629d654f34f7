"""One formulation, solved for two tables: the numbers stay in the data, the formulation does not change."""

import agent
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


def column(name: str) -> Parameter:
    return Parameter(
        name=name, indices=("foods",), source=ParameterSource(table="foods", column=name, keys=("food",))
    )


DIET = Formulation(
    sets=(IndexSet(name="foods", source=SetSource(table="foods", columns=("food",))),),
    parameters=(column("price"), column("protein"), column("energy")),
    variables=(Variable(name="grams", indices=("foods",), upper=500),),
    objective=Objective(
        sense=Sense.MINIMIZE, expression="sum(price[f] * grams[f] for f in foods) / 1000", unit="dollars"
    ),
    constraints=(
        Constraint(name="protein_need", expression="sum(protein[f] * grams[f] for f in foods) / 100 >= 60"),
        Constraint(name="energy_need", expression="sum(energy[f] * grams[f] for f in foods) / 100 >= 2000"),
    ),
)
WINTER = [("beans", 4.0, 21, 340), ("rice", 2.0, 7, 360), ("oil", 9.0, 0, 880), ("cheese", 12.0, 25, 400)]
SUMMER = [("beans", 3.0, 21, 340), ("rice", 2.5, 7, 360), ("eggs", 5.0, 13, 155)]


def main() -> None:
    for season, rows in (("winter", WINTER), ("summer", SUMMER)):
        columns = dict(zip(("food", "price", "protein", "energy"), zip(*rows, strict=True), strict=True))
        solution = agent.solve_formulation(
            DIET, {"foods": {name: list(cells) for name, cells in columns.items()}}
        )
        plan = ", ".join(
            f"{food} = {grams:.0f}" for food, grams in solution.values["grams"].items() if grams > 0.5
        )
        print(f"{season}: {solution.status}, {solution.objective:.2f} dollars: {plan}")


if __name__ == "__main__":
    main()
