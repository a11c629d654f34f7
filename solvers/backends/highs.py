"""LP, MILP and convex QP by HiGHS; runs inside a worker process, arrays in and arrays out.

Of a MILP's solution the whole numbers are rounded, fixed and the rest solved again as an LP, so that what comes
back is whole exactly and still satisfies the rows.
"""

import time
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
    """Solve a packed `Program`; `meta` has time_limit_s, gap, threads, method, offset, is_maximize."""
    arrays, meta = unpack(payload)
    highs, started = loaded(arrays, meta), time.perf_counter()
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
    answer["message"], answer["seconds"] = highs.modelStatusToString(status), time.perf_counter() - started
    info = highs.getInfo()
    is_whole = bool(arrays["is_integer"].any())
    answer["iterations"] = int(info.mip_node_count) if is_whole else _iterations(info)
    results: dict[str, np.ndarray] = {}
    answer["bound"] = _finite(info.mip_dual_bound) if is_whole else None
    if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
        solution = highs.getSolution()
        x = np.asarray(solution.col_value, float)
        if is_whole:
            x = _polished(highs, arrays, x)
        else:
            results["duals"] = np.asarray(solution.row_dual, float)
            results["reduced_costs"] = np.asarray(solution.col_dual, float)
        results["x"] = x
    if not is_whole:
        results |= _rays(highs, answer["status"])
    if meta["with_ranges"] and answer["status"] == "optimal":
        results |= _ranges(highs)
    return pack(results, answer)


def _iterations(info: Any) -> int:
    counts = (
        info.simplex_iteration_count,
        info.ipm_iteration_count,
        info.pdlp_iteration_count,
        info.qp_iteration_count,
    )
    return int(max(counts))


def _ranges(highs: highspy.Highs) -> dict[str, np.ndarray]:
    status, found = highs.getRanging()
    if status != highspy.HighsStatus.kOk or len(found.row_bound_dn.value_) != highs.getNumRow():
        return {}
    rows = highs.getBasis().row_status
    is_slack = np.array([status == highspy.HighsBasisStatus.kBasic for status in rows], bool)
    records = {
        "cost_low": found.col_cost_dn,
        "cost_high": found.col_cost_up,
        "row_low": found.row_bound_dn,
        "row_high": found.row_bound_up,
    }
    ranges = {name: np.asarray(record.value_, float) for name, record in records.items()}
    return {**ranges, "is_slack": is_slack}


def _rays(highs: highspy.Highs, status: str) -> dict[str, np.ndarray]:
    """The direction of an unbounded LP, or the multipliers that prove an LP infeasible."""
    if status == "unbounded":
        _, is_there, ray = highs.getPrimalRay()
        return {"ray": np.asarray(ray, float)} if is_there else {}
    if status == "infeasible":
        _, is_there, ray = highs.getDualRay()
        return {"farkas": np.asarray(ray, float)} if is_there else {}
    return {}


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


def loaded(arrays: dict[str, np.ndarray], meta: dict[str, Any]) -> highspy.Highs:
    """HiGHS with a packed `Program` and the limits of `meta`."""
    highs = highspy.Highs()
    highs.setOptionValue("solver", meta["method"])
    highs.setOptionValue("log_to_console", True)
    highs.setOptionValue("time_limit", float(meta["time_limit_s"]))
    highs.setOptionValue("threads", int(meta["threads"]))
    highs.setOptionValue("mip_rel_gap", float(meta["gap"]))
    highs.setOptionValue("mip_abs_gap", 1e-9)
    highs.setOptionValue("primal_feasibility_tolerance", 1e-9)
    highs.setOptionValue("dual_feasibility_tolerance", 1e-9)
    highs.setOptionValue("mip_feasibility_tolerance", 1e-7)
    highs.setOptionValue("small_matrix_value", 1e-12)
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
    if len(arrays["q_value"]) and highs.passHessian(_hessian(arrays)) == highspy.HighsStatus.kError:
        raise ValueError("HiGHS refused the quadratic objective")
    if "start" in arrays:
        _set_start(highs, arrays["start"])
    return highs


def _hessian(arrays: dict[str, np.ndarray]) -> highspy.HighsHessian:
    """The lower triangle of Q by columns, where the objective has x'Qx / 2."""
    low = np.maximum(arrays["q_row"], arrays["q_column"])
    high = np.minimum(arrays["q_row"], arrays["q_column"])
    value = np.where(low == high, 2.0, 1.0) * arrays["q_value"]
    order = np.lexsort((low, high))
    hessian = highspy.HighsHessian()
    hessian.dim_ = len(arrays["cost"])
    hessian.format_ = highspy.HessianFormat.kTriangular
    hessian.start_ = np.searchsorted(high[order], np.arange(hessian.dim_ + 1)).astype(np.int32)
    hessian.index_, hessian.value_ = low[order].astype(np.int32), value[order]
    return hessian


def _set_start(highs: highspy.Highs, start: np.ndarray) -> None:
    """Hand over the values that are known, as a start for branch and bound."""
    known = np.flatnonzero(~np.isnan(start)).astype(np.int32)
    if len(known):
        highs.setSolution(len(known), known, start[known])


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
