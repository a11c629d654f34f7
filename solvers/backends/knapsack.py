"""0-1 knapsacks by the branch-and-bound method of OR-Tools; runs inside a worker process."""

import time
from importlib.metadata import version as version_of
from typing import Any

import numpy as np
from ortools.algorithms.python.knapsack_solver import KnapsackSolver, SolverType

from solvers.arrays import pack, unpack


def run(payload: bytes) -> bytes:
    """Solve packed arrays value, weight, capacity, all whole; `meta` has time_limit_s."""
    arrays, meta = unpack(payload)
    engine = KnapsackSolver(SolverType.KNAPSACK_MULTIDIMENSION_BRANCH_AND_BOUND_SOLVER, "knapsack")
    engine.set_time_limit(float(meta["time_limit_s"]))
    started = time.perf_counter()
    engine.init(arrays["value"].tolist(), [arrays["weight"].tolist()], arrays["capacity"].tolist())
    best = engine.solve()
    is_proven = engine.is_solution_optimal()
    answer: dict[str, Any] = {
        "status": "optimal" if is_proven else "limit",
        "engine": f"OR-Tools knapsack {version_of('ortools')}",
        "message": "optimal" if is_proven else "stopped at the time limit",
        "iterations": 0,
        "seconds": time.perf_counter() - started,
        "bound": float(best) if is_proven else None,
    }
    taken = [engine.best_solution_contains(item) for item in range(len(arrays["value"]))]
    return pack({"x": np.array(taken, float)}, answer)
