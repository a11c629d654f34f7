"""One engine run in a worker process: limits, deadline, and what its end means."""

import math
import sys
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from solvers import sandbox
from solvers.arrays import unpack
from solvers.errors import ModelError
from solvers.report import SolveReport, Status

DEFAULT_TIME_LIMIT_S = 60.0
DEFAULT_GAP = 1e-7
"""Relative; a hundredth of the tolerance by which answers are compared."""
GRACE_S = 3.0
"""Seconds between the engine's own limit and the kill: time to hand over the incumbent."""
START_S = 1.5
"""Seconds that the start of a process may add to that; one that takes longer takes it from the grace."""
LOG_CHARS = 4_000
_OUT_OF_TIME = {
    sandbox.Status.TIMEOUT: "the engine did not stop at its time limit and was killed; allow more time",
    sandbox.Status.STARTING: sandbox.Status.STARTING.text,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use.

    Attributes:
        time_limit_s: seconds for the engine; its process is killed `GRACE_S` later.
        gap: relative gap at which a solution counts as optimal.
        threads: threads of the engine.
        log: whether to print the engine's log on standard output as it comes.
    """

    time_limit_s: float = DEFAULT_TIME_LIMIT_S
    gap: float = DEFAULT_GAP
    threads: int = 1
    log: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.time_limit_s < math.inf:
            raise ModelError(f"the time limit is {self.time_limit_s}; give positive seconds")
        if not 0 <= self.gap < math.inf:
            raise ModelError(f"the gap is {self.gap}; give a share from 0 on")
        if self.threads < 0:
            raise ModelError(f"{self.threads} threads cannot be used")

    def meta(self) -> dict[str, float]:
        """As the workers read them."""
        return {"time_limit_s": self.time_limit_s, "gap": self.gap, "threads": self.threads}


def run_job(
    kind: str,
    payload: bytes,
    limits: Limits,
    *,
    scratch: Path | None = None,
    cancelled: threading.Event | None = None,
) -> tuple[dict[str, np.ndarray], SolveReport]:
    """The arrays that a worker hands back, and its report without a solution.

    Args:
        kind: a kind of job that the sandbox knows.
        payload: for it.
        limits: time, gap and threads.
        scratch: folder with its files.
        cancelled: set from another thread, it ends the job.
    """
    started = time.monotonic()
    policy = sandbox.Policy(
        time_limit_s=limits.time_limit_s + GRACE_S,
        total_limit_s=limits.time_limit_s + GRACE_S + START_S,
        threads=limits.threads,
        scratch=scratch,
        memory_limit_bytes=16 * 1024**3,
        payload_limit_bytes=4 * 1024**3,
        result_limit_bytes=1024**3,
    )
    on_output = _print if limits.log else None
    outcome = sandbox.shared_engines(kind).run(kind, payload, policy, cancelled, on_output)
    seconds = time.monotonic() - started
    log = outcome.stdout[-LOG_CHARS:]
    if not outcome.is_ok:
        status = Status.NO_SOLUTION if outcome.status in _OUT_OF_TIME else Status.FAILED
        message = _OUT_OF_TIME.get(outcome.status, outcome.text)
        report = SolveReport(status=status, engine=kind, seconds=seconds, message=message, log=log)
        return {}, replace(report, process_seconds=seconds)
    arrays, meta = unpack(outcome.result)
    report = SolveReport(
        status=_status(meta["status"], has_solution="x" in arrays),
        engine=meta["engine"],
        seconds=meta.get("seconds", seconds),
        process_seconds=seconds,
        bound=meta.get("bound"),
        iterations=meta["iterations"],
        message=meta["message"],
        log=log,
    )
    return arrays, report


def _print(data: bytes) -> None:
    sys.stdout.write(data.decode(errors="replace"))
    sys.stdout.flush()


def _status(name: str, has_solution: bool) -> Status:
    if name == "limit":
        return Status.FEASIBLE if has_solution else Status.NO_SOLUTION
    if name == "infeasible_or_unbounded":
        return Status.NO_SOLUTION
    if name in ("optimal", "feasible") and not has_solution:
        return Status.FAILED
    return Status(name)
