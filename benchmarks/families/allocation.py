"""Models that share something out: money, trips, power, atoms, streams."""

import pyomo.environ as pyo


def kelly_growth() -> pyo.ConcreteModel:
    """Shares of wealth in bets that maximize its expected logarithm (Kelly 1956)."""
    outcomes = ((0.5, (1.0, -0.4, 0.1)), (0.3, (-0.5, 0.9, 0.1)), (0.2, (-0.6, -0.6, 0.1)))
    model = pyo.ConcreteModel()
    model.share = pyo.Var(range(3), bounds=(0, 1), initialize=0.2)
    model.wealth = pyo.Constraint(expr=sum(model.share.values()) <= 0.98)
    model.growth = pyo.Objective(
        expr=sum(
            chance * pyo.log(1 + sum(model.share[i] * gains[i] for i in range(3)))
            for chance, gains in outcomes
        ),
        sense=pyo.maximize,
    )
    return model


def portfolio_risk() -> pyo.ConcreteModel:
    """Return less a multiple of the standard deviation: a root of a quadratic, not a quadratic (Markowitz 1952)."""
    returns, count = (0.04, 0.07, 0.1, 0.12, 0.05), 5
    spread = (0.05, 0.1, 0.18, 0.25, 0.04)
    model = pyo.ConcreteModel()
    model.share = pyo.Var(range(count), bounds=(0, 0.5), initialize=1 / count)
    model.all = pyo.Constraint(expr=sum(model.share.values()) == 1)
    variance = sum(
        (1.0 if i == j else 0.3) * spread[i] * spread[j] * model.share[i] * model.share[j]
        for i in range(count)
        for j in range(count)
    )
    gain = sum(returns[i] * model.share[i] for i in range(count))
    model.value = pyo.Objective(expr=gain - 0.6 * pyo.sqrt(variance + 1e-8), sense=pyo.maximize)
    return model


def trip_distribution() -> pyo.ConcreteModel:
    """Trips between districts of greatest entropy for given ends and travel time (Wilson 1967)."""
    leaving, arriving = (40.0, 60.0, 30.0), (50.0, 35.0, 45.0)
    minutes = ((5.0, 20.0, 30.0), (15.0, 6.0, 12.0), (25.0, 10.0, 4.0))
    pairs = [(i, j) for i in range(3) for j in range(3)]
    model = pyo.ConcreteModel()
    model.trips = pyo.Var(pairs, bounds=(1e-4, 100), initialize=14)
    model.left = pyo.Constraint(
        range(3), rule=lambda m, i: sum(m.trips[i, j] for j in range(3)) == leaving[i]
    )
    model.came = pyo.Constraint(
        range(2), rule=lambda m, j: sum(m.trips[i, j] for i in range(3)) == arriving[j]
    )
    model.time = pyo.Constraint(expr=sum(minutes[i][j] * model.trips[i, j] for i, j in pairs) <= 1_500)
    model.entropy = pyo.Objective(expr=sum(model.trips[pair] * pyo.log(model.trips[pair]) for pair in pairs))
    return model


def economic_dispatch() -> pyo.ConcreteModel:
    """Power of generators with quadratic costs and Kron's losses (Wood and Wollenberg)."""
    costs = ((561, 7.92, 0.001562), (310, 7.85, 0.00194), (78, 7.97, 0.00482))
    losses = (3e-5, 9e-5, 12e-5)
    limits = ((150, 600), (100, 400), (50, 200))
    model = pyo.ConcreteModel()
    model.power = pyo.Var(range(3), bounds=lambda _, i: limits[i], initialize=lambda _, i: sum(limits[i]) / 2)
    model.demand = pyo.Constraint(
        expr=sum(model.power[i] - losses[i] * model.power[i] ** 2 for i in range(3)) == 850
    )
    model.cost = pyo.Objective(
        expr=sum(a + b * model.power[i] + c * model.power[i] ** 2 for i, (a, b, c) in enumerate(costs))
    )
    return model


def steam_reforming() -> pyo.ConcreteModel:
    """Amounts of five gases at 1000 K from one mole of methane and two of steam, of least free energy."""
    species = ("CH4", "H2O", "CO", "CO2", "H2")
    formation = {"CH4": 19.5, "H2O": -192.6, "CO": -200.3, "CO2": -395.9, "H2": 0.0}  # kJ/mol, JANAF tables
    atoms = (
        (1, {"CH4": 1, "CO": 1, "CO2": 1}),
        (8, {"CH4": 4, "H2O": 2, "H2": 2}),
        (2, {"H2O": 1, "CO": 1, "CO2": 2}),
    )
    model = pyo.ConcreteModel()
    model.moles = pyo.Var(species, bounds=(1e-6, 5), initialize=0.5)
    model.kept = pyo.Constraint(
        range(3), rule=lambda m, k: sum(n * m.moles[one] for one, n in atoms[k][1].items()) == atoms[k][0]
    )
    total = sum(model.moles.values())
    model.energy = pyo.Objective(
        expr=sum(
            model.moles[one] * (formation[one] / 8.314 + pyo.log(model.moles[one] / total)) for one in species
        )
    )
    return model


def quality_blending() -> pyo.ConcreteModel:
    """Two pools of crude oils for two fuels with limits on sulphur: bilinear (Ben-Tal, Eiger and Gershovitz 1994)."""
    prices, sulphur = (6.0, 16.0, 10.0, 9.0), (3.0, 1.0, 2.0, 1.5)
    pools, fuels = ((0, 1), (2, 3)), ((9.0, 2.5, 100.0), (15.0, 1.5, 200.0))
    model = pyo.ConcreteModel()
    model.bought = pyo.Var(range(4), bounds=(0, 300), initialize=50)
    model.sent = pyo.Var(range(2), range(2), bounds=(0, 300), initialize=50)
    model.quality = pyo.Var(range(2), bounds=(1, 3), initialize=1.8)
    model.flow = pyo.Constraint(
        range(2), rule=lambda m, p: sum(m.bought[c] for c in pools[p]) == m.sent[p, 0] + m.sent[p, 1]
    )
    model.mixed = pyo.Constraint(
        range(2),
        rule=lambda m, p: (
            sum(sulphur[c] * m.bought[c] for c in pools[p]) == m.quality[p] * (m.sent[p, 0] + m.sent[p, 1])
        ),
    )
    model.clean = pyo.Constraint(
        range(2), rule=lambda m, f: sum((m.quality[p] - fuels[f][1]) * m.sent[p, f] for p in range(2)) <= 0
    )
    model.wanted = pyo.Constraint(range(2), rule=lambda m, f: m.sent[0, f] + m.sent[1, f] <= fuels[f][2])
    model.profit = pyo.Objective(
        expr=sum(fuels[f][0] * model.sent[p, f] for p in range(2) for f in range(2))
        - sum(prices[c] * model.bought[c] for c in range(4)),
        sense=pyo.maximize,
    )
    return model
