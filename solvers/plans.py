"""Other plans: the next best ones of a model with whole variables, and different ones that are nearly as good."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo

from solvers.copies import add_row, has_plan, plan_values, with_objective
from solvers.dispatch import solve
from solvers.errors import ModelError
from solvers.matrix import the_objective
from solvers.report import SolveReport, Status

NEGLIGIBLE = 1e-6
ROOM = 1e-8
"""What an optimum may give, relative to it, when it is held as a constraint: room for rounding."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan.

    Attributes:
        objective: its objective.
        values: by variable.
        is_proven: whether the optimum that it follows or stays near was proven; a time limit can leave that open.
    """

    objective: float
    values: dict[str, float]
    is_proven: bool = True


def best(
    model: pyo.ConcreteModel, count: int, *, engine: str = "auto", time_limit: float | None = None
) -> list[Plan]:
    """The best plans of a model by objective, each with other whole values; fewer where there are no more.

    After each solve a cut forbids its whole values: for binaries the no-good cut of Balas and Jeroslow (1972), for
    others a binary for each direction in which a value may differ.

    Args:
        model: a model with binary or bounded integer variables; it is left as it is.
        count: how many plans.
        engine: as for `solve`.
        time_limit: seconds for each solve.

    Raises:
        ModelError: no variable is whole, or a whole one has no bounds.
    """
    copy = model.clone()
    found = copy.component_data_objects(pyo.Var, active=True, descend_into=True)
    whole = [var for var in found if not var.is_continuous() and not var.fixed]
    if not whole:
        raise ModelError(
            "the next best plan needs whole variables; ask for alternatives within a margin instead"
        )
    for var in whole:
        if var.lb is None or var.ub is None:
            raise ModelError(f"`{var.name}` has no finite bounds, which forbidding a plan needs")
    copy.other_plans = pyo.ConstraintList()
    copy.other_sides = pyo.VarList(domain=pyo.Binary)
    plans: list[Plan] = []
    while len(plans) < count:
        report = solve(copy, engine=engine, time_limit=time_limit)
        if not has_plan(report):
            break
        plans.append(_plan(report, [copy.other_sides]))
        report.load()
        copy.other_plans.add(sum(_differs(copy, var) for var in whole) >= 1)
    return plans


def _differs(copy: Any, var: Any) -> Any:
    """An expression that can be 1 only if the variable differs from the value it holds."""
    value = round(var.value)
    if var.is_binary():
        return 1 - var if value else var
    up, down = copy.other_sides.add(), copy.other_sides.add()
    copy.other_plans.add(var >= (value + 1) * up + var.lb * (1 - up))
    copy.other_plans.add(var <= (value - 1) * down + var.ub * (1 - down))
    return up + down


def alternatives(
    model: pyo.ConcreteModel,
    count: int,
    *,
    within: float = 0.05,
    engine: str = "auto",
    time_limit: float | None = None,
) -> list[Plan]:
    """The optimum and other plans whose objective is at most a share `within` worse, each unlike those before.

    Modelling to generate alternatives, by hop, skip and jump (Brill, Chang and Hopkins 1982): the sum of the
    variables that were used before is made as small as the margin allows. Where that repeats itself, the next best
    plans follow, of a model with bounded whole variables.

    Args:
        model: any model; it is left as it is.
        count: how many plans, the optimum included; fewer where no other ones are found.
        within: share of the optimum that may be given up.
        engine: as for `solve`.
        time_limit: seconds for each solve.

    Raises:
        ModelError: as `solve`.
    """
    copy = model.clone()
    goal = the_objective(copy)
    first = solve(copy, engine=engine, time_limit=time_limit)
    if not has_plan(first) or first.objective is None:
        return []
    plans, uses = [_plan(first)], _uses(first)
    margin = within * abs(first.objective) + ROOM * max(1.0, abs(first.objective))
    if goal.sense == pyo.maximize:
        add_row(copy, goal.expr >= first.objective - margin)
    else:
        add_row(copy, goal.expr <= first.objective + margin)
    by_name = {var.name: var for var in copy.component_data_objects(pyo.Var)}
    while len(plans) < count:
        scales = {name: max(1.0, max(abs(plan.values[name]) for plan in plans)) for name in uses}
        used = sum(_sign(plans, name) * by_name[name] / scales[name] for name in sorted(uses))
        if uses:
            with_objective(copy, used, pyo.minimize)
        else:  # the plan is to do nothing: look for one that does most
            with_objective(copy, sum(var for var in by_name.values() if var.ub is not None), pyo.maximize)
        report = solve(copy, engine=engine, time_limit=time_limit)
        if not has_plan(report):
            break
        report.load()
        plan = Plan(float(pyo.value(goal.expr)), report.values, plans[0].is_proven)
        if any(_is_same(plan, other) for other in plans):
            break
        plans.append(plan)
        uses |= _uses(report)
    missing = count - len(plans)
    return plans if missing <= 0 else [*plans, *_further(model, plans, missing, margin, engine, time_limit)]


def _further(
    model: pyo.ConcreteModel,
    plans: Sequence[Plan],
    missing: int,
    margin: float,
    engine: str,
    time_limit: float | None,
) -> list[Plan]:
    """The next best plans of a model with whole variables within the margin, besides those known."""
    with suppress(ModelError):  # no whole variables, or unbounded ones: there is no next best
        ordered = best(model, missing + len(plans), engine=engine, time_limit=time_limit)
        fresh = [plan for plan in ordered if not any(_is_same(plan, known) for known in plans)]
        return [plan for plan in fresh if abs(plan.objective - plans[0].objective) <= margin][:missing]
    return []


def _plan(report: SolveReport, added: Sequence[Any] = ()) -> Plan:
    assert report.objective is not None  # a report with a plan has one
    return Plan(report.objective, plan_values(report, added), report.status is Status.OPTIMAL)


def _uses(report: SolveReport) -> set[str]:
    return {name for name, value in report.values.items() if abs(value) > NEGLIGIBLE}


def _sign(plans: Sequence[Plan], name: str) -> float:
    """On which side of 0 a variable was last used."""
    return next(-1.0 if plan.values[name] < 0 else 1.0 for plan in reversed(plans) if plan.values[name])


def _is_same(a: Plan, b: Plan) -> bool:
    return all(
        abs(value - b.values[name]) <= NEGLIGIBLE * max(1.0, abs(value)) for name, value in a.values.items()
    )


def differences(plans: Sequence[Plan]) -> dict[str, tuple[float, ...]]:
    """The variables in which plans differ, with each plan's value."""
    names = plans[0].values if plans else {}
    table = {name: tuple(plan.values[name] for plan in plans) for name in names}
    return {name: row for name, row in table.items() if max(row) - min(row) > NEGLIGIBLE}
