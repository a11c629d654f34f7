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
from solvers.numeric.outcome import Outcome

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


OUTCOMES = {
    "Solve_Succeeded": Outcome.SOLVED,
    "Solved_To_Acceptable_Level": Outcome.ACCEPTABLE,
    "Infeasible_Problem_Detected": Outcome.INFEASIBLE,
    "Diverging_Iterates": Outcome.UNBOUNDED,
    "Maximum_WallTime_Exceeded": Outcome.LIMIT,
    "Maximum_Iterations_Exceeded": Outcome.LIMIT,
    "Invalid_Number_Detected": Outcome.UNDEFINED,
}


def run(payload: bytes) -> bytes:
    """Solve the NL file in the working folder; `meta` has time_limit_s, for all solves together.

    Without the array `starts`, (B, n), it is solved once from its own initial point. A local method proves no
    infeasibility and no global optimum, so it claims neither.
    """
    arrays, meta = unpack(payload)
    here = Path("/proc/self/cwd")
    problem = casadi.NlpBuilder()
    problem.import_nl(str(here / MODEL_FILE) if here.exists() else MODEL_FILE)
    options = {
        "ipopt.tol": TOLERANCE,
        "ipopt.max_wall_time": float(meta["time_limit_s"]),
        "ipopt.print_level": 3 if "starts" not in arrays else 0,
        "print_time": False,
    }
    functions = {"x": casadi.vertcat(*problem.x), "f": problem.f, "g": casadi.vertcat(*problem.g)}
    solver = casadi.nlpsol("solver", "ipopt", functions, options)
    if "starts" in arrays:
        return _from_starts(solver, problem, arrays["starts"], float(meta["time_limit_s"]))
    started = time.perf_counter()
    solution = _solution(solver, problem, problem.x_init)
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
        results["x"], results["duals"] = _arrays(solution)
    return pack(results, answer)


def _solution(solver: Any, problem: Any, start: Any) -> Any:
    return solver(x0=start, lbx=problem.x_lb, ubx=problem.x_ub, lbg=problem.g_lb, ubg=problem.g_ub)


def _arrays(solution: Any) -> tuple[np.ndarray, np.ndarray]:
    """The point, and the multipliers as the change of f per unit of a limit; IPOPT's are those of f + lam'g."""
    point, multipliers = (np.asarray(solution[name], float).reshape(-1) for name in ("x", "lam_g"))
    return point, -multipliers


def _from_starts(solver: Any, problem: Any, starts: np.ndarray, time_limit_s: float) -> bytes:
    """Points, multipliers, outcomes and iterations, one for each start that there was time for or NaN."""
    deadline = time.monotonic() + time_limit_s
    points, outcomes = starts.copy(), np.full(len(starts), int(Outcome.LIMIT))
    multipliers, iterations = np.zeros((len(starts), len(problem.g))), np.zeros(len(starts))
    for place, start in enumerate(starts):
        if time.monotonic() >= deadline:
            break
        points[place], multipliers[place] = _arrays(_solution(solver, problem, start))
        statistics = solver.stats()
        outcomes[place] = OUTCOMES.get(statistics["return_status"], Outcome.STALLED)
        iterations[place] = statistics["iter_count"]
    arrays = {"points": points, "multipliers": multipliers, "outcomes": outcomes, "iterations": iterations}
    answer = {"status": "feasible", "engine": f"IPOPT in casadi {version_of('casadi')}", "message": ""}
    return pack({**arrays, "x": points[0]}, {**answer, "iterations": int(iterations.sum()), "bound": None})
