"""Models with known optima, and their NL text, for the tests of the numerical service."""

import io
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import pyomo.environ as pyo
from pyomo.repn.plugins.nl_writer import NLWriter

from examples.numeric import haverly as haverly
from examples.numeric import hs71 as hs71
from examples.numeric import hs93
from examples.numeric import swing_up as swing_up
from solvers.numeric.nl import NLModel, parse_nl


def nl_text(model: pyo.ConcreteModel) -> str:
    stream = io.StringIO()
    NLWriter().write(model, stream, linear_presolve=False, scale_model=False)
    return stream.getvalue()


def nl_model(model: pyo.ConcreteModel) -> NLModel:
    return parse_nl(nl_text(model))


class Family(NamedTuple):
    """A model, the objective at its optimum, and where that optimum is known from."""

    build: Callable[[], pyo.ConcreteModel]
    optimum: float
    starts: int = 1


def model_of(
    count: int,
    goal: Callable[[Any], Any],
    rows: Callable[[Any], list[Any]] = lambda x: [],
    *,
    start: list[float],
    bounds: tuple[float | None, float | None] = (None, None),
    sense: Any = pyo.minimize,
) -> pyo.ConcreteModel:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(range(count), bounds=bounds, initialize=dict(enumerate(start)))
    model.goal = pyo.Objective(expr=goal(model.x), sense=sense)
    model.rows = pyo.ConstraintList()
    for row in rows(model.x):
        model.rows.add(row)
    return model


def _square(x: Any) -> Any:
    return sum(x[i] ** 2 for i in x)


