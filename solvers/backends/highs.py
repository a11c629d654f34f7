"""LP and MILP by HiGHS; runs inside a worker process, arrays in and arrays out.

Of a MILP's solution the whole numbers are rounded, fixed and the rest solved again as an LP, so that what comes
back is whole exactly and still satisfies the rows.
"""

from typing import Any

import highspy
import numpy as np

from solvers.arrays import pack, unpack

_STATUS = highspy.HighsModelStatus
_NAMES = {
    _STATUS.kOptimal: "optimal",
    _STATUS.kModelEmpty: "optimal",
    _STATUS.kInfeasible: "infeasible",
    _STATUS.kUnbounded: "unbounded",
    _STATUS.kUnboundedOrInfeasible: "infeasible_or_unbounded",
    _STATUS.kTimeLimit: "limit",
    _STATUS.kIterationLimit: "limit",
    _STATUS.kSolutionLimit: "limit",
    _STATUS.kInterrupt: "limit",
}


def version() -> str:
    """Name and version of the engine."""
    return f"HiGHS {highspy.Highs().version()}"


def run(payload: bytes) -> bytes:
    """Solve a packed `LinearProgram`; `meta` has time_limit_s, gap, threads."""
    arrays, meta = unpack(payload)
    highs = _loaded(arrays, meta)
    highs.run()
    status = highs.getModelStatus()
    if status == _STATUS.kUnboundedOrInfeasible:
        # Presolve cannot tell the two apart; the simplex method without it can.
        highs.setOptionValue("presolve", "off")
        highs.run()
        status = highs.getModelStatus()
    if status == _STATUS.kUnboundedOrInfeasible:
        return _without_cost(highs, len(arrays["cost"]))
    answer: dict[str, Any] = {"status": _NAMES.get(status, "failed"), "engine": version()}
    answer["message"] = highs.modelStatusToString(status)
    info = highs.getInfo()
    is_lp = not arrays["is_integer"].any()
    answer["iterations"] = int(info.simplex_iteration_count if is_lp else info.mip_node_count)
    results: dict[str, np.ndarray] = {}
    if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
        answer["bound"] = None if is_lp else _finite(info.mip_dual_bound)
        x = np.asarray(highs.getSolution().col_value, float)
        if is_lp:
            results["duals"] = np.asarray(highs.getSolution().row_dual, float)
        else:
            x = _polished(highs, arrays, x)
        results["x"] = x
    if answer["status"] == "unbounded":
        _, has_ray, ray = highs.getPrimalRay()
        if has_ray:
            results["ray"] = np.asarray(ray, float)
    return pack(results, answer)


def _without_cost(highs: highspy.Highs, count: int) -> bytes:
    """Which of infeasible and unbounded it is: a model with a feasible point is not infeasible."""
    highs.changeColsCost(count, np.arange(count, dtype=np.int32), np.zeros(count))
    highs.run()
    is_feasible = highs.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    status = "unbounded" if is_feasible else _NAMES.get(highs.getModelStatus(), "failed")
    message = highs.modelStatusToString(highs.getModelStatus())
    return pack(
        {}, {"status": status, "engine": version(), "message": message, "iterations": 0, "bound": None}
    )


def _loaded(arrays: dict[str, np.ndarray], meta: dict[str, Any]) -> highspy.Highs:
    highs = highspy.Highs()
    highs.setOptionValue("log_to_console", True)
    highs.setOptionValue("time_limit", float(meta["time_limit_s"]))
    highs.setOptionValue("threads", int(meta["threads"]))
    highs.setOptionValue("mip_rel_gap", float(meta["gap"]))
    highs.setOptionValue("mip_abs_gap", 1e-9)
    highs.setOptionValue("primal_feasibility_tolerance", 1e-9)
    highs.setOptionValue("dual_feasibility_tolerance", 1e-9)
    highs.setOptionValue("mip_feasibility_tolerance", 1e-7)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(arrays["cost"]), len(arrays["row_lower"])
    model.col_cost_, model.offset_ = arrays["cost"], float(meta["offset"])
    model.sense_ = highspy.ObjSense.kMaximize if meta["is_maximize"] else highspy.ObjSense.kMinimize
    model.col_lower_, model.col_upper_ = arrays["lower"], arrays["upper"]
    model.row_lower_, model.row_upper_ = arrays["row_lower"], arrays["row_upper"]
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_ = arrays["starts"], arrays["indices"]
    model.a_matrix_.value_ = arrays["data"]
    if arrays["is_integer"].any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        model.integrality_ = [kinds[int(flag)] for flag in arrays["is_integer"]]
    if highs.passModel(model) == highspy.HighsStatus.kError:
        raise ValueError("HiGHS refused the model")
    return highs


def _polished(highs: highspy.Highs, arrays: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """`x` with its whole numbers rounded, and its real ones solved for again where that moved any."""
    whole = np.flatnonzero(arrays["is_integer"])
    rounded = np.round(x[whole])
    if len(whole) == len(x) or not np.any(rounded != x[whole]):
        x[whole] = rounded
        return x
    count = len(whole)
    columns = whole.astype(np.int32)
    highs.changeColsIntegrality(count, columns, np.array([highspy.HighsVarType.kContinuous] * count))
    highs.changeColsBounds(count, columns, rounded, rounded)
    highs.run()
    if highs.getModelStatus() == _STATUS.kOptimal:
        return np.asarray(highs.getSolution().col_value, float)
    return x


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) and abs(value) < 1e20 else None
