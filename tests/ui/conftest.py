"""Solutions that the tests of the app present."""

import pytest
from replies import BAKERY, BAKERY_QUESTION, INFEASIBLE

import agent
from agent.formulation import Constraint, Domain, Formulation, IndexSet, Objective, Parameter, Sense, Variable
from agent.llm import ScriptedModel


@pytest.fixture(scope="session")
def bakery() -> agent.Solution:
    return agent.solve(BAKERY_QUESTION, model=ScriptedModel([BAKERY] * 2))


@pytest.fixture(scope="session")
def impossible() -> agent.Solution:
    return agent.solve(
        "x is at most 3 and at least 5; how large is it?", model=ScriptedModel([INFEASIBLE] * 3)
    )


@pytest.fixture(scope="session")
def workshop() -> agent.Solution:
    return agent.solve_formulation(
        Formulation(
            sets=(IndexSet(name="orders", elements=("shelf", "table")),),
            parameters=(Parameter(name="hours", indices=("orders",), values=[3, 5]),),
            variables=(
                Variable(name="start", indices=("orders",), upper=24),
                Variable(name="end", meaning="hour at which all is done"),
            ),
            objective=Objective(sense=Sense.MINIMIZE, expression="end"),
            constraints=(
                Constraint(name="one_saw", expression="no_overlap((start[o], hours[o]) for o in orders)"),
                Constraint(name="done", forall="o in orders", expression="start[o] + hours[o] <= end"),
            ),
        )
    )


@pytest.fixture(scope="session")
def transport() -> agent.Solution:
    plants, towns = ("Graz", "Linz"), ("Wien", "Wels")
    return agent.solve_formulation(
        Formulation(
            sets=(IndexSet(name="plants", elements=plants), IndexSet(name="towns", elements=towns)),
            parameters=(
                Parameter(name="cost", indices=("plants", "towns"), values=[[2, 4], [3, 1]]),
                Parameter(name="supply", indices=("plants",), values=[30, 20]),
                Parameter(name="demand", indices=("towns",), values=[25, 20]),
            ),
            variables=(
                Variable(name="ship", unit="t", indices=("plants", "towns")),
                Variable(name="open", indices=("plants",), domain=Domain.BINARY),
            ),
            objective=Objective(
                sense=Sense.MINIMIZE,
                expression="sum(cost[p, t] * ship[p, t] for p in plants for t in towns) + sum(open[p] for p in plants)",
                unit="euros",
            ),
            constraints=(
                Constraint(
                    name="within_supply",
                    forall="p in plants",
                    expression="sum(ship[p, t] for t in towns) <= supply[p] * open[p]",
                ),
                Constraint(
                    name="met", forall="t in towns", expression="sum(ship[p, t] for p in plants) >= demand[t]"
                ),
            ),
        )
    )
