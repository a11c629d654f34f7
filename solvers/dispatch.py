"""Solve any Pyomo model: pick an engine, run it in a worker process under a hard deadline, check what comes back."""

import math
import os
import threading
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import pyomo.environ as pyo

from solvers.classification import Classification, Reading, read
from solvers.engines import ENGINES, Engine, engine_named, fitting
from solvers.errors import ModelError
from solvers.job import DEFAULT_GAP, DEFAULT_TIME_LIMIT_S, Limits
from solvers.matrix import unmentioned
from solvers.race import first_proof
from solvers.report import SolveReport
from solvers.roads.arrays import solve_arrays
from solvers.roads.integers import solve_integers
from solvers.roads.nl import solve_nl


def solve(
    model: pyo.ConcreteModel,
    *,
    engine: str = "auto",
    time_limit: float | None = None,
    gap: float | None = None,
    threads: int | None = None,
    warm_start: bool = False,
) -> SolveReport:
    """The report of one solve; the model itself is left as it is (see `SolveReport.load`).

    The engine runs in a worker process that is killed a few seconds after the time limit, whatever it is doing.

    Args:
        model: any Pyomo model of continuous, integer and binary variables.
        engine: auto, race (the two fittest side by side, the first proof counts), or the name of one: highs,
            cpsat, pdlp, scip, ipopt.
        time_limit: seconds for the engine; default 60.
        gap: relative gap at which a solution counts as optimal; default 1e-7.
        threads: threads of the engine; default: one, for CP-SAT, which is a portfolio, all cores.
        warm_start: whether to start from the values that the variables hold.

    Raises:
        ModelError: no or several objectives, a number that is not finite, or not a model for the engine named.
        EngineMissing: no installed engine takes this model.
    """
    limits = Limits(
        DEFAULT_TIME_LIMIT_S if time_limit is None else float(time_limit),
        DEFAULT_GAP if gap is None else float(gap),
        threads or 0,
    )
    task = _Task(model, read(model), limits, warm_start)
    found = task.reading.classification
    if engine == "race":
        racers = fitting(found)[:2]
        reports = first_proof([partial(task.run, racer) for racer in racers])
        names = " against ".join(racer.title for racer in racers)
        return _finished(reports, model, f"a race of {names}")
    if engine != "auto":
        return _finished(task.run(engine_named(engine, found)), model, f"{engine} was asked for")
    engines, refusals = fitting(found), list[str]()
    for candidate in engines:
        try:
            return _finished(task.run(candidate), model, "; ".join([*refusals, _reason(candidate, found)]))
        except ModelError as refused:
            if candidate is engines[-1]:
                raise
            refusals.append(f"{candidate.title} refused it ({refused})")
    raise AssertionError("fitting gives at least one engine")


class _Task(NamedTuple):
    """A model on its way to an engine."""

    model: pyo.ConcreteModel
    reading: Reading
    limits: Limits
    warm_start: bool

    def run(self, engine: Engine, cancelled: threading.Event | None = None) -> SolveReport:
        """The engine's report."""
        default = (os.cpu_count() or 1) if engine.name == "cpsat" else 1
        limits = replace(self.limits, threads=self.limits.threads or default)
        if engine.name == "cpsat":
            return solve_integers(self.model, limits, with_start=self.warm_start, cancelled=cancelled)
        if engine.name in ("scip", "ipopt"):
            return solve_nl(engine.name, self.model, limits, with_start=self.warm_start, cancelled=cancelled)
        found = self.reading.extract
        assert found is not None  # engines of rows claim models with linear rows only
        start = None
        if self.warm_start:
            start = np.array([math.nan if var.value is None else var.value for var in found.columns], float)
        return solve_arrays(engine.name, found, limits, start=start, cancelled=cancelled)


def _reason(engine: Engine, found: Classification) -> str:
    """Why `auto` takes an engine for a class."""
    missing = [
        f"{other.title} would take it, too, but is not installed ({other.install})"
        for other in ENGINES.values()
        if other.claims(found) and not other.is_installed and other.name in ("cpsat", "ipopt")
    ]
    kind = f"{found.model_class}{' with global constraints' if found.has_global_constraints else ''}"
    return "; ".join([f"{engine.title} for this {kind}", *missing])


def _finished(report: SolveReport, model: pyo.ConcreteModel, route: str) -> SolveReport:
    """The report with its route, and with a value for the variables that no expression mentions."""
    report = replace(report, route=route)
    if not report.primal:
        return report
    others = unmentioned(model, report.columns)
    return replace(report, columns=(*report.columns, *others), primal=(*report.primal, *others.values()))
