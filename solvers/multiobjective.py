"""Several objectives at once: weighted sums, a strict order, and the front of what cannot be bettered in all."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pyomo.environ as pyo

from solvers.copies import add_row, has_plan, named, plan_values, with_objective
from solvers.dispatch import solve
from solvers.errors import ModelError
from solvers.report import SolveReport

SLACK_WEIGHT = 1e-4
"""Share of the main objective's range that all other objectives' improvements together may weigh."""
NEGLIGIBLE = 1e-6
ROOM = 1e-8
"""What an optimum may give, relative to it, when it is held as a constraint: room for rounding."""


@dataclass(frozen=True, slots=True)
class ParetoPoint:
    """One plan of a front: its objectives in their order, and its values by variable."""

    objectives: tuple[float, ...]
    values: dict[str, float]


@dataclass(frozen=True, slots=True)
class Front:
    """Plans of which none is better than another in every objective, in the order of the first.

    Attributes:
        names: of the objectives.
        is_maximized: for each.
        points: the plans.
    """

    names: tuple[str, ...]
    is_maximized: tuple[bool, ...]
    points: tuple[ParetoPoint, ...]

    def plot(self) -> Any:
        """A matplotlib figure of the first two objectives.

        Raises:
            ModuleNotFoundError: matplotlib is not installed.
        """
        from matplotlib.figure import Figure

        figure = Figure(figsize=(5, 4), layout="constrained")
        axes = figure.add_subplot()
        axes.plot(
            [point.objectives[0] for point in self.points],
            [point.objectives[1] for point in self.points],
            marker="o",
        )
        words = ["more is better" if is_maximized else "less is better" for is_maximized in self.is_maximized]
        axes.set_xlabel(f"{self.names[0]} ({words[0]})")
        axes.set_ylabel(f"{self.names[1]} ({words[1]})")
        return figure


def pareto(
    model: pyo.ConcreteModel,
    objectives: Sequence[str],
    *,
    points: int = 10,
    engine: str = "auto",
    time_limit: float | None = None,
) -> Front:
    """The Pareto front of two or more of a model's objectives, on a copy of it.

    The augmented epsilon-constraint method (Mavrotas 2009, doi:10.1016/j.amc.2009.03.037): the first objective is
    optimized while the others are held at the points of a grid between their best and worst, with a small reward
    for doing better, so that no plan comes out that another one dominates. It finds plans that no weighted sum
    does.

    Args:
        model: a model with several objectives; which of them are active does not matter.
        objectives: their names, the one to be optimized first.
        points: grid points for each objective but the first.
        engine: as for `solve`.
        time_limit: seconds for each solve.

    Raises:
        ModelError: an objective is missing, or has no optimum of its own.
    """
    if len(objectives) < 2:
        raise ModelError("a front needs two objectives or more")
    copy = model.clone()
    goals = [named(copy, name, pyo.Objective) for name in objectives]
    signs = [-1.0 if goal.sense == pyo.maximize else 1.0 for goal in goals]
    costs = [sign * goal.expr for sign, goal in zip(signs, goals, strict=True)]
    table = _payoff(copy, costs, objectives, engine, time_limit)
    best, worst = table.min(axis=0), table.max(axis=0)
    grids = [np.linspace(worst[k], best[k], points) for k in range(1, len(costs))]
    found: list[ParetoPoint] = []
    slacks = pyo.Var(range(1, len(costs)), domain=pyo.NonNegativeReals)
    copy.add_component("pareto_slack", slacks)
    limits = pyo.Param(range(1, len(costs)), initialize=0.0, mutable=True)
    copy.add_component("pareto_limit", limits)
    spans = np.maximum(worst - best, NEGLIGIBLE)
    for k in range(1, len(costs)):
        add_row(copy, costs[k] + spans[k] * slacks[k] <= limits[k])
    reward = SLACK_WEIGHT * spans[0] / max(1, len(costs) - 1)
    with_objective(copy, costs[0] - reward * sum(slacks[k] for k in slacks), pyo.minimize)
    for corner in product(*grids):
        for k, limit in enumerate(corner, start=1):
            limits[k] = float(limit)
        report = solve(copy, engine=engine, time_limit=time_limit)
        if has_plan(report):
            found.append(_point(report, goals, [slacks]))
    return Front(
        tuple(objectives),
        tuple(sign < 0 for sign in signs),
        tuple(_undominated(found, signs)),
    )


def _payoff(
    copy: pyo.ConcreteModel,
    costs: Sequence[Any],
    names: Sequence[str],
    engine: str,
    time_limit: float | None,
) -> np.ndarray:
    """Each objective's best in turn, then the others' best beside it: a square table of costs."""
    table = np.empty((len(costs), len(costs)))
    for first in range(len(costs)):
        order = [first, *(k for k in range(len(costs)) if k != first)]
        rows = []
        for k in order:
            with_objective(copy, costs[k], pyo.minimize)
            report = solve(copy, engine=engine, time_limit=time_limit)
            if not has_plan(report) or report.objective is None:
                raise ModelError(f"`{names[k]}` alone has no optimum: the model is {report.status.value}")
            table[first, k] = report.objective
            rows.append(add_row(copy, costs[k] <= report.objective + _tolerance(report.objective)))
        for row in rows:
            row.deactivate()
    return table


def _tolerance(value: float) -> float:
    return ROOM * max(1.0, abs(value))


def _point(report: SolveReport, goals: Sequence[Any], added: Sequence[Any] = ()) -> ParetoPoint:
    report.load()
    return ParetoPoint(tuple(float(pyo.value(goal.expr)) for goal in goals), plan_values(report, added))


def _undominated(found: Sequence[ParetoPoint], signs: Sequence[float]) -> list[ParetoPoint]:
    """The points that no other is at least as good as in all objectives, without repetitions, in order."""
    costs = [np.array(signs) * np.array(point.objectives) for point in found]
    kept: list[int] = []
    for i, cost in enumerate(costs):
        margin = NEGLIGIBLE * np.maximum(1.0, np.abs(cost))
        is_beaten = any(
            (other <= cost + margin).all() and ((other < cost - margin).any() or j < i)
            for j, other in enumerate(costs)
            if j != i
        )
        if not is_beaten:
            kept.append(i)
    return sorted((found[i] for i in kept), key=lambda point: point.objectives)


def weighted(
    model: pyo.ConcreteModel,
    weights: dict[str, float],
    *,
    engine: str = "auto",
    time_limit: float | None = None,
) -> ParetoPoint:
    """The plan with the best weighted sum of objectives; each counts in its own sense, so weights are positive.

    Raises:
        ModelError: an objective is missing, or there is no solution.
    """
    copy = model.clone()
    goals = [named(copy, name, pyo.Objective) for name in weights]
    signs = [-1.0 if goal.sense == pyo.maximize else 1.0 for goal in goals]
    total = sum(w * s * goal.expr for w, s, goal in zip(weights.values(), signs, goals, strict=True))
    with_objective(copy, total, pyo.minimize)
    return _point(_solved(copy, engine, time_limit), goals)


def lexicographic(
    model: pyo.ConcreteModel,
    objectives: Sequence[str],
    *,
    give: Sequence[float] = (),
    engine: str = "auto",
    time_limit: float | None = None,
) -> ParetoPoint:
    """The plan that is best in the first objective, of those best in the second, and so on.

    Args:
        model: a model with these objectives.
        objectives: their names, the most important first.
        give: for each but the last, by what share of its best it may be worse for the sake of the next.
        engine: as for `solve`.
        time_limit: seconds for each solve.

    Raises:
        ModelError: an objective is missing, or there is no solution.
    """
    copy = model.clone()
    goals = [named(copy, name, pyo.Objective) for name in objectives]
    shares = [*give, *[0.0] * (len(goals) - len(give))]
    report = None
    for goal, share in zip(goals, shares, strict=True):
        with_objective(copy, goal.expr, goal.sense)
        report = _solved(copy, engine, time_limit)
        assert report.objective is not None  # what is solved has one
        room = share * abs(report.objective) + _tolerance(report.objective)
        if goal.sense == pyo.maximize:
            add_row(copy, goal.expr >= report.objective - room)
        else:
            add_row(copy, goal.expr <= report.objective + room)
    assert report is not None  # there is at least one objective
    return _point(report, goals)


def _solved(copy: pyo.ConcreteModel, engine: str, time_limit: float | None) -> SolveReport:
    report = solve(copy, engine=engine, time_limit=time_limit)
    if not has_plan(report):
        raise ModelError(f"there is no solution: the model is {report.status.value}. {report.status.text}")
    return report
