"""Models of things that are built: vessels, springs, boxes, reactors, networks."""

import math

import pyomo.environ as pyo


def pressure_vessel() -> pyo.ConcreteModel:
    """Thicknesses, radius and length of a vessel of least cost, thicknesses not rounded (Kannan and Kramer 1994)."""
    model = pyo.ConcreteModel()
    model.shell = pyo.Var(bounds=(0.1, 6), initialize=1)
    model.head = pyo.Var(bounds=(0.1, 6), initialize=0.6)
    model.radius = pyo.Var(bounds=(10, 200), initialize=50)
    model.length = pyo.Var(bounds=(10, 200), initialize=100)
    radius, length = model.radius, model.length
    model.thick = pyo.Constraint(expr=model.shell >= 0.0193 * radius)
    model.thick_head = pyo.Constraint(expr=model.head >= 0.00954 * radius)
    model.volume = pyo.Constraint(
        expr=(math.pi * radius**2 * length + 4 / 3 * math.pi * radius**3) / 1e6 >= 1.296
    )
    model.cost = pyo.Objective(
        expr=0.6224 * model.shell * radius * length
        + 1.7781 * model.head * radius**2
        + 3.1661 * model.shell**2 * length
        + 19.84 * model.shell**2 * radius
    )
    return model


def spring() -> pyo.ConcreteModel:
    """Wire, diameter and coils of the lightest spring (Arora 1989); the least known is 0.012665."""
    model = pyo.ConcreteModel()
    model.wire = pyo.Var(bounds=(0.05, 0.2), initialize=0.06)
    model.width = pyo.Var(bounds=(0.25, 1.3), initialize=0.5)
    model.coils = pyo.Var(bounds=(2, 15), initialize=8)
    d, w, n = model.wire, model.width, model.coils
    model.deflection = pyo.Constraint(expr=1 - w**3 * n / (71_785 * d**4) <= 0)
    model.shear = pyo.Constraint(
        expr=(4 * w**2 - d * w) / (12_566 * (w * d**3 - d**4)) + 1 / (5_108 * d**2) - 1 <= 0
    )
    model.surge = pyo.Constraint(expr=1 - 140.45 * d / (w**2 * n) <= 0)
    model.outside = pyo.Constraint(expr=(w + d) / 1.5 - 1 <= 0)
    model.weight = pyo.Objective(expr=(n + 2) * w * d**2)
    return model


def open_box() -> pyo.ConcreteModel:
    """A box to carry 400 cubic yards of gravel: a geometric program (Duffin, Peterson and Zener 1967)."""
    model = pyo.ConcreteModel()
    model.side = pyo.Var(range(3), bounds=(0.1, 20), initialize=1)
    length, width, height = model.side.values()
    model.runners = pyo.Constraint(expr=length * width + 2 * length * height <= 12)
    model.cost = pyo.Objective(
        expr=40 / (length * width * height) + 20 * width * height + 10 * length * width
    )
    return model


def reactor_cascade() -> pyo.ConcreteModel:
    """Sizes of three stirred tanks in a row that convert the most in a given volume, second-order (Levenspiel)."""
    model, tanks = pyo.ConcreteModel(), 3
    model.volume = pyo.Var(range(tanks), bounds=(0.01, 4), initialize=1)
    model.left = pyo.Var(range(tanks), bounds=(0.001, 1), initialize=lambda _, i: 0.7 ** (i + 1))
    model.balance = pyo.Constraint(
        range(tanks),
        rule=lambda m, i: (m.left[i - 1] if i else 1.0) - m.left[i] == 0.8 * m.volume[i] * m.left[i] ** 2,
    )
    model.space = pyo.Constraint(expr=sum(model.volume.values()) <= 5)
    model.rest = pyo.Objective(
        expr=model.left[tanks - 1] + 0.002 * sum(model.volume[i] ** 1.5 for i in range(tanks))
    )
    return model


def power_flow() -> pyo.ConcreteModel:
    """Alternating current in three nodes with two generators, in polar coordinates (Carpentier 1962)."""
    model = pyo.ConcreteModel()
    lines = {(0, 1): (1.0, -8.0), (1, 2): (1.5, -6.0), (0, 2): (1.2, -7.0)}
    admittance = {(i, j): one for (a, b), one in lines.items() for i, j in ((a, b), (b, a))}
    demand = ((0.0, 0.0), (0.3, 0.1), (1.6, 0.5))
    model.v = pyo.Var(range(3), bounds=(0.95, 1.05), initialize=1)
    model.angle = pyo.Var(range(3), bounds=(-1, 1), initialize=0)
    model.angle[0].fix(0)
    model.real = pyo.Var(range(2), bounds=(0, 2), initialize=1)
    model.reactive = pyo.Var(range(2), bounds=(-1, 1), initialize=0.2)

    def sent(i: int, part: int) -> pyo.Expression:
        total = 0
        for j in range(3):
            if j == i:
                continue
            g, b = admittance[i, j]
            turn = model.angle[i] - model.angle[j]
            cosine, sine = pyo.cos(turn), pyo.sin(turn)
            flow = (g * cosine + b * sine, g * sine - b * cosine)[part]
            total += (g, -b)[part] * model.v[i] ** 2 - model.v[i] * model.v[j] * flow
        return total

    model.p = pyo.Constraint(
        range(3), rule=lambda m, i: (m.real[i] if i < 2 else 0) - demand[i][0] == sent(i, 0)
    )
    model.q = pyo.Constraint(
        range(3), rule=lambda m, i: (m.reactive[i] if i < 2 else 0) - demand[i][1] == sent(i, 1)
    )
    model.cost = pyo.Objective(
        expr=10 * model.real[0] + 4 * model.real[0] ** 2 + 14 * model.real[1] + 2 * model.real[1] ** 2
    )
    return model
