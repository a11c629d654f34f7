"""Linear rows as arrays, to HiGHS and PDLP."""

import threading
from dataclasses import replace

import numpy as np

from solvers.arrays import pack
from solvers.certificate import TOLERANCE, Certificate, certify, proves_infeasible
from solvers.job import Limits, run_job
from solvers.kkt import idle_multipliers, stationarity
from solvers.matrix import Extract, Program
from solvers.report import Ranges, SolveReport, Status
from solvers.scaling import scaled

_ARRAYS = (
    "cost",
    "lower",
    "upper",
    "is_integer",
    "starts",
    "indices",
    "data",
    "row_lower",
    "row_upper",
    "q_row",
    "q_column",
    "q_value",
)


def program_arrays(program: Program) -> dict[str, np.ndarray]:
    """The arrays of a program by name, to be packed."""
    return {name: getattr(program, name) for name in _ARRAYS}


def solve_arrays(
    kind: str,
    found: Extract,
    limits: Limits,
    *,
    start: np.ndarray | None = None,
    method: str = "choose",
    with_ranges: bool = False,
    cancelled: threading.Event | None = None,
) -> SolveReport:
    """The report of `highs` or `pdlp` on a program.

    Args:
        kind: the engine.
        found: the program with its variables and constraints.
        limits: time, gap and threads.
        start: values to start from, NaN where there is none.
        method: algorithm for an LP: simplex, ipm, pdlp or choose.
        with_ranges: whether to add, for an LP, how far costs and right-hand sides may move.
        cancelled: set from another thread, it ends the run.
    """
    program, columns, rows, _ = found
    easy = scaled(program)
    meta = {
        **limits.meta(),
        "offset": easy.program.offset,
        "is_maximize": program.is_maximize,
        "method": "simplex" if with_ranges else method,
        "with_ranges": with_ranges,
    }
    arrays = program_arrays(easy.program)
    if start is not None:
        arrays["start"] = start
    results, report = run_job(kind, pack(arrays, meta), limits, cancelled=cancelled)
    results = easy.unscaled(results)
    if report.bound is not None:
        report = replace(report, bound=report.bound / easy.objective)
    if "ray" in results:
        ray = {var.name: float(rate) for var, rate in zip(columns, results["ray"], strict=True) if rate}
        report = replace(report, ray=ray)
    if "farkas" in results:
        report = replace(report, is_infeasibility_checked=proves_infeasible(program, results["farkas"]))
    if "x" not in results:
        return report
    duals = results.get("duals") if report.status is Status.OPTIMAL else None
    certificate = _certificate(program, results["x"], duals)
    return replace(
        report,
        objective=certificate.objective,
        bound=report.bound if program.is_integer.any() else _bound(certificate),
        columns=tuple(columns),
        primal=tuple(results["x"].tolist()),
        rows=tuple(rows),
        row_prices=() if duals is None else tuple(duals.tolist()),
        column_prices=() if duals is None else tuple(results["reduced_costs"].tolist()),
        certificate=certificate,
        ranges=Ranges(*(results[name] for name in Ranges._fields)) if "row_low" in results else None,
    )


def _certificate(program: Program, x: np.ndarray, duals: np.ndarray | None) -> Certificate:
    if program.is_linear or duals is None:
        return certify(program, x, duals)
    tangent = _tangent(program, x)
    priced = np.bincount(program.indices, program.data * duals[program.entry_rows()], len(x))
    first_order = stationarity(
        tangent.cost, priced, x, program.lower, program.upper, is_maximize=program.is_maximize
    )
    idle = idle_multipliers(
        duals, program.activities(x), program.row_lower, program.row_upper, is_maximize=program.is_maximize
    )
    scale = max(1.0, float(np.abs(tangent.cost).max(initial=0.0)))
    return certify(tangent, x, duals).model_copy(update={"stationarity": max(first_order, idle / scale)})


def _bound(certificate: Certificate) -> float | None:
    """The bound that the multipliers prove; None where rounding in them leaves it loose, though the point is optimal.

    Of a convex quadratic objective the first-order conditions then stand for it.
    """
    bound, objective = certificate.dual_bound, certificate.objective
    is_loose = bound is not None and abs(bound - objective) > TOLERANCE * max(1.0, abs(objective))
    return None if is_loose and certificate.is_stationary else bound


def _tangent(program: Program, x: np.ndarray) -> Program:
    """The program with its objective's tangent at `x`: of a convex objective a bound, so its duals prove one."""
    gradient = program.cost.copy()
    np.add.at(gradient, program.q_row, program.q_value * x[program.q_column])
    np.add.at(gradient, program.q_column, program.q_value * x[program.q_row])
    none = program.q_row[:0]
    return replace(
        program,
        cost=gradient,
        offset=program.objective_at(x) - float(gradient @ x),
        q_row=none,
        q_column=none,
        q_value=program.q_value[:0],
    )
