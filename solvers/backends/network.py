"""Network flows by the cost-scaling push-relabel method of OR-Tools (Goldberg 1997); runs inside a worker process."""

import time
from importlib.metadata import version as version_of
from typing import Any

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from solvers.arrays import pack, unpack


def run(payload: bytes) -> bytes:
    """Solve a packed `Network`: arrays tail, head, capacity, cost, supply; what comes back is the flow."""
    arrays, _ = unpack(payload)
    engine = SimpleMinCostFlow()
    engine.add_arcs_with_capacity_and_unit_cost(
        arrays["tail"].astype(np.int32), arrays["head"].astype(np.int32), arrays["capacity"], arrays["cost"]
    )
    engine.set_nodes_supplies(np.arange(len(arrays["supply"]), dtype=np.int32), arrays["supply"])
    started = time.perf_counter()
    status = engine.solve()
    names = {engine.OPTIMAL: "optimal", engine.INFEASIBLE: "infeasible"}
    answer: dict[str, Any] = {
        "status": names.get(status, "failed"),
        "engine": f"OR-Tools min-cost flow {version_of('ortools')}",
        "message": status.name,
        "iterations": 0,
        "seconds": time.perf_counter() - started,
        "bound": None,
    }
    arcs = np.arange(len(arrays["tail"]), dtype=np.int32)
    return pack({"x": engine.flows(arcs)} if status == engine.OPTIMAL else {}, answer)
