"""Any model as an NL file, to SCIP, IPOPT and the numerical optimizer."""

import math
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.common.collections import ComponentMap
from pyomo.common.errors import InfeasibleConstraintException
from pyomo.core.expr.calculus.diff_with_pyomo import DifferentiationException
from pyomo.repn.plugins.nl_writer import NLWriter

from solvers.arrays import pack
from solvers.certificate import Certificate, bound_violation, integrality
from solvers.errors import ModelError
from solvers.job import Limits, run_job
from solvers.kkt import kkt_residual
from solvers.matrix import active_rows, the_objective, unmentioned
from solvers.numeric.engine import run_numeric
from solvers.numeric.remote import Service
from solvers.report import SolveReport, Status

MODEL_FILE = "model.nl"
_NO_VALUE = (ArithmeticError, ValueError, TypeError, DifferentiationException)
_pen = threading.RLock()


def solve_nl(
    kind: str,
    model: pyo.ConcreteModel,
    limits: Limits,
    *,
    with_start: bool = False,
    cancelled: threading.Event | None = None,
    service: Service | None = None,
) -> SolveReport:
    """The report of `scip`, `ipopt` or `numeric` on a model.

    Args:
        kind: the engine.
        model: any Pyomo model with one objective.
        limits: time, gap and threads.
        with_start: whether the values that the variables hold are where the engine starts.
        cancelled: set from another thread, it ends the run.
        service: for `numeric`, where it is solved; default: on this machine.

    Raises:
        ModelError: the model cannot be written as an NL file.
    """
    objective = the_objective(model)
    with tempfile.TemporaryDirectory(prefix="optwright-") as folder:
        try:
            with (Path(folder) / MODEL_FILE).open("w") as stream:
                written = NLWriter().write(model, stream, linear_presolve=False, scale_model=False)
        except InfeasibleConstraintException as error:
            return SolveReport(status=Status.INFEASIBLE, engine="Pyomo", seconds=0.0, message=str(error))
        except (ValueError, ArithmeticError) as error:
            raise ModelError(f"the model cannot be written for a nonlinear engine: {error}") from None
        meta = {**limits.meta(), "columns": len(written.variables), "with_start": with_start}
        if written.variables:
            run = partial(run_numeric, service=service) if kind == "numeric" else run_job
            arrays, report = run(kind, pack({}, meta), limits, scratch=Path(folder), cancelled=cancelled)
        else:  # Pyomo has checked the rows, and engines refuse a file without variables
            arrays = {"x": np.empty(0)}
            report = SolveReport(status=Status.OPTIMAL, engine="Pyomo", seconds=0.0)
    if "x" not in arrays:
        return report
    others = unmentioned(model, written.variables)
    columns = [*written.variables, *others]
    primal = (*(0.0 if math.isnan(value) else value for value in arrays["x"].tolist()), *others.values())
    sign = -1.0 if objective.sense == pyo.maximize else 1.0
    multipliers: dict[Any, float] | None = None
    if "duals" in arrays:
        prices = (sign * float(price) for price in arrays["duals"])
        multipliers = dict(zip(written.constraints, prices, strict=True))
    with at_point(columns, primal):
        certificate = _certificate(model, objective, columns, multipliers)
    return replace(
        report,
        objective=certificate.objective,
        columns=tuple(columns),
        primal=primal,
        rows=tuple(multipliers or ()),
        row_prices=tuple((multipliers or {}).values()),
        certificate=certificate,
    )


@contextmanager
def at_point(variables: Sequence[Any], values: Sequence[float]) -> Iterator[None]:
    """While it lasts, the variables hold these values; for one thread at a time."""
    _pen.acquire()
    before = ComponentMap((var, (var.value, var.stale)) for var in variables)
    try:
        for var, value in zip(variables, values, strict=True):
            var.set_value(value, skip_validation=True)
        yield
    finally:
        for var, (value, stale) in before.items():
            var.set_value(value, skip_validation=True)
            var.stale = stale
        _pen.release()


def _certificate(
    model: pyo.ConcreteModel, objective: Any, variables: Sequence[Any], multipliers: dict[Any, float] | None
) -> Certificate:
    """What the point that the variables hold does to the model's own expressions."""
    x = np.array([var.value for var in variables], float)
    lower = np.array([-math.inf if var.lb is None else var.lb for var in variables])
    upper = np.array([math.inf if var.ub is None else var.ub for var in variables])
    stationarity = None
    if multipliers is not None and all(var.is_continuous() for var in variables):
        is_maximize = objective.sense == pyo.maximize
        with suppress(
            *_NO_VALUE
        ):  # no derivative at this point, or a function that Pyomo cannot differentiate
            stationarity = kkt_residual(objective.expr, variables, multipliers, is_maximize=is_maximize)
    return Certificate(
        residual=max((_excess(row) for row in active_rows(model)), default=0.0),
        bound_violation=bound_violation(x, lower, upper),
        integrality=integrality(x[[not var.is_continuous() for var in variables]]),
        objective=_value(objective.expr),
        stationarity=stationarity,
    )


def _value(expression: Any) -> float:
    """The value of an expression at the values that its variables hold; NaN where it has none."""
    try:
        value = pyo.value(expression, exception=False)
    except _NO_VALUE:
        return math.nan
    return value if isinstance(value, int | float) else math.nan


def _excess(row: Any) -> float:
    """By how much a row is broken, relative to the size of body and limit (at least 1)."""
    body = _value(row.body)
    if not math.isfinite(body):
        return math.inf
    low = -math.inf if row.lb is None else row.lb
    high = math.inf if row.ub is None else row.ub
    excess = max(low - body, body - high, 0.0)
    finite = [abs(limit) for limit in (low, high) if math.isfinite(limit)]
    return float(excess / max(1.0, abs(body), *finite))
