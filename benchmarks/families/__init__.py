"""Twenty families of smooth models, from allocation, geometry, engineering and dynamics.

Each is a function of no arguments that gives a small Pyomo model with a start, in which every variable has bounds.
"""

from collections.abc import Callable

import pyomo.environ as pyo

from benchmarks.families import allocation, dynamics, engineering, geometry

FAMILIES: dict[str, Callable[[], pyo.ConcreteModel]] = {
    build.__name__.replace("_", " "): build
    for build in (
        allocation.kelly_growth,
        allocation.portfolio_risk,
        allocation.trip_distribution,
        allocation.economic_dispatch,
        allocation.steam_reforming,
        allocation.quality_blending,
        geometry.points_on_a_sphere,
        geometry.discs_in_a_square,
        geometry.largest_polygon,
        geometry.atom_cluster,
        geometry.depot_location,
        geometry.hanging_chain,
        engineering.pressure_vessel,
        engineering.spring,
        engineering.open_box,
        engineering.reactor_cascade,
        engineering.power_flow,
        dynamics.brachistochrone,
        dynamics.van_der_pol,
        dynamics.reaction_rates,
    )
}
