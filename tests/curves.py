"""A curve for tests of fits, as a Pyomo model and as a function, with data drawn from it."""

from typing import Any

import numpy as np
import pyomo.environ as pyo

from solvers.numeric import CurveFit, DataSet, fit_of


def decay_model(bounds: tuple[float | None, float | None] = (None, None)) -> pyo.ConcreteModel:
    """a exp(-b t) + c, whose variables an NL file has in another order than their names."""
    model = pyo.ConcreteModel()
    model.c, model.a = pyo.Var(initialize=0), pyo.Var(initialize=1, bounds=bounds)
    model.b, model.t = pyo.Var(initialize=1), pyo.Var()
    model.curve = pyo.Objective(expr=model.a * pyo.exp(-model.b * model.t) + model.c)
    return model


def decay(t: Any, a: float, b: float, c: float) -> Any:
    return a * np.exp(-b * t) + c


def decay_sets(lengths: list[int], noise: float = 0.0) -> list[DataSet]:
    draw = np.random.default_rng(5)
    found = []
    for place, count in enumerate(lengths):
        t = np.linspace(0, 3, count)
        observed = decay(t, 1.0 + place, 1.5, 0.25) + draw.normal(0, 1, count) * noise
        found.append(DataSet(inputs=[t.tolist()], observed=observed.tolist()))
    return found


def decay_fit(sets: list[DataSet], bounds: tuple[float | None, float | None] = (None, None)) -> CurveFit:
    model = decay_model(bounds)
    return fit_of(model, parameters=[model.a, model.b, model.c], inputs=[model.t], sets=sets)
