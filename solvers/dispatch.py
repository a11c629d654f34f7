"""Solve any Pyomo model: pick an engine, run it in a worker process under a hard deadline, check what comes back."""

import math
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import pyomo.environ as pyo

from solvers.certificate import TOLERANCE, certify
from solvers.classification import Classification, ModelClass, Reading, read
from solvers.engines import ENGINES, Engine, engine_named, fitting
from solvers.errors import ModelError
from solvers.job import DEFAULT_GAP, DEFAULT_TIME_LIMIT_S, Limits
from solvers.matrix import Extract, the_objective, unmentioned
from solvers.numeric.remote import Service
from solvers.race import first_proof
from solvers.report import SolveReport, Status
from solvers.roads.arrays import solve_arrays
from solvers.roads.integers import solve_integers
from solvers.roads.nl import solve_nl
from solvers.roads.structures import solve_knapsack, solve_network
from solvers.structure import Structure

BEYOND = 1e15
"""Engines take 1e20 for infinite, and sums near it have lost all digits that matter."""


def solve(
    model: pyo.ConcreteModel,
    *,
    engine: str = "auto",
    time_limit: float | None = None,
    gap: float | None = None,
    threads: int | None = None,
    warm_start: bool = False,
    second_opinion: bool = False,
    log: bool = False,
    cancelled: threading.Event | None = None,
    service: Service | None = None,
) -> SolveReport:
    """The report of one solve; the model itself is left as it is (see `SolveReport.load`).

    The engine runs in a worker process that is killed a few seconds after the time limit, whatever it is doing.

    Args:
        model: any Pyomo model of continuous, integer and binary variables.
        engine: auto, race (the two fittest side by side, the first proof counts), or the name of one: highs,
            cpsat, pdlp, scip, ipopt, numeric, network, knapsack.
        time_limit: seconds for the engine; default 60.
        gap: relative gap at which a solution counts as optimal; default 1e-7.
        threads: threads of the engine; default: one, for CP-SAT, which is a portfolio, all cores.
        warm_start: whether to start from the values that the variables hold.
        second_opinion: whether to have the next fitting engine solve the model, too; its objective then stands in
            the certificate.
        log: whether to print the engine's log on standard output as it comes; its end is in the report anyway.
        cancelled: set from another thread, it ends the engine within a tenth of a second; the report's status is
            then failed.
        service: a numerical optimizer elsewhere that gets what IPOPT and the compiled lanes would solve here.

    Raises:
        ModelError: no or several objectives, a number that is not finite, or not a model for the engine named.
        EngineMissing: no installed engine takes this model.
    """
    limits = Limits(
        DEFAULT_TIME_LIMIT_S if time_limit is None else float(time_limit),
        DEFAULT_GAP if gap is None else float(gap),
        threads or 0,
        log,
    )
    task = _Task(model, read(model), limits, warm_start, cancelled or threading.Event(), service)
    if task.reading.extract is not None and not task.reading.extract.columns:
        report = _without_variables(task.reading.extract)
    else:
        report, used = _routed(task, engine)
        if second_opinion and report.certificate is not None:
            report = _with_second_opinion(report, task, used)
    if report.certificate is None:
        return report
    others = unmentioned(model, report.columns)
    return replace(report, columns=(*report.columns, *others), primal=(*report.primal, *others.values()))


def _without_variables(found: Extract) -> SolveReport:
    """The report of a model that has nothing to decide: its rows hold, or they do not."""
    program = found.program
    is_broken = (program.row_lower > TOLERANCE) | (program.row_upper < -TOLERANCE)
    if is_broken.any():
        names = ", ".join(f"`{found.rows[row].name}`" for row in np.flatnonzero(is_broken)[:5])
        return SolveReport(status=Status.INFEASIBLE, engine="none", seconds=0.0, message=f"broken: {names}")
    certificate = certify(program, np.empty(0))
    return SolveReport(
        status=Status.OPTIMAL,
        engine="none",
        seconds=0.0,
        objective=program.offset,
        bound=program.offset,
        certificate=certificate,
        route="there is nothing to decide",
    )


def _as_checked(report: SolveReport, *, is_priced: bool, is_lp: bool) -> SolveReport:
    """The report with the status that our own checks leave of the engine's claim.

    Args:
        report: as the engine gave it.
        is_priced: whether the engine gave multipliers that must prove its optimum: of an LP or a convex QP.
        is_lp: whether the model is an LP.
    """
    certificate = report.certificate
    if certificate is None or report.status is not Status.OPTIMAL:
        return report
    if not certificate.is_feasible:
        message = f"{report.message}; but its solution does not hold: {certificate!r}"
        return replace(report, status=Status.FAILED, message=message)
    if is_priced and certificate.dual_bound is None and not certificate.is_stationary:
        message = f"{report.message}; but its multipliers prove no bound, so the model may be unbounded"
        refuted = Status.FEASIBLE if is_lp else Status.FAILED  # of a QP, another engine can say more
        return replace(report, status=refuted, bound=None, message=message)
    if max(map(abs, (certificate.objective, *report.primal))) >= BEYOND:
        message = (
            f"{report.message}; but numbers beyond {BEYOND:g} count as infinite: the model may be unbounded"
        )
        return replace(report, status=Status.FEASIBLE, bound=None, message=message)
    if (
        report.gap is not None
        and report.gap > max(TOLERANCE, 10 * DEFAULT_GAP)
        and certificate.dual_bound is not None
    ):
        message = f"{report.message}; but the multipliers prove only {certificate.dual_bound:g}"
        return replace(report, status=Status.FEASIBLE, message=message)
    return report


