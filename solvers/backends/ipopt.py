"""Nonlinear models to local optimality by the IPOPT in casadi's wheel; runs inside a worker process.

Source: Waechter and Biegler, On the implementation of an interior-point filter line-search algorithm (2006).
"""

import time
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import casadi
import numpy as np

from solvers.arrays import pack, unpack

MODEL_FILE = "model.nl"
TOLERANCE = 1e-9
_NAMES = {
    "Solve_Succeeded": "feasible",
    "Solved_To_Acceptable_Level": "feasible",
    "Feasible_Point_Found": "feasible",
    "Infeasible_Problem_Detected": "no_solution",
    "Diverging_Iterates": "no_solution",
    "Maximum_CpuTime_Exceeded": "no_solution",
    "Maximum_WallTime_Exceeded": "no_solution",
    "Maximum_Iterations_Exceeded": "no_solution",
}


def run(payload: bytes) -> bytes:
    """Solve the NL file in the working folder from its initial point; `meta` has time_limit_s.

    A local method proves no infeasibility and no global optimum, so it claims neither.
    """
    _, meta = unpack(payload)
    here = Path("/proc/self/cwd")
    problem = casadi.NlpBuilder()
    problem.import_nl(str(here / MODEL_FILE) if here.exists() else MODEL_FILE)
    options = {
        "ipopt.tol": TOLERANCE,
        "ipopt.max_wall_time": float(meta["time_limit_s"]),
        "ipopt.print_level": 3,
        "print_time": False,
    }
    functions = {"x": casadi.vertcat(*problem.x), "f": problem.f, "g": casadi.vertcat(*problem.g)}
    solver = casadi.nlpsol("solver", "ipopt", functions, options)
    started = time.perf_counter()
    solution = solver(
        x0=problem.x_init, lbx=problem.x_lb, ubx=problem.x_ub, lbg=problem.g_lb, ubg=problem.g_ub
    )
    statistics = solver.stats()
    status = _NAMES.get(statistics["return_status"], "failed")
    answer: dict[str, Any] = {
        "status": status,
        "engine": f"IPOPT in casadi {version_of('casadi')}",
        "message": f"a local method: {statistics['return_status']}",
        "iterations": int(statistics["iter_count"]),
        "seconds": time.perf_counter() - started,
        "bound": None,
    }
    results: dict[str, np.ndarray] = {}
    if status == "feasible":
        results["x"] = np.asarray(solution["x"], float).reshape(-1)
        # IPOPT's multipliers are those of f + lam'g; ours are the change of f per unit of a right-hand side.
        results["duals"] = -np.asarray(solution["lam_g"], float).reshape(-1)
    return pack(results, answer)
