"""Mesh-adaptive direct search with surrogate attacks, for black boxes with rows."""

import numpy as np

from solvers.errors import ModelError
from solvers.numeric.methods.answer import MethodResult
from solvers.numeric.methods.blackbox.problems import BlackBox
from solvers.numeric.methods.blackbox.surrogate import Surrogate, attack, fitted
from solvers.numeric.methods.blackbox.trials import Trial, Trials, begun_at
from solvers.numeric.nl.model import Floats
from solvers.numeric.outcome import Outcome

FIRST_FRAME = 0.125
"""Half a side of the first frame, in sides of the box."""
SMALLEST_FRAME = 2.0**-26
FINENESS = 2.0**-6
"""Of the mesh: attacks are rounded to it."""
MOST_VARIABLES = 50
"""Beyond it a model would take more points than evaluations that are expensive."""
REACH = 2.0
"""Radius of an attack, in frames."""
TRIGGER = 0.1
"""Relative gain of f by which the infeasible incumbent takes the lead."""


class Barrier:
    """The incumbents of the progressive barrier: Audet and Dennis (2009), sections 2 and 3.

    A point that failed is never an incumbent (the extreme barrier); one that violates rows is while h, the sum of
    squared violations, is at most a limit which falls.
    """

    def __init__(self, first: Trial) -> None:
        """Begins at one point."""
        self.feasible: Trial | None = None
        self.infeasible: Trial | None = None
        self.limit = np.inf
        self._kept: list[Trial] = []
        self.take(first)

    def take(self, trial: Trial) -> bool:
        """Whether the point dominates an incumbent; it is kept where it may serve as one."""
        if trial.is_feasible:
            better = self.feasible is None or trial.value < self.feasible.value
            self.feasible = trial if better else self.feasible
            return better
        if not trial.violation <= self.limit or not np.isfinite(trial.value):
            return False
        self._kept.append(trial)
        old = self.infeasible
        if old is None or _dominates(trial, old):
            self.infeasible = trial
            return True
        return False

    def tighten(self, dominated: bool) -> bool:
        """Lower the limit after an iteration; whether an infeasible point of less h was found."""
        old = self.infeasible
        if old is None:
            return False
        less = [trial for trial in self._kept if trial.violation < old.violation]
        improved = bool(less) and not dominated
        self.limit = max(trial.violation for trial in less) if improved else old.violation
        self._kept = [trial for trial in self._kept if trial.violation <= self.limit]
        front = [t for t in self._kept if not any(_dominates(other, t) for other in self._kept)]
        self.infeasible = min(front, key=lambda trial: trial.value)
        return improved

    def centres(self) -> list[Trial]:
        """Whom to poll around, the primary one first."""
        both = [trial for trial in (self.feasible, self.infeasible) if trial is not None]
        if len(both) == 2 and both[1].value < both[0].value - TRIGGER * abs(both[0].value):
            both.reverse()
        return both


def _dominates(one: Trial, other: Trial) -> bool:
    no_worse = one.value <= other.value and one.violation <= other.violation
    return no_worse and (one.value < other.value or one.violation < other.violation)


def directions(n: int, frame: float, mesh: float, draw: np.random.Generator) -> Floats:
    """2n orthogonal directions on the mesh, (2n, n), the largest entry of each the frame's size.

    Columns of a Householder matrix of a random unit vector, rounded: Audet and Hare, Derivative-Free and Blackbox
    Optimization (2017), algorithm 8.2.
    """
    v = draw.normal(size=n)
    v /= np.linalg.norm(v)
    turned = np.eye(n) - 2 * np.outer(v, v)
    turned /= np.max(np.abs(turned), axis=1, keepdims=True)
    basis = mesh * np.round(turned * frame / mesh)
    return np.vstack([basis, -basis])


def solve_mads(problem: BlackBox, start: object, *, seed: int, deadline: float) -> MethodResult:
    """The best point of a search whose mesh shrinks where neither an attack nor a poll succeeds.

    Source: Abramson, Audet, Dennis and Le Digabel, OrthoMADS (2009), with the directions of `directions`, the
    progressive barrier of `Barrier`, and in the search step attacks by quadratic models, as in Conn
    and Le Digabel, Use of Quadratic Models with Mesh-Adaptive Direct Search (2013); the frame doubles
    and halves, and the mesh is min(frame, frame^2) / 64.

    Args:
        problem: with or without rows.
        start: (n,) in the box, or None for its centre.
        seed: of the directions.
        deadline: on `time.monotonic()`.

    Raises:
        ModelError: the problem is malformed, or has too many variables.
    """
    draw = np.random.default_rng(seed)
    trials = Trials(problem, deadline)
    n = trials.box.lower.size
    if n > MOST_VARIABLES:
        raise ModelError(f"the box has {n} variables; mads takes {MOST_VARIABLES} at most")
    first = trials.at(begun_at(trials.box, start))
    while not np.isfinite(first.value) and not trials.is_over:
        first = trials.at(draw.uniform(size=n))
    barrier, frame = Barrier(first), FIRST_FRAME
    seen = {trial.unit.tobytes() for trial in trials.done}

    def succeeds(unit: Floats) -> bool:
        snapped = np.clip(unit, 0.0, 1.0)
        if trials.is_over or snapped.tobytes() in seen:
            return False
        seen.add(snapped.tobytes())
        return barrier.take(trials.at(snapped))

    while not trials.is_over and frame >= SMALLEST_FRAME and barrier.centres():
        mesh = FINENESS * min(frame, frame**2)
        success = False
        for rank, centre in enumerate(barrier.centres()):
            model = fitted(trials.done, centre.unit)
            if model is not None:
                aimed = attack(model, REACH * frame)
                success = succeeds(centre.unit + mesh * np.round((aimed - centre.unit) / mesh))
            if success:
                break
            basis = directions(n, frame, mesh, draw)
            poll = centre.unit + (basis if rank == 0 else basis[[0, n]])
            success = any(succeeds(unit) for unit in _ordered(np.clip(poll, 0.0, 1.0), model))
            if success:
                break
        improved = barrier.tighten(success)
        frame = min(2 * frame, 1.0) if success else frame if improved else frame / 2
    has_ended = frame < SMALLEST_FRAME
    feasible = trials.best is not None and trials.best.is_feasible
    outcome = (Outcome.STALLED if feasible else Outcome.INFEASIBLE) if has_ended else Outcome.LIMIT
    return trials.result("mads, OrthoMADS (2009) with attacks by quadratic models", outcome)


def _ordered(poll: Floats, model: Surrogate | None) -> Floats:
    """The poll, what the model promises most of first."""
    if model is None:
        return poll
    values = model.values(poll)
    return poll[np.lexsort((values[:, 0], np.sum(np.maximum(values[:, 1:], 0.0) ** 2, axis=1)))]
