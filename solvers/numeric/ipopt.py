"""The IPOPT road: a model's NL text, in a worker process of its own, killed at the deadline."""

import tempfile
import threading
from pathlib import Path

import numpy as np

from solvers.arrays import pack
from solvers.errors import ModelError
from solvers.job import Limits, run_job
from solvers.numeric.nl import operations as op
from solvers.numeric.nl.evaluate import Evaluator
from solvers.numeric.nl.model import Floats, NLModel
from solvers.numeric.outcome import Outcome
from solvers.numeric.result import Summary
from solvers.report import Status

MODEL_FILE = "model.nl"

UNKNOWN = frozenset({op.ASINH, op.ACOSH, op.ATANH, op.MIN, op.MAX, op.LESS})
"""Operators that the NL reader in casadi's wheel does not take."""


def knows(model: NLModel) -> bool:
    """Whether IPOPT's reader takes every operator of a model, and the model has something to decide."""
    return model.variables > 0 and not np.isin(model.graph.operation, list(UNKNOWN)).any()


def solve_by_ipopt(
    text: str,
    model: NLModel,
    starts: Floats,
    *,
    time_limit_s: float,
    cancelled: threading.Event | None = None,
) -> Summary:
    """What IPOPT found from each start, one after the other, within the time for all of them.

    Args:
        text: the model's NL file.
        model: the same, as it was read.
        starts: (B, n).
        time_limit_s: for all starts together.
        cancelled: set from another thread, it ends the run.
    """
    if time_limit_s <= 0:
        raise ModelError(f"{time_limit_s} seconds are left for IPOPT; give more time")
    meta = {**Limits(time_limit_s).meta(), "columns": model.variables, "with_start": True}
    with tempfile.TemporaryDirectory(prefix="optwright-") as folder:
        (Path(folder) / MODEL_FILE).write_text(text)
        payload = pack({"starts": starts}, meta)
        arrays, report = run_job(
            "ipopt", payload, Limits(time_limit_s), scratch=Path(folder), cancelled=cancelled
        )
    if "points" not in arrays:
        ended = Outcome.LIMIT if report.status is Status.NO_SOLUTION else Outcome.STALLED
        return _nothing(model, starts, ended)
    points, duals = arrays["points"], arrays["multipliers"]
    evaluator = Evaluator(model)
    values = [evaluator.values(x) for x in points]
    rows = np.array([value.rows for value in values]).reshape(len(points), model.rows)
    excess = np.maximum(model.row_lower - rows, rows - model.row_upper)
    outcomes = arrays["outcomes"].astype(np.int64)
    return Summary(
        outcome=outcomes,
        x=points,
        y=duals if not model.is_maximize else -duals,
        objective=np.array([value.objective for value in values]),
        violation=np.maximum(excess.max(axis=1, initial=0.0), 0.0),
        error=np.where(outcomes == Outcome.SOLVED, 1e-9, np.inf),
        iterations=arrays["iterations"].astype(np.int64),
    )


def _nothing(model: NLModel, starts: Floats, ended: Outcome) -> Summary:
    count = len(starts)
    return Summary(
        outcome=np.full(count, int(ended)),
        x=np.clip(starts, model.lower, model.upper),
        y=np.zeros((count, model.rows)),
        objective=np.full(count, np.nan),
        violation=np.full(count, np.inf),
        error=np.full(count, np.inf),
        iterations=np.zeros(count, np.int64),
    )
