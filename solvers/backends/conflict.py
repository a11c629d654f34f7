"""Which rows and bounds of an infeasible linear model contradict each other, and what relaxing them takes.

Runs inside a worker process. An LP starts from the subset that HiGHS finds; the deletion filter (Chinneck and
Dravnieks, Locating Minimal Infeasible Constraint Sets in Linear Programs, 1991) then makes it irreducible, for
MILPs, too. The relaxation is the elastic model: a slack on each row, as little of it as possible.
"""

import time
from typing import Any

import highspy
import numpy as np

from solvers.arrays import pack, unpack
from solvers.backends.highs import loaded

_STATUS = highspy.HighsModelStatus
_INFEASIBLE = (_STATUS.kInfeasible, _STATUS.kUnboundedOrInfeasible)  # without objective, nothing is unbounded
_FEASIBLE = (_STATUS.kOptimal, _STATUS.kModelEmpty)
SEARCH_SHARE = 0.6
ELASTIC_SHARE = 0.9
"""Of the time limit, when the search for the conflict and then that for relaxations must have ended."""


def run(payload: bytes) -> bytes:
    """The conflict in a packed `Program` as indices; `meta` has time_limit_s.

    The results: `rows`, `lower` and `upper` (columns whose bound takes part), `alone` (what each of these rows
    must give if it alone is relaxed, NaN where that does not help), `together` (what all rows must give at
    least, m values, negative for a lower limit).
    """
    arrays, meta = unpack(payload)
    started = time.monotonic()
    search = _Search(arrays, meta, started + SEARCH_SHARE * float(meta["time_limit_s"]))
    answer: dict[str, Any] = {"status": "infeasible", "engine": "HiGHS", "message": "", "iterations": 0}
    if not search.is_infeasible():
        return pack({}, {**answer, "status": "no_solution", "message": search.verdict})
    search.start_from_engine()
    is_irreducible = search.filter()
    results = search.members()
    elastic = _Elastic(arrays, meta, started + ELASTIC_SHARE * float(meta["time_limit_s"]))
    results["together"] = elastic.together()
    results["alone"] = np.array([elastic.alone(int(row)) for row in results["rows"]], float)
    return pack(results, {**answer, "message": "irreducible" if is_irreducible else "time limit"})


def _run(highs: highspy.Highs, deadline: float) -> highspy.HighsModelStatus:
    """The status of one more run, which ends by the deadline; HiGHS counts the time of all runs together."""
    highs.setOptionValue("time_limit", highs.getRunTime() + max(0.1, deadline - time.monotonic()))
    highs.run()
    return highs.getModelStatus()


