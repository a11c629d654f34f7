"""Models of what moves in time, its equations in steps of the trapezoidal rule."""

import math

import pyomo.environ as pyo


def brachistochrone() -> pyo.ConcreteModel:
    """The quickest slide between two points, in straight pieces (Bernoulli 1696)."""
    model, pieces = pyo.ConcreteModel(), 12
    model.depth = pyo.Var(
        range(1, pieces + 1), bounds=(0.01, 2), initialize=lambda _, i: math.sqrt(i / pieces)
    )
    model.depth[pieces].fix(1.0)
    step = 1 / pieces

    def seconds(i: int) -> pyo.Expression:
        """Length over mean speed, which is that of uniform acceleration."""
        above = model.depth[i - 1] if i > 1 else 0.0
        speed = pyo.sqrt(2 * 9.81 * model.depth[i]) + (pyo.sqrt(2 * 9.81 * above) if i > 1 else 0.0)
        return 2 * pyo.sqrt(step**2 + (model.depth[i] - above) ** 2) / speed

    model.time = pyo.Objective(expr=sum(seconds(i) for i in range(1, pieces + 1)))
    return model


def van_der_pol() -> pyo.ConcreteModel:
    """A van der Pol oscillator brought to rest with little force, in fifteen steps (Canto and others 2000)."""
    model, steps = pyo.ConcreteModel(), 15
    width, times = 5 / steps, range(steps + 1)
    model.x = pyo.Var(times, bounds=(-5, 5), initialize=0.2)
    model.y = pyo.Var(times, bounds=(-5, 5), initialize=0.2)
    model.u = pyo.Var(times, bounds=(-0.8, 1), initialize=0)
    model.x[0].fix(0)
    model.y[0].fix(1)

    def pull(i: int) -> pyo.Expression:
        return (1 - model.y[i] ** 2) * model.x[i] - model.y[i] + model.u[i]

    model.dx = pyo.Constraint(
        range(steps), rule=lambda m, i: m.x[i + 1] - m.x[i] == width / 2 * (pull(i) + pull(i + 1))
    )
    model.dy = pyo.Constraint(
        range(steps), rule=lambda m, i: m.y[i + 1] - m.y[i] == width / 2 * (m.x[i] + m.x[i + 1])
    )
    model.cost = pyo.Objective(
        expr=width * sum(model.x[i] ** 2 + model.y[i] ** 2 + model.u[i] ** 2 for i in times)
    )
    return model


def reaction_rates() -> pyo.ConcreteModel:
    """Two rates of a reaction A to B to C from seven measured amounts of A and B (Box and others 1973)."""
    model, steps = pyo.ConcreteModel(), 12
    width = 3 / steps
    measured = {0: (1.0, 0.0), 2: (0.55, 0.40), 4: (0.31, 0.53), 6: (0.16, 0.55), 8: (0.10, 0.49)}
    measured |= {10: (0.05, 0.42), 12: (0.03, 0.35)}
    model.rate = pyo.Var(range(2), bounds=(0.01, 10), initialize=0.7)
    model.a = pyo.Var(range(steps + 1), bounds=(0, 1.5), initialize=lambda _, i: math.exp(-i * width))
    model.b = pyo.Var(range(steps + 1), bounds=(0, 1.5), initialize=0.3)
    model.first = pyo.Constraint(expr=model.a[0] + model.b[0] == 1)
    model.da = pyo.Constraint(
        range(steps),
        rule=lambda m, i: m.a[i + 1] - m.a[i] == -width / 2 * m.rate[0] * (m.a[i] + m.a[i + 1]),
    )
    model.db = pyo.Constraint(
        range(steps),
        rule=lambda m, i: (
            m.b[i + 1] - m.b[i]
            == width / 2 * (m.rate[0] * (m.a[i] + m.a[i + 1]) - m.rate[1] * (m.b[i] + m.b[i + 1]))
        ),
    )
    model.misfit = pyo.Objective(
        expr=sum((model.a[i] - a) ** 2 + (model.b[i] - b) ** 2 for i, (a, b) in measured.items())
    )
    return model
