"""Nonlinear and integer nonlinear models to global optimality by SCIP; runs inside a worker process.

The model comes as an NL file in the job's folder: SCIP's own interface to Pyomo hangs on dense quadratic
objectives that it reads from NL in a second.
"""

import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyscipopt

from solvers.arrays import pack, unpack

MODEL_FILE = "model.nl"
ABSOLUTE_GAP = 1e-6
"""Where the optimum is 0 no relative gap can be closed."""
_NAMES = {
    "optimal": "optimal",
    "gaplimit": "optimal",
    "infeasible": "infeasible",
    "unbounded": "unbounded",
    "inforunbd": "infeasible_or_unbounded",
}


def version() -> str:
    """Name and version of the engine."""
    model = pyscipopt.Model()
    return f"SCIP {model.getMajorVersion()}.{model.getMinorVersion()}.{model.getTechVersion()}"


def run(payload: bytes) -> bytes:
    """Solve the NL file in the working folder; `meta` has time_limit_s, gap, columns."""
    _, meta = unpack(payload)
    model = pyscipopt.Model()
    # SCIP asks for the working folder's path, which a jail may hide; this name needs none.
    here = Path("/proc/self/cwd")
    model.readProblem(str(here / MODEL_FILE) if here.exists() else MODEL_FILE)
    model.setParam("limits/time", float(meta["time_limit_s"]))
    model.setParam("limits/gap", float(meta["gap"]))
    model.setParam("limits/absgap", max(float(meta["gap"]), ABSOLUTE_GAP))
    model.setParam("numerics/feastol", 1e-8)
    model.setParam("parallel/maxnthreads", int(meta["threads"]))
    if meta["with_start"]:
        _add_start(model)
    started = time.perf_counter()
    model.optimize()
    status = _NAMES.get(model.getStatus(), "limit")
    if status == "infeasible_or_unbounded":
        return _without_objective(model)
    answer: dict[str, Any] = {
        "status": status,
        "engine": version(),
        "message": model.getStatus(),
        "iterations": int(model.getNNodes()),
        "seconds": time.perf_counter() - started,
        "bound": None,
    }
    results: dict[str, np.ndarray] = {}
    bound = model.getDualbound()
    answer["bound"] = float(bound) if abs(bound) < model.infinity() else None
    if model.getNSols():
        results["x"] = _values(model, int(meta["columns"]))
    return pack(results, answer)


def _add_start(model: pyscipopt.Model) -> None:
    """SCIP's reader ignores the NL file's initial point, the section that begins with `x`; hand it over."""
    lines = Path(MODEL_FILE).read_text().splitlines()
    head = next((place for place, line in enumerate(lines) if re.match(r"x\d+", line)), None)
    if head is None:
        return
    count = int(lines[head].split()[0][1:].split("#")[0])
    given = dict(line.split()[:2] for line in lines[head + 1 : head + 1 + count])
    solution = model.createPartialSol()
    for variable in model.getVars():
        value = given.get(variable.name[1:])
        if value is not None:
            model.setSolVal(solution, variable, float(value))
    model.addSol(solution)


def _without_objective(model: pyscipopt.Model) -> bytes:
    """Which of infeasible and unbounded it is: a model with a feasible point is not infeasible."""
    model.freeTransform()
    model.setObjective(0.0)
    model.optimize()
    status = "unbounded" if model.getNSols() else _NAMES.get(model.getStatus(), "limit")
    answer = {"status": status, "engine": version(), "message": model.getStatus(), "bound": None}
    return pack({}, {**answer, "iterations": int(model.getNNodes())})


def _values(model: pyscipopt.Model, count: int) -> np.ndarray:
    """The solution in the NL file's order: SCIP names its variables x0, i1, b2 by their place in it."""
    x = np.full(count, np.nan)
    solution = model.getBestSol()
    for variable in model.getVars():
        match = re.fullmatch(r"[a-z](\d+)", variable.name)
        if match:
            value = model.getSolVal(solution, variable)
            x[int(match[1])] = value if variable.vtype() == "CONTINUOUS" else round(value)
    return x
