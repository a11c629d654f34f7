"""Very large LPs by the first-order method of OR-Tools (Applegate et al. 2021); runs inside a worker process.

Source: Practical Large-Scale Linear Programming using Primal-Dual Hybrid Gradient (NeurIPS 2021).
"""

import time
from importlib.metadata import version as version_of
from typing import Any

import numpy as np
from ortools.pdlp import solve_log_pb2, solvers_pb2
from ortools.pdlp.python import pdlp
from scipy.sparse import csr_matrix

from solvers.arrays import pack, unpack

TOLERANCE = 1e-8
_REASON = solve_log_pb2.TerminationReason
_NAMES = {
    _REASON.TERMINATION_REASON_OPTIMAL: "optimal",
    _REASON.TERMINATION_REASON_PRIMAL_INFEASIBLE: "infeasible",
    _REASON.TERMINATION_REASON_DUAL_INFEASIBLE: "infeasible_or_unbounded",
    _REASON.TERMINATION_REASON_PRIMAL_OR_DUAL_INFEASIBLE: "infeasible_or_unbounded",
}


def run(payload: bytes) -> bytes:
    """Solve a packed LP; `meta` has time_limit_s, threads, offset, is_maximize."""
    arrays, meta = unpack(payload)
    parameters = solvers_pb2.PrimalDualHybridGradientParams()
    parameters.num_threads = int(meta["threads"])
    limits = parameters.termination_criteria
    limits.time_sec_limit = float(meta["time_limit_s"])
    limits.simple_optimality_criteria.eps_optimal_absolute = TOLERANCE
    limits.simple_optimality_criteria.eps_optimal_relative = TOLERANCE
    sign = -1.0 if meta["is_maximize"] else 1.0
    started = time.perf_counter()
    result = pdlp.primal_dual_hybrid_gradient(_program(arrays, meta, sign), parameters)
    log = result.solve_log
    status = _NAMES.get(log.termination_reason, "limit")
    answer: dict[str, Any] = {
        "status": status,
        "engine": f"OR-Tools PDLP {version_of('ortools')}",
        "message": _REASON.Name(log.termination_reason),
        "iterations": int(log.iteration_count),
        "seconds": time.perf_counter() - started,
        "bound": None,
    }
    results = {}
    if status == "optimal":
        results["x"] = np.asarray(result.primal_solution, float)
        results["duals"] = sign * np.asarray(result.dual_solution, float)
        results["reduced_costs"] = sign * np.asarray(result.reduced_costs, float)
    return pack(results, answer)


def _program(arrays: dict[str, np.ndarray], meta: dict[str, Any], sign: float) -> pdlp.QuadraticProgram:
    shape = (len(arrays["row_lower"]), len(arrays["cost"]))
    program = pdlp.QuadraticProgram()
    program.resize_and_initialize(shape[1], shape[0])
    program.constraint_matrix = csr_matrix(
        (arrays["data"], arrays["indices"], arrays["starts"]), shape
    ).tocsc()
    program.objective_vector = sign * arrays["cost"]
    program.objective_offset = sign * float(meta["offset"])
    program.variable_lower_bounds, program.variable_upper_bounds = arrays["lower"], arrays["upper"]
    program.constraint_lower_bounds = arrays["row_lower"]
    program.constraint_upper_bounds = arrays["row_upper"]
    return program
