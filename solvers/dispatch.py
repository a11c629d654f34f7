"""Solve any Pyomo model: pick an engine, run it in a worker process under a hard deadline, check what comes back."""

import math
import tempfile
import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.common.errors import InfeasibleConstraintException
from pyomo.repn.plugins.nl_writer import NLWriter

from solvers import sandbox
from solvers.arrays import pack, unpack
from solvers.certificate import certify
from solvers.errors import EngineMissing, ModelError
from solvers.matrix import LinearProgram, extract, the_objective
from solvers.report import SolveReport, Status

DEFAULT_TIME_LIMIT_S = 60.0
DEFAULT_GAP = 1e-7
"""Relative; a hundredth of the tolerance by which answers are compared."""
GRACE_S = 3.0
"""Seconds between the engine's own limit and the kill: time to hand over the incumbent."""
_ARRAYS = ("cost", "lower", "upper", "is_integer", "starts", "indices", "data", "row_lower", "row_upper")
_MODEL_FILE = "model.nl"


def solve(
    model: pyo.ConcreteModel,
    *,
    time_limit: float | None = None,
    gap: float | None = None,
    threads: int | None = None,
) -> SolveReport:
    """The report of one solve; the model itself is left as it is (see `SolveReport.load`).

    Linear models go to HiGHS, all others to SCIP. Both run in a worker process that is killed `GRACE_S`
    seconds after the time limit, whatever it is doing.

    Args:
        model: any Pyomo model of continuous, integer and binary variables.
        time_limit: seconds for the engine.
        gap: relative gap at which a solution counts as optimal.
        threads: threads of the engine.

    Raises:
        ModelError: no or several objectives, or a number that is not finite.
        EngineMissing: no installed engine takes this model.
    """
    limits = {
        "time_limit_s": DEFAULT_TIME_LIMIT_S if time_limit is None else float(time_limit),
        "gap": DEFAULT_GAP if gap is None else float(gap),
        "threads": threads or 1,
    }
    linear = extract(model)
    report = _solve_nonlinear(model, limits) if linear is None else _solve_linear(*linear, limits)
    return _with_unused(report, model) if report.primal else report


def _solve_linear(
    program: LinearProgram, columns: list[Any], rows: list[Any], limits: dict[str, Any]
) -> SolveReport:
    meta = {**limits, "offset": program.offset, "is_maximize": program.is_maximize}
    payload = pack({name: getattr(program, name) for name in _ARRAYS}, meta)
    arrays, report = _run("highs", payload, limits)
    if "ray" in arrays:
        ray = {var.name: float(rate) for var, rate in zip(columns, arrays["ray"], strict=True) if rate}
        report = replace(report, ray=ray)
    if "x" not in arrays:
        return report
    duals = arrays.get("duals") if report.status is Status.OPTIMAL else None
    certificate = certify(program, arrays["x"], duals)
    named = {} if duals is None else {row.name: float(dual) for row, dual in zip(rows, duals, strict=True)}
    return replace(
        report,
        objective=certificate.objective,
        bound=certificate.dual_bound if program.is_lp else report.bound,
        columns=tuple(columns),
        primal=tuple(arrays["x"].tolist()),
        duals=named,
        certificate=certificate,
    )


def _solve_nonlinear(model: pyo.ConcreteModel, limits: dict[str, Any]) -> SolveReport:
    if find_spec("pyscipopt") is None:
        raise EngineMissing("this model is nonlinear and needs SCIP: pip install pyscipopt")
    the_objective(model)
    with tempfile.TemporaryDirectory(prefix="optwright-") as folder:
        path = Path(folder) / _MODEL_FILE
        try:
            with path.open("w") as stream:
                written = NLWriter().write(model, stream, linear_presolve=False)
        except InfeasibleConstraintException as error:
            return SolveReport(status=Status.INFEASIBLE, engine="Pyomo", seconds=0.0, message=str(error))
        except (ValueError, ArithmeticError) as error:
            raise ModelError(f"the model cannot be written for a nonlinear engine: {error}") from None
        payload = pack({}, {**limits, "columns": len(written.variables)})
        arrays, report = _run("scip", payload, limits, Path(folder))
    if "x" not in arrays:
        return report
    primal = tuple(0.0 if math.isnan(value) else value for value in arrays["x"].tolist())
    values = pyo.ComponentMap(zip(written.variables, primal, strict=True))
    objective = _at(the_objective(model).expr, values)
    return replace(report, objective=objective, columns=tuple(values), primal=tuple(values.values()))


def _at(expression: Any, values: Any) -> float:
    """The value of an expression with `values` put in for a moment."""
    before = [(var, var.value, var.stale) for var in values]
    try:
        for var, value in values.items():
            var.set_value(value, skip_validation=True)
        return float(pyo.value(expression))
    finally:
        for var, value, stale in before:
            var.set_value(value, skip_validation=True)
            var.stale = stale


def _run(
    kind: str, payload: bytes, limits: dict[str, Any], scratch: Path | None = None
) -> tuple[dict[str, np.ndarray], SolveReport]:
    started = time.monotonic()
    policy = sandbox.Policy(
        time_limit_s=limits["time_limit_s"] + GRACE_S,
        threads=limits["threads"],
        scratch=scratch,
        memory_limit_bytes=16 * 1024**3,
        payload_limit_bytes=4 * 1024**3,
        result_limit_bytes=1024**3,
    )
    outcome = sandbox.shared().run(kind, payload, policy)
    seconds = time.monotonic() - started
    if not outcome.is_ok:
        status = Status.NO_SOLUTION if outcome.status is sandbox.Status.TIMEOUT else Status.FAILED
        log = outcome.stdout
        return {}, SolveReport(status=status, engine=kind, seconds=seconds, message=outcome.text, log=log)
    arrays, meta = unpack(outcome.result)
    report = SolveReport(
        status=_status(meta["status"], has_solution="x" in arrays),
        engine=meta["engine"],
        seconds=seconds,
        bound=meta.get("bound"),
        iterations=meta["iterations"],
        message=meta["message"],
        log=outcome.stdout[-4000:],
    )
    return arrays, report


def _status(name: str, has_solution: bool) -> Status:
    if name == "limit":
        return Status.FEASIBLE if has_solution else Status.NO_SOLUTION
    if name == "infeasible_or_unbounded":
        return Status.NO_SOLUTION
    if name == "optimal" and not has_solution:
        return Status.FAILED
    return Status(name)


def _with_unused(report: SolveReport, model: pyo.ConcreteModel) -> SolveReport:
    """The report with a value for the variables that no expression mentions: the one nearest to 0 in their bounds."""
    known = {id(var) for var in report.columns}
    unused = [var for var in model.component_data_objects(pyo.Var) if id(var) not in known]
    free = [var for var in unused if not var.fixed]
    values = [
        min(max(0.0, -math.inf if v.lb is None else v.lb), math.inf if v.ub is None else v.ub) for v in free
    ]
    return replace(report, columns=(*report.columns, *free), primal=(*report.primal, *values))
