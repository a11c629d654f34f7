"""What has been evaluated of a black box: counted, failures survived, the best kept."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from solvers.errors import ModelError
from solvers.numeric.methods.answer import MethodResult, answered
from solvers.numeric.methods.blackbox.problems import BlackBox
from solvers.numeric.nl.model import Floats
from solvers.numeric.outcome import Outcome

TOLERATED = 1e-9
"""Violation of a row that counts as none."""


class Trial(NamedTuple):
    """One evaluation: its place in the unit cube (n,), f, and c (m,); f is infinite where it failed."""

    unit: Floats
    value: float
    rows: Floats

    @property
    def violation(self) -> float:
        """The sum of the squared violations, h of the progressive barrier; infinite where the point failed."""
        return float(np.sum(np.maximum(self.rows, 0.0) ** 2)) if np.isfinite(self.value) else np.inf

    @property
    def is_feasible(self) -> bool:
        """Whether it did not fail and no row is violated."""
        return bool(np.isfinite(self.value) and np.all(self.rows <= TOLERATED))


class Span(NamedTuple):
    """A box with its unit cube."""

    lower: Floats
    upper: Floats

    def out(self, unit: Floats) -> Floats:
        """Where a point of the unit cube lies in the box."""
        return np.clip(self.lower + unit * (self.upper - self.lower), self.lower, self.upper)

    def into(self, x: Floats) -> Floats:
        """The place of a point in the unit cube."""
        return np.asarray((x - self.lower) / (self.upper - self.lower))


def span(lower: Any, upper: Any) -> Span:
    """The box, checked.

    Raises:
        ModelError: it is no box with finite bounds and an inside.
    """
    low, high = np.atleast_1d(np.asarray(lower, float)), np.atleast_1d(np.asarray(upper, float))
    if low.ndim != 1 or low.shape != high.shape or not low.size:
        raise ModelError(
            f"the bounds have shapes {low.shape} and {high.shape}; give two vectors of one length"
        )
    if not (np.all(np.isfinite(low)) and np.all(np.isfinite(high))):
        raise ModelError("the box has infinite bounds; a black box is searched within finite ones")
    if np.any(low >= high):
        raise ModelError(f"lower bound {int(np.argmax(low >= high))} is not below the upper one")
    return Span(low, high)


def begun_at(box: Span, start: Any) -> Floats:
    """The start within the unit cube; its centre where none is given.

    Raises:
        ModelError: the start is no point of the box.
    """
    if start is None:
        return np.full(box.lower.size, 0.5)
    first = np.asarray(start, float)
    if first.shape != box.lower.shape or not np.all((box.lower <= first) & (first <= box.upper)):
        raise ModelError(f"the start is no point of the box, which has {box.lower.size} variables")
    return box.into(first)


def guarded(function: Callable[[], Any]) -> Floats:
    """Numbers from a callable, (k,); NaN where it raises, whatever it raises."""
    try:
        return np.atleast_1d(np.asarray(function(), float)).ravel()
    except Exception:  # a failed evaluation is a value, of whichever cause
        return np.array([np.nan])


class Trials:
    """The evaluations of one run, by points of the unit cube."""

    def __init__(self, problem: BlackBox, deadline: float) -> None:
        """Takes the problem, checked here, and the deadline on `time.monotonic()`."""
        if problem.evaluations < 1:
            raise ModelError(f"{problem.evaluations} evaluations were asked for; give 1 or more")
        self.box = span(problem.lower, problem.upper)
        self.done: list[Trial] = []
        self.best: Trial | None = None
        self._problem, self._deadline = problem, deadline
        self._history: list[tuple[float, float]] = []

    @property
    def is_over(self) -> bool:
        """Whether the budget or the time is spent."""
        return len(self.done) >= self._problem.evaluations or time.monotonic() >= self._deadline

    def at(self, unit: Floats) -> Trial:
        """The evaluation of one point."""
        x = self.box.out(unit)
        value = guarded(lambda: self._problem.function(x.copy()))
        rows = np.zeros(0) if self._problem.rows is None else guarded(lambda: self._problem.rows(x.copy()))  # type: ignore[misc]
        is_good = value.size == 1 and np.isfinite(value[0]) and np.all(np.isfinite(rows))
        trial = Trial(np.asarray(unit, float), float(value[0]) if is_good else np.inf, rows)
        self.done.append(trial)
        if is_good and (self.best is None or _merit(trial) < _merit(self.best)):
            self.best = trial
        if self.best is not None and self.best.is_feasible:
            self._history.append((float(len(self.done)), self.best.value))
        return trial

    def result(self, route: str, outcome: Outcome = Outcome.LIMIT) -> MethodResult:
        """The best feasible point, else the least infeasible; undefined where every point failed."""
        best = self.best
        if best is None:
            best, outcome = Trial(self.done[0].unit, np.nan, np.zeros(0)), Outcome.UNDEFINED
        failed = sum(not np.isfinite(trial.value) for trial in self.done)
        return answered(
            self.box.out(best.unit), best.value, outcome, error=float("nan"), evaluations=len(self.done),
            iterations=len(self.done), violation=float(np.max(best.rows, initial=0.0)), history=self._history,
            route=f"{route}; {failed} of {len(self.done)} points failed",
        )  # fmt: skip


def _merit(trial: Trial) -> tuple[float, float]:
    return (0.0 if trial.is_feasible else trial.violation, trial.value)