FAMILIES = {
    "rosenbrock": Family(
        lambda: model_of(2, lambda x: 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2, start=[-1.2, 1]), 0.0
    ),
    "himmelblau": Family(
        lambda: model_of(
            2,
            lambda x: (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2,
            start=[0, 0],
            bounds=(-6, 6),
        ),
        0.0,
    ),
    "beale": Family(
        lambda: model_of(
            2,
            lambda x: sum((a - x[0] * (1 - x[1] ** k)) ** 2 for k, a in ((1, 1.5), (2, 2.25), (3, 2.625))),
            start=[1, 1],
            bounds=(-4.5, 4.5),
        ),
        0.0,
    ),
    "resting on bounds": Family(
        lambda: model_of(5, lambda x: sum((x[i] - i) ** 2 for i in x), start=[1] * 5, bounds=(0, 2)), 5.0
    ),
    "farthest on a sphere": Family(
        lambda: model_of(3, lambda x: x[0] + x[1] + x[2], lambda x: [_square(x) == 1], start=[1, 0.5, 0.2]),
        -math.sqrt(3),
    ),
    "a parabola as a road": Family(
        lambda: model_of(
            2, lambda x: (1 - x[0]) ** 2, lambda x: [10 * (x[1] - x[0] ** 2) == 0], start=[-1.2, 1]
        ),
        0.0,
    ),
    "a quartic curve": Family(
        lambda: model_of(
            2,
            lambda x: pyo.log(1 + x[0] ** 2) - x[1],
            lambda x: [(1 + x[0] ** 2) ** 2 + x[1] ** 2 == 4],
            start=[2, 2],
        ),
        -math.sqrt(3),
    ),
    "a convex program": Family(
        lambda: model_of(
            3,
            lambda x: (
                9
                - 8 * x[0]
                - 6 * x[1]
                - 4 * x[2]
                + 2 * x[0] ** 2
                + 2 * x[1] ** 2
                + x[2] ** 2
                + 2 * x[0] * x[1]
                + 2 * x[0] * x[2]
            ),
            lambda x: [x[0] + x[1] + 2 * x[2] <= 3],
            start=[0.5] * 3,
            bounds=(0, None),
        ),
        1 / 9,
    ),
    "entropy": Family(
        lambda: model_of(
            6,
            lambda x: -sum(x[i] * pyo.log(x[i]) for i in x),
            lambda x: [sum(x[i] for i in x) == 1],
            start=[0.3, 0.2, 0.1, 0.1, 0.1, 0.2],
            bounds=(0, 1),
            sense=pyo.maximize,
        ),
        math.log(6),
    ),
    "a parcel": Family(
        lambda: model_of(
            3,
            lambda x: x[0] * x[1] * x[2],
            lambda x: [x[0] + 2 * x[1] + 2 * x[2] <= 72],
            start=[10] * 3,
            bounds=(0, 42),
            sense=pyo.maximize,
        ),
        3456.0,
    ),
    "nearest on a simplex": Family(
        lambda: model_of(
            3,
            lambda x: (x[0] - 0.9) ** 2 + (x[1] - 0.6) ** 2 + (x[2] + 0.3) ** 2,
            lambda x: [sum(x[i] for i in x) == 1],
            start=[0.3] * 3,
            bounds=(0, None),
        ),
        0.215,
    ),
    "two uncorrelated assets": Family(
        lambda: model_of(
            2,
            lambda x: x[0] ** 2 + 4 * x[1] ** 2,
            lambda x: [x[0] + x[1] == 1],
            start=[0.5, 0.5],
            bounds=(0, 1),
        ),
        0.8,
    ),
    "pooling": Family(haverly, 400.0, starts=32),
    "the largest triangle": Family(
        lambda: model_of(
            3,
            lambda x: pyo.sqrt(1.5 * (1.5 - x[0]) * (1.5 - x[1]) * (1.5 - x[2])),
            lambda x: [sum(x[i] for i in x) == 3],
            start=[0.8, 1.0, 1.2],
            bounds=(0, 1.45),
            sense=pyo.maximize,
        ),
        math.sqrt(3) / 4,
    ),
    "Kepler's equation": Family(
        lambda: model_of(1, lambda x: 0.0 * x[0], lambda x: [x[0] - 0.6 * pyo.sin(x[0]) == 1.2], start=[1.0]),
        0.0,
    ),
    "the analytic center": Family(
        lambda: model_of(
            4,
            lambda x: sum(pyo.log(x[i]) for i in x),
            lambda x: [sum(x[i] for i in x) == 1],
            start=[0.7, 0.1, 0.1, 0.1],
            bounds=(0, None),
            sense=pyo.maximize,
        ),
        -4 * math.log(4),
    ),
    "squares on a plane": Family(
        lambda: model_of(
            3,
            lambda x: (x[0] + x[1]) ** 2 + (x[1] + x[2]) ** 2,
            lambda x: [x[0] + 2 * x[1] + 3 * x[2] == 1],
            start=[-4, 1, 1],
        ),
        0.0,
    ),
    "slacks squared": Family(
        lambda: model_of(
            4,
            lambda x: -x[0],
            lambda x: [x[1] - x[0] ** 3 - x[2] ** 2 == 0, x[0] ** 2 - x[1] - x[3] ** 2 == 0],
            start=[2] * 4,
        ),
        -1.0,
    ),
    "three balls": Family(
        lambda: model_of(
            4,
            lambda x: (
                x[0] ** 2 + x[1] ** 2 + 2 * x[2] ** 2 + x[3] ** 2 - 5 * x[0] - 5 * x[1] - 21 * x[2] + 7 * x[3]
            ),
            lambda x: [
                _square(x) + x[0] - x[1] + x[2] - x[3] <= 8,
                x[0] ** 2 + 2 * x[1] ** 2 + x[2] ** 2 + 2 * x[3] ** 2 - x[0] - x[3] <= 10,
                2 * x[0] ** 2 + x[1] ** 2 + x[2] ** 2 + 2 * x[0] - x[1] - x[3] <= 5,
            ],
            start=[0] * 4,
        ),
        -44.0,
    ),
    "a transformer": Family(hs93, 135.075961),
    "a product over a sphere": Family(hs71, 17.0140173),
}
"""By name; optima are analytic, or those that the literature states for well-known problems."""