class _Search:
    """The model without objective; members of a conflict are rows and bounds that are still in force."""

    def __init__(self, arrays: dict[str, np.ndarray], meta: dict[str, Any], deadline: float) -> None:
        self._arrays = arrays
        self._deadline = deadline
        self._highs = loaded(arrays, {**meta, "method": "simplex"})
        count = len(arrays["cost"])
        self._highs.changeColsCost(count, np.arange(count, dtype=np.int32), np.zeros(count))
        self._rows = set(range(len(arrays["row_lower"])))
        self._lower = set(np.flatnonzero(np.isfinite(arrays["lower"])).tolist())
        self._upper = set(np.flatnonzero(np.isfinite(arrays["upper"])).tolist())
        self.verdict = ""
        self._is_certain = True
        """Whether every probe that was not infeasible was feasible, and none ran out of time."""

    def is_infeasible(self) -> bool:
        status = _run(self._highs, self._deadline)
        self.verdict = self._highs.modelStatusToString(status)
        self._is_certain &= status in (*_INFEASIBLE, *_FEASIBLE)
        return status in _INFEASIBLE

    def start_from_engine(self) -> None:
        """Drop at once what the engine's own subset does without, where what is left is infeasible indeed."""
        if self._arrays["is_integer"].any():
            return
        _, found = self._highs.getIis()
        rows, columns = set(found.row_index_), list(found.col_index_)
        if not rows and not columns:
            return
        kept = self._rows, self._lower, self._upper
        none = (highspy.IisBoundStatus.kIisBoundStatusNull, highspy.IisBoundStatus.kIisBoundStatusFree)
        low = highspy.IisBoundStatus.kIisBoundStatusLower
        high = highspy.IisBoundStatus.kIisBoundStatusUpper
        sides = [(c, s) for c, s in zip(columns, found.col_bound_, strict=True) if s not in none]
        self._rows = self._rows & rows
        self._lower = self._lower & {column for column, side in sides if side != high}
        self._upper = self._upper & {column for column, side in sides if side != low}
        self._post_all()
        if not self.is_infeasible():
            self._rows, self._lower, self._upper = kept
            self._post_all()

    def filter(self) -> bool:
        """Drop each member that the rest contradicts itself without; whether there was time to try all."""
        for members, post in (
            (self._rows, self._post_row),
            (self._lower, self._post_column),
            (self._upper, self._post_column),
        ):
            for member in sorted(members):
                if time.monotonic() > self._deadline:
                    return False
                members.discard(member)
                post(member)
                if not self.is_infeasible():
                    members.add(member)
                    post(member)
        return self._is_certain

    def members(self) -> dict[str, np.ndarray]:
        return {
            "rows": np.array(sorted(self._rows), np.int64),
            "lower": np.array(sorted(self._lower), np.int64),
            "upper": np.array(sorted(self._upper), np.int64),
        }

    def _post_all(self) -> None:
        for row in range(len(self._arrays["row_lower"])):
            self._post_row(row)
        for column in range(len(self._arrays["cost"])):
            self._post_column(column)

    def _post_row(self, row: int) -> None:
        infinity = highspy.kHighsInf
        pair = (self._arrays["row_lower"][row], self._arrays["row_upper"][row])
        self._highs.changeRowBounds(row, *(pair if row in self._rows else (-infinity, infinity)))

    def _post_column(self, column: int) -> None:
        infinity = highspy.kHighsInf
        low = self._arrays["lower"][column] if column in self._lower else -infinity
        high = self._arrays["upper"][column] if column in self._upper else infinity
        self._highs.changeColBounds(column, low, high)


class _Elastic:
    """The model with two slacks on each row: how far it goes below its lower and above its upper limit."""

    def __init__(self, arrays: dict[str, np.ndarray], meta: dict[str, Any], deadline: float) -> None:
        self._highs = loaded(arrays, {**meta, "method": "simplex"})
        self._deadline = deadline
        self._count, self._rows = len(arrays["cost"]), len(arrays["row_lower"])
        self._highs.changeColsCost(self._count, np.arange(self._count, dtype=np.int32), np.zeros(self._count))
        self._highs.changeObjectiveSense(highspy.ObjSense.kMinimize)
        limits = np.abs(np.stack((arrays["row_lower"], arrays["row_upper"])))
        sizes = np.where(np.isfinite(limits), limits, 0.0).max(axis=0, initial=1.0)
        slacks, none = 2 * self._rows, np.zeros(2 * self._rows)
        self._highs.addCols(
            slacks,
            np.repeat(1.0 / sizes, 2),
            none,
            none,
            slacks,
            np.arange(slacks, dtype=np.int32),
            np.repeat(np.arange(self._rows, dtype=np.int32), 2),
            np.tile([1.0, -1.0], self._rows),
        )

    def together(self) -> np.ndarray:
        """The cheapest amounts for all rows, each relative to the size of its limit."""
        self._allow(range(self._rows))
        return self._amounts()

    def alone(self, row: int) -> float:
        """The amount of one row, NaN where relaxing it alone does not help."""
        self._allow([row])
        return float(self._amounts()[row])

    def _allow(self, rows: Any) -> None:
        upper = np.zeros(2 * self._rows)
        for row in rows:
            upper[2 * row : 2 * row + 2] = highspy.kHighsInf
        slacks = np.arange(self._count, self._count + 2 * self._rows, dtype=np.int32)
        self._highs.changeColsBounds(2 * self._rows, slacks, np.zeros(2 * self._rows), upper)

    def _amounts(self) -> np.ndarray:
        if time.monotonic() > self._deadline or _run(self._highs, self._deadline) != _STATUS.kOptimal:
            return np.full(self._rows, np.nan)
        slacks = np.asarray(self._highs.getSolution().col_value, float)[self._count :].reshape(-1, 2)
        return np.asarray(slacks[:, 1] - slacks[:, 0])
