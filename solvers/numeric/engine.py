"""The numerical optimizer as an engine of `solvers.solve`: an NL file in, arrays and a report out."""

import threading
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from solvers.arrays import unpack
from solvers.job import Limits, run_job
from solvers.numeric.errors import Stopped, WorkerLost
from solvers.numeric.ipopt import knows
from solvers.numeric.nl import parse_nl
from solvers.numeric.process import shared_worker
from solvers.numeric.router import route
from solvers.numeric.wire import Options, Task
from solvers.report import SolveReport, Status

MODEL_FILE = "model.nl"


def run_numeric(
    kind: str,
    payload: bytes,
    limits: Limits,
    *,
    scratch: Path,
    cancelled: threading.Event | None = None,
) -> tuple[dict[str, np.ndarray], SolveReport]:
    """As `solvers.job.run_job`, for the model.nl in the scratch folder: by the road that the router takes.

    Args:
        kind: numeric.
        payload: as of IPOPT's worker.
        limits: time, gap and threads.
        scratch: folder with the model.
        cancelled: set from another thread, it ends the job.
    """
    text = (scratch / MODEL_FILE).read_text()
    model = parse_nl(text)
    has_ipopt = find_spec("casadi") is not None
    chosen = route(model.variables, 1, has_ipopt=has_ipopt, is_known_to_ipopt=knows(model))
    if chosen.road == "ipopt":
        arrays, report = run_job("ipopt", payload, limits, scratch=scratch, cancelled=cancelled)
        return arrays, replace(report, message=f"{report.message}; {chosen.reason}")
    _, meta = unpack(payload)
    options = Options(time_limit_s=float(meta["time_limit_s"]), method="lanes")
    try:
        (found,) = shared_worker().run(Task(models=[text], options=[options]), cancelled=cancelled)
    except Stopped as stopped:
        return {}, _ended(kind, Status.NO_SOLUTION, str(stopped))
    except WorkerLost as lost:
        return {}, _ended(kind, Status.FAILED, str(lost))
    message = f"a local method: {found.message} {chosen.reason}"
    if not found.is_solved:
        return {}, _ended(kind, Status.NO_SOLUTION, message)
    sign = -1.0 if model.is_maximize else 1.0
    report = SolveReport(
        status=Status.FEASIBLE,
        engine="Optwright's compiled lanes",
        seconds=found.seconds,
        iterations=found.iterations,
        message=message,
    )
    return {"x": np.array(found.x), "duals": sign * np.array(found.y)}, report


def _ended(kind: str, status: Status, message: str) -> SolveReport:
    return SolveReport(status=status, engine=kind, seconds=0.0, message=message)
