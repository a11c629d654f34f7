"""Models of places: points, discs, polygons, atoms, depots, chains."""

import math
from itertools import combinations

import pyomo.environ as pyo


def points_on_a_sphere() -> pyo.ConcreteModel:
    """Six charges on a sphere of least energy (Thomson 1904); the optimum is the octahedron's 9.985."""
    model = pyo.ConcreteModel()
    start = (
        (0.9, 0.2, 0.1),
        (-0.8, 0.3, 0.2),
        (0.1, 0.9, -0.2),
        (0.2, -0.9, 0.1),
        (0.1, 0.1, 1),
        (0, 0.2, -0.9),
    )
    model.x = pyo.Var(range(6), range(3), bounds=(-1, 1), initialize=lambda _, i, k: start[i][k])
    model.radius = pyo.Constraint(range(6), rule=lambda m, i: sum(m.x[i, k] ** 2 for k in range(3)) == 1)
    model.energy = pyo.Objective(
        expr=sum(
            1 / pyo.sqrt(sum((model.x[i, k] - model.x[j, k]) ** 2 for k in range(3)) + 1e-10)
            for i, j in combinations(range(6), 2)
        )
    )
    return model


def discs_in_a_square() -> pyo.ConcreteModel:
    """Five equal discs in the unit square, as large as can be: a radius of 0.2071 (Graham and Lubachevsky 1996)."""
    model = pyo.ConcreteModel()
    start = ((0.2, 0.25), (0.8, 0.2), (0.45, 0.5), (0.25, 0.8), (0.8, 0.75))
    model.x = pyo.Var(range(5), range(2), bounds=(0, 1), initialize=lambda _, i, k: start[i][k])
    model.radius = pyo.Var(bounds=(0, 0.5), initialize=0.1)
    model.low = pyo.Constraint(range(5), range(2), rule=lambda m, i, k: m.x[i, k] >= m.radius)
    model.high = pyo.Constraint(range(5), range(2), rule=lambda m, i, k: m.x[i, k] <= 1 - m.radius)
    model.apart = pyo.Constraint(
        list(combinations(range(5), 2)),
        rule=lambda m, i, j: sum((m.x[i, k] - m.x[j, k]) ** 2 for k in range(2)) >= 4 * m.radius**2,
    )
    model.largest = pyo.Objective(expr=model.radius, sense=pyo.maximize)
    return model


def largest_polygon() -> pyo.ConcreteModel:
    """The hexagon of unit diameter and largest area: 0.674981 (Graham 1975); in polar coordinates (COPS)."""
    model, count = pyo.ConcreteModel(), 6
    model.r = pyo.Var(range(count - 1), bounds=(0, 1), initialize=lambda _, i: 0.4 + 0.15 * i * (4 - i))
    model.t = pyo.Var(range(count - 1), bounds=(0, math.pi), initialize=lambda _, i: math.pi * (i + 0.5) / 5)
    model.order = pyo.Constraint(range(count - 2), rule=lambda m, i: m.t[i + 1] >= m.t[i])
    model.diameter = pyo.Constraint(
        list(combinations(range(count - 1), 2)),
        rule=lambda m, i, j: m.r[i] ** 2 + m.r[j] ** 2 - 2 * m.r[i] * m.r[j] * pyo.cos(m.t[j] - m.t[i]) <= 1,
    )
    model.area = pyo.Objective(
        expr=0.5
        * sum(model.r[i + 1] * model.r[i] * pyo.sin(model.t[i + 1] - model.t[i]) for i in range(count - 2)),
        sense=pyo.maximize,
    )
    return model


def atom_cluster() -> pyo.ConcreteModel:
    """Five Lennard-Jones atoms; the least known energy is -9.103852 (Hoare and Pal 1971)."""
    model = pyo.ConcreteModel()
    start = ((1, 0, 0), (-0.5, 0.9, 0), (-0.5, -0.9, 0), (0, 0, 1), (0, 0, -1))
    model.x = pyo.Var(range(5), range(3), bounds=(-2, 2), initialize=lambda _, i, k: 0.7 * start[i][k])

    def potential(i: int, j: int) -> pyo.Expression:
        square = sum((model.x[i, k] - model.x[j, k]) ** 2 for k in range(3)) + 1e-4
        return 4 * (square**-6 - square**-3)

    model.energy = pyo.Objective(expr=sum(potential(i, j) for i, j in combinations(range(5), 2)))
    return model


def depot_location() -> pyo.ConcreteModel:
    """Two depots near eight customers, each served in shares from both, for the least ton-miles (Cooper 1963)."""
    customers = ((1, 1, 4), (2, 5, 3), (3, 2, 5), (6, 6, 2), (7, 1, 6), (8, 4, 3), (9, 8, 4), (5, 9, 2))
    model = pyo.ConcreteModel()
    model.at = pyo.Var(range(2), range(2), bounds=(0, 10), initialize=lambda _, d, k: (2, 3, 7, 5)[2 * d + k])
    model.share = pyo.Var(range(8), bounds=(0, 1), initialize=0.5)
    load = sum(customers[c][2] * model.share[c] for c in range(8))
    model.room = pyo.Constraint(expr=(10, load, 17))

    def distance(depot: int, customer: int) -> pyo.Expression:
        place = customers[customer]
        return pyo.sqrt(sum((model.at[depot, k] - place[k]) ** 2 for k in range(2)) + 1e-4)

    model.tons = pyo.Objective(
        expr=sum(
            customers[c][2] * (model.share[c] * distance(0, c) + (1 - model.share[c]) * distance(1, c))
            for c in range(8)
        )
    )
    return model


def hanging_chain() -> pyo.ConcreteModel:
    """A chain of twelve links between two hooks, of least potential energy."""
    model, links = pyo.ConcreteModel(), 12
    model.x = pyo.Var(range(links + 1), bounds=(-1, 2), initialize=lambda _, i: i / links)
    model.y = pyo.Var(
        range(links + 1), bounds=(-2, 1), initialize=lambda _, i: -0.5 * math.sin(math.pi * i / links)
    )
    for place, height, end in ((0, 0.0, 0), (links, 0.2, 1)):
        model.x[place].fix(end)
        model.y[place].fix(height)
    model.link = pyo.Constraint(
        range(links),
        rule=lambda m, i: (m.x[i + 1] - m.x[i]) ** 2 + (m.y[i + 1] - m.y[i]) ** 2 == (1.5 / links) ** 2,
    )
    model.energy = pyo.Objective(expr=sum(model.y[i] + model.y[i + 1] for i in range(links)) / 2)
    return model
