"""What if, why not, what hurts, what else: questions to an answer, solved anew with changes and compared."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import solvers
from agent.changes import Change, SetBound, SetNumber, changed, eased, find
from agent.comparison import Difference, compare
from agent.entries import located, parts, told
from agent.errors import UserError
from agent.formulation.compile import component_name
from agent.formulation.instance import Key
from agent.formulation.model import Domain, Element, Formulation
from agent.formulation.tightness import binding
from agent.solution import Solution
from agent.solving import DEFAULT_TIME_LIMIT_S, solve_formulation
from solvers import Plan

EASED_SHARE = 0.01
"""By what share of its limit a constraint is eased to see what it costs."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """An answer to changed circumstances, beside the one before."""

    solution: Solution
    difference: Difference


@dataclass(frozen=True, slots=True)
class Grip:
    """What one constraint holds back: `gain` is the better objective if its limit gives way by `by`."""

    constraint: str
    meaning: str
    by: float
    gain: float

    @property
    def per_unit(self) -> float:
        """The gain for each unit of the limit."""
        return self.gain / self.by


def what_if(solution: Solution, *changes: Change, time_limit: float = DEFAULT_TIME_LIMIT_S) -> WhatIf:
    """The answer with changes made to the formulation, compared to the one given.

    Raises:
        UserError: the solution has no formulation, or a change cannot be made.
    """
    formulation_of(solution)
    meant = [located(change, solution.instance) for change in changes]
    formulation = changed(_with_numbers_at_hand(solution, meant), meant)
    after = solve_formulation(formulation, solution.tables, time_limit=time_limit)
    return WhatIf(after, compare(solution, after))


def _with_numbers_at_hand(solution: Solution, changes: Iterable[Change]) -> Formulation:
    """The formulation, where parameters whose numbers are to change hold them by element."""
    formulation = formulation_of(solution)
    named = {change.parameter for change in changes if isinstance(change, SetNumber)}
    flat = {item.name for item in formulation.sets if item.dimension == 1}
    items = tuple(
        item.model_copy(update={"source": None, "values": _nested(solution.instance.parameters[item.name])})
        if item.name in named and flat.issuperset(item.indices)
        else item
        for item in formulation.parameters
    )
    return formulation.model_copy(update={"parameters": items})


def _nested(values: Mapping[Key, float]) -> Any:
    """Numbers by key as mappings of mappings, one level an index; a number where there is no index."""
    if () in values:
        return values[()]
    nested: dict[Any, Any] = {}
    for key, number in values.items():
        *path, last = key if isinstance(key, tuple) else (key,)
        place = nested
        for part in path:
            place = place.setdefault(part, {})
        place[last] = number
    return nested


def why_not_more(
    solution: Solution,
    variable: str,
    key: tuple[Element, ...] = (),
    *,
    by: float = 1.0,
    time_limit: float = DEFAULT_TIME_LIMIT_S,
) -> WhatIf:
    """What `by` more of a variable, or of its entry at `key`, would cost: the answer that has it.

    Raises:
        UserError: there is no such variable or entry, or the solution has no values.
    """
    item = find(formulation_of(solution).variables, variable, "variable")
    change = located(SetBound(variable=variable, side="lower", bound=None, key=key), solution.instance)
    values = solution.instance.keyed(solution.raw_values)[variable] if solution.raw_values else {}
    value = dict(zip(parts(values), values.values(), strict=True)).get(change.key)
    if value is None:
        raise UserError(f"`{variable}` has no single value to raise; name one entry where it has several")
    if item.domain is Domain.BINARY and value > 0.5:
        raise UserError(f"`{variable}`{f' at {told(key)}' if key else ''} is already at its most, 1")
    step = max(1.0, round(by)) if item.domain is not Domain.REAL else by
    return what_if(solution, change.model_copy(update={"bound": value + step}), time_limit=time_limit)


def what_hurts(solution: Solution, *, time_limit: float = DEFAULT_TIME_LIMIT_S) -> list[Grip]:
    """The constraints that hold the objective back, the worst first: by re-solving with each eased a little.

    This holds for whole numbers and nonlinear models, too, where duals do not. Each is eased by a hundredth of its
    limit, by at least 1; the order is by the gain for each unit.

    Raises:
        UserError: the solution has no values.
    """
    formulation = formulation_of(solution)
    if solution.objective is None:
        raise UserError("without a solution there is nothing that a constraint holds back")
    instance = solution.instance
    tight = set(binding(instance, instance.keyed(solution.raw_values)))
    sign = 1.0 if formulation.objective.sense == "maximize" else -1.0
    found = []
    for constraint in formulation.constraints:
        if (constraint.meaning or constraint.name) not in tight:
            continue
        by = _step(constraint.expression)
        easier = eased(constraint, by)
        if easier is None:
            continue
        items = tuple(easier if item is constraint else item for item in formulation.constraints)
        after = solve_formulation(
            formulation.model_copy(update={"constraints": items}), solution.tables, time_limit=time_limit
        )
        if after.objective is not None:
            gain = sign * (after.objective - solution.objective)
            found.append(Grip(constraint.name, constraint.meaning, by, max(0.0, gain)))
    return sorted(found, key=lambda grip: -grip.per_unit)


def other_plans(
    solution: Solution, count: int = 3, *, within: float = 0.05, time_limit: float = DEFAULT_TIME_LIMIT_S
) -> list[Plan]:
    """The optimum and other plans at most a share `within` worse, each unlike those before.

    Raises:
        UserError: the solution has no formulation.
    """
    own = {component_name(item.name) for item in formulation_of(solution).variables}
    plans = solvers.alternatives(solution.model, count, within=within, time_limit=time_limit)
    return [
        replace(plan, values={name: v for name, v in plan.values.items() if name.partition("[")[0] in own})
        for plan in plans
    ]


def formulation_of(solution: Solution) -> Formulation:
    """The formulation that was solved.

    Raises:
        UserError: there is none.
    """
    if solution.formulation is None:
        raise UserError("there is no formulation to ask about: the question was not answered")
    return solution.formulation


def _step(expression: str) -> float:
    """By how much to ease a limit: a hundredth of the number it ends in, at least 1."""
    last = expression.replace("<=", " ").replace(">=", " ").split()[-1]
    try:
        return max(1.0, round(EASED_SHARE * abs(float(last))))
    except ValueError:
        return 1.0


def told_changes(changes: Iterable[Change]) -> str:
    """The changes in words, for a person to check what was understood."""
    return "; ".join(_told(change) for change in changes)


def _told(change: Change) -> str:
    fields = change.model_dump(exclude={"kind"}, exclude_defaults=True)
    if "key" in fields:
        fields["at"] = ", ".join(map(str, fields.pop("key")))
    return f"{change.kind.replace('_', ' ')}: " + ", ".join(
        f"{name} {value}" for name, value in fields.items()
    )
