"""Network flows and knapsacks, to the engines of OR-Tools that are made for them."""

import threading
from dataclasses import replace

import numpy as np

from solvers.arrays import pack
from solvers.certificate import certify
from solvers.errors import ModelError
from solvers.job import Limits, run_job
from solvers.matrix import Extract
from solvers.report import SolveReport, Status
from solvers.structure import network, potentials, whole_knapsack


def solve_network(found: Extract, limits: Limits, *, cancelled: threading.Event | None = None) -> SolveReport:
    """The report of a network flow; its multipliers are ours, and prove the optimum also of whole variables.

    Raises:
        ModelError: the model is no network flow of whole numbers.
    """
    program = found.program
    graph = network(program)
    if graph is None:
        raise ModelError("the model is no network flow of whole numbers")
    arrays = {name: getattr(graph, name) for name in ("tail", "head", "capacity", "cost", "supply")}
    results, report = run_job("network", pack(arrays, limits.meta()), limits, cancelled=cancelled)
    if "x" not in results:
        return report
    flow = results["x"]
    x = program.lower + flow[: len(program.cost)]
    prices = potentials(graph, flow) * (-1.0 if program.is_maximize else 1.0)
    certificate = certify(program, x, prices)
    is_lp = program.is_lp
    reduced = program.cost - np.bincount(program.indices, program.data * prices[program.entry_rows()], len(x))
    return replace(
        report,
        objective=certificate.objective,
        bound=certificate.dual_bound,
        columns=tuple(found.columns),
        primal=tuple(x.tolist()),
        rows=tuple(found.rows),
        row_prices=tuple(prices.tolist()) if is_lp else (),
        column_prices=tuple(reduced.tolist()) if is_lp else (),
        certificate=certificate,
    )


def solve_knapsack(
    found: Extract, limits: Limits, *, cancelled: threading.Event | None = None
) -> SolveReport:
    """The report of a 0-1 knapsack; the bound is the engine's word.

    Raises:
        ModelError: the model is no 0-1 knapsack of whole numbers.
    """
    program = found.program
    arrays = whole_knapsack(program)
    if arrays is None:
        raise ModelError("the model is no 0-1 knapsack of whole numbers")
    results, report = run_job("knapsack", pack(arrays, limits.meta()), limits, cancelled=cancelled)
    if "x" not in results:
        return report
    certificate = certify(program, results["x"])
    return replace(
        report,
        objective=certificate.objective,
        bound=certificate.objective if report.status is Status.OPTIMAL else None,
        columns=tuple(found.columns),
        primal=tuple(results["x"].tolist()),
        rows=tuple(found.rows),
        certificate=certificate,
    )
