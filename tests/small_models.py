"""Small models that several test files use."""

import pyomo.environ as pyo


def pick(count: int = 6, *, domain: object = pyo.Binary) -> pyo.ConcreteModel:
    """The most value within a weight: whole, bounded, linear."""
    model = pyo.ConcreteModel()
    model.x = pyo.Var(range(count), domain=domain)
    model.goal = pyo.Objective(expr=sum((i + 2) * model.x[i] for i in range(count)), sense=pyo.maximize)
    model.weight = pyo.Constraint(expr=sum((i + 1) * model.x[i] for i in range(count)) <= 10)
    return model
