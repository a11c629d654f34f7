"""Linear programs as MPS texts, to HiGHS; their certificate is that of a linear program, and proves the optimum."""

import math

import numpy as np

from solvers.arrays import pack
from solvers.certificate import TOLERANCE, certify
from solvers.errors import ModelError
from solvers.job import Limits, run_job
from solvers.matrix import Program
from solvers.numeric.certificate import PointCertificate
from solvers.numeric.mps import parse_mps
from solvers.numeric.nl.limits import NLLimits
from solvers.numeric.outcome import Outcome
from solvers.numeric.wire import Solved
from solvers.report import SolveReport, Status
from solvers.roads.arrays import program_arrays
from solvers.scaling import scaled

ROUTE = "HiGHS, since the model is a linear program in MPS"
_FIRST_WORDS = ("NAME", "ROWS", "OBJSENSE")
_OUTCOMES = {
    Status.OPTIMAL: Outcome.SOLVED,
    Status.INFEASIBLE: Outcome.INFEASIBLE,
    Status.UNBOUNDED: Outcome.UNBOUNDED,
    Status.NO_SOLUTION: Outcome.LIMIT,
}


def is_mps(text: str) -> bool:
    """Whether a text is MPS rather than NL: by its first word that is no comment."""
    for line in text[:10_000].splitlines():
        if line.strip() and line[0] != "*":
            return line.split()[0].upper() in _FIRST_WORDS
    return False


def continuous_program(text: str, limits: NLLimits | None = None) -> Program:
    """The program of an MPS text.

    Raises:
        ModelError: it cannot be read, or has whole variables.
    """
    program = parse_mps(text, limits)
    if program.is_integer.any():
        count = int(program.is_integer.sum())
        raise ModelError(
            f"{count} variables are whole; no continuous road takes them: take solvers.solve(model)"
        )
    return program


def solve_linear(text: str, *, time_limit_s: float) -> Solved:
    """The result of a linear program, solved in a process of its own by the algorithm that HiGHS chooses."""
    program = continuous_program(text)
    easy, limits = scaled(program), Limits(time_limit_s)
    meta = {
        **limits.meta(),
        "offset": easy.program.offset,
        "is_maximize": program.is_maximize,
        "method": "choose",
        "with_ranges": False,
    }
    results, report = run_job("highs", pack(program_arrays(easy.program), meta), limits)
    results = easy.unscaled(results)
    x = results.get("x", np.full(len(program.cost), math.nan))
    y = results.get("duals", np.zeros(program.row_count))
    return _solved(program, report, x, y)


def _solved(program: Program, report: SolveReport, x: np.ndarray, y: np.ndarray) -> Solved:
    has_point = bool(np.isfinite(x).all())
    certificate = _certificate(program, x, y) if has_point else None
    outcome = _OUTCOMES.get(report.status, Outcome.STALLED)
    if outcome is Outcome.SOLVED and (certificate is None or certificate.kind != "optimum"):
        outcome = (
            Outcome.ACCEPTABLE if certificate is not None and certificate.is_feasible else Outcome.STALLED
        )
    return Solved(
        outcome=outcome.name.lower(),
        message=f"{report.status.value}: {report.message}".strip(": "),
        x=x.tolist() if has_point else [],
        y=y.tolist() if has_point else [],
        objective=program.objective_at(x) if has_point else math.nan,
        violation=math.inf if certificate is None else certificate.violation,
        error=math.inf if certificate is None else certificate.scaled_stationarity,
        certificate=certificate,
        optima=[],
        starts=1,
        solved=int(outcome.is_solved),
        iterations=report.iterations or 0,
        route=ROUTE,
        seconds=report.seconds,
    )


def _certificate(program: Program, x: np.ndarray, y: np.ndarray) -> PointCertificate:
    """The residuals of a linear program: what no bound explains of c - A'y, and multipliers of rows that are slack."""
    checked = certify(program, x, y)
    sign = -1.0 if program.is_maximize else 1.0
    activity = program.activities(x)
    excess = np.concatenate(
        (program.row_lower - activity, activity - program.row_upper, program.lower - x, x - program.upper)
    )
    priced = np.bincount(program.indices, program.data * y[program.entry_rows()], len(x))
    reduced = sign * (program.cost - priced)
    room = np.where(reduced > 0, x - program.lower, program.upper - x)
    margin = TOLERANCE * np.maximum(1.0, np.abs(x))
    stationarity = float(np.abs(np.where(room > margin, reduced, 0.0)).max(initial=0.0))
    slack = np.where(sign * y > 0, activity - program.row_lower, program.row_upper - activity)
    idle = np.abs(y * np.where(y == 0, 0.0, slack))
    size = max(1.0, float(np.abs(program.cost).max(initial=0.0)))
    bound, objective = checked.dual_bound, checked.objective
    is_proven = bound is not None and abs(bound - objective) <= TOLERANCE * max(1.0, abs(objective))
    kind = "feasible" if checked.is_feasible else "infeasible"
    return PointCertificate(
        objective=objective,
        violation=float(max(0.0, excess.max(initial=0.0))),
        scaled_violation=max(checked.residual, checked.bound_violation),
        stationarity=stationarity,
        scaled_stationarity=stationarity / size,
        complementarity=float(idle.max(initial=0.0)),
        kind="optimum" if checked.is_feasible and is_proven else kind,
    )
