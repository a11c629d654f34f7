"""The numerical optimizer as an engine of `solvers.solve`: an NL file in, arrays and a report out."""

import threading
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from solvers.arrays import unpack
from solvers.job import Limits, run_job
from solvers.numeric.errors import ServiceError, Stopped, WorkerLost
from solvers.numeric.ipopt import knows
from solvers.numeric.nl import NLModel, parse_nl
from solvers.numeric.process import WorkerProcess, shared_worker
from solvers.numeric.remote import Service
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
    service: Service | None = None,
) -> tuple[dict[str, np.ndarray], SolveReport]:
    """As `solvers.job.run_job`, for the model.nl in the scratch folder: by the road that the router takes.

    Args:
        kind: numeric.
        payload: as of IPOPT's worker.
        limits: time, gap and threads.
        scratch: folder with the model.
        cancelled: set from another thread, it ends the job.
        service: where the model is solved, by the road that is best there; default: on this machine.
    """
    text = (scratch / MODEL_FILE).read_text()
    model = parse_nl(text)
    _, meta = unpack(payload)
    limit = float(meta["time_limit_s"])
    if service is not None:
        return _reported(
            kind, model, service, Task(models=[text], options=[Options(time_limit_s=limit)]), cancelled
        )
    has_ipopt = find_spec("casadi") is not None
    chosen = route(model.variables, 1, has_ipopt=has_ipopt, is_known_to_ipopt=knows(model))
    if chosen.road == "ipopt":
        arrays, report = run_job("ipopt", payload, limits, scratch=scratch, cancelled=cancelled)
        return arrays, replace(report, message=f"{report.message}; {chosen.reason}")
    task = Task(models=[text], options=[Options(time_limit_s=limit, method="lanes")])
    return _reported(kind, model, shared_worker(), task, cancelled)


def _reported(
    kind: str,
    model: NLModel,
    place: WorkerProcess | Service,
    task: Task,
    cancelled: threading.Event | None,
) -> tuple[dict[str, np.ndarray], SolveReport]:
    """The point that a worker or a service finds, and the report."""
    try:
        (found,) = place.run(task, cancelled=cancelled)
    except Stopped as stopped:
        return {}, _ended(kind, Status.NO_SOLUTION, str(stopped))
    except (WorkerLost, ServiceError) as lost:
        return {}, _ended(kind, Status.FAILED, str(lost))
    message = f"a local method: {found.message} {found.route}"
    if not found.is_solved:
        return {}, _ended(kind, Status.NO_SOLUTION, message)
    sign = -1.0 if model.is_maximize else 1.0
    report = SolveReport(
        status=Status.FEASIBLE,
        engine="Optwright's numerical optimizer",
        seconds=found.seconds,
        iterations=found.iterations,
        message=message,
    )
    return {"x": np.array(found.x), "duals": sign * np.array(found.y)}, report


def _ended(kind: str, status: Status, message: str) -> SolveReport:
    return SolveReport(status=status, engine=kind, seconds=0.0, message=message)