def _routed(task: "_Task", engine: str) -> tuple[SolveReport, list[Engine]]:
    """The report of the engine asked for, with its route, and the engines that had their say."""
    found = task.reading.classification
    if engine == "race":
        racers = fitting(found)[:2]
        report = first_proof([partial(task.run, racer) for racer in racers], task.cancelled)
        return replace(report, route=f"a race of {' against '.join(r.title for r in racers)}"), racers
    if engine != "auto":
        only = engine_named(engine, found)
        return replace(task.run(only), route=f"{engine} was asked for"), [only]
    engines, refusals = fitting(found), list[str]()
    for place, candidate in enumerate(engines):
        try:
            report = task.run(candidate)
            if report.status is not Status.FAILED or candidate is engines[-1]:
                route = "; ".join([*refusals, _reason(candidate, found)])
                return replace(report, route=route), engines[: place + 1]
            refusals.append(f"{candidate.title} failed ({report.message or 'without a reason'})")
        except ModelError as refused:
            if candidate is engines[-1]:
                raise
            refusals.append(f"{candidate.title} refused it ({refused})")
    raise AssertionError("fitting gives at least one engine")


def _with_second_opinion(report: SolveReport, task: "_Task", used: Sequence[Engine]) -> SolveReport:
    """The report with the objective of the fittest engine that was not used, where there is one with an optimum."""
    assert report.certificate is not None  # the caller looks first
    for engine in fitting(task.reading.classification):
        if engine in used or not engine.is_global:
            continue
        with suppress(ModelError):
            other = task.run(engine)
            if other.status is Status.OPTIMAL:
                certificate = report.certificate.model_copy(update={"second_opinion": other.objective})
                return _settled(replace(report, certificate=certificate), other, task.model)
    return report


def _settled(report: SolveReport, other: SolveReport, model: pyo.ConcreteModel) -> SolveReport:
    """The report, or where the other engine contradicts its optimum, the better plan of the two as unproven."""
    if report.status is not Status.OPTIMAL or report.objective is None or other.objective is None:
        return report
    if abs(other.objective - report.objective) <= 10 * TOLERANCE * max(1.0, abs(report.objective)):
        return report
    sign = 1.0 if the_objective(model).sense == pyo.minimize else -1.0
    better = other if sign * other.objective < sign * report.objective else report
    message = (
        f"the engines contradict each other: {report.engine} says {report.objective:g}, {other.engine} says "
        f"{other.objective:g}; the better plan is kept, and its optimality is open"
    )
    certificate = better.certificate and better.certificate.model_copy(
        update={"second_opinion": other.objective if better is report else report.objective}
    )
    return replace(better, status=Status.FEASIBLE, bound=None, message=message, certificate=certificate)


class _Task(NamedTuple):
    """A model on its way to an engine."""

    model: pyo.ConcreteModel
    reading: Reading
    limits: Limits
    warm_start: bool
    cancelled: threading.Event
    service: Service | None

    def run(self, engine: Engine, cancelled: threading.Event | None = None) -> SolveReport:
        """The engine's report, with the status that our own checks leave of its claim."""
        report = self._run(engine, cancelled or self.cancelled)
        is_priced = engine.name in ("highs", "pdlp", "network") and bool(report.column_prices)
        return _as_checked(
            report, is_priced=is_priced, is_lp=self.reading.classification.model_class is ModelClass.LP
        )

    def _run(self, engine: Engine, cancelled: threading.Event) -> SolveReport:
        default = (os.cpu_count() or 1) if engine.name == "cpsat" else 1
        limits = replace(self.limits, threads=self.limits.threads or default)
        if engine.name == "cpsat":
            return solve_integers(self.model, limits, with_start=self.warm_start, cancelled=cancelled)
        found = self.reading.extract
        if engine.structure is not None:
            assert found is not None  # structures are found in rows
            solve_it = solve_network if engine.structure is Structure.NETWORK else solve_knapsack
            return solve_it(found, limits, cancelled=cancelled)
        if engine.name in ("scip", "ipopt", "numeric"):
            is_elsewhere = self.service is not None and engine.name != "scip"
            return solve_nl(
                "numeric" if is_elsewhere else engine.name,
                self.model,
                limits,
                with_start=self.warm_start,
                cancelled=cancelled,
                service=self.service,
            )
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
