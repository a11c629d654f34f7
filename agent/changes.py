"""Typed changes to a formulation: what what-if questions are made of."""

import re
from collections.abc import Iterable
from itertools import chain
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import FormulationError
from agent.formulation.model import Constraint, Element, Formulation, Parameter, Sense, Variable
from agent.formulation.rows import loops_of, one, others

_NAME = re.compile(r"[A-Za-z_]\w*")
_RELATION = re.compile(r"^(?P<left>[^<>=!]*)(?P<sign><=|>=|==)(?P<right>[^<>=!]*)$", re.DOTALL)


class _Change(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class _EntryChange(_Change):
    """A change of one entry of something indexed: `key` is its combination of elements; empty is all of it."""

    key: tuple[Element, ...] = ()


class SetLimit(_EntryChange):
    """A constraint, or one row of it, with a number as its right-hand side."""

    kind: Literal["set_limit"] = "set_limit"
    constraint: str
    limit: float


class EaseLimit(_Change):
    """An inequality whose limit gives way by an amount, in each of its rows."""

    kind: Literal["ease_limit"] = "ease_limit"
    constraint: str
    by: float = Field(gt=0)


class SetNumber(_EntryChange):
    """A parameter with another number."""

    kind: Literal["set_number"] = "set_number"
    parameter: str
    number: float


class SetBound(_EntryChange):
    """A variable with another bound; None takes it away."""

    kind: Literal["set_bound"] = "set_bound"
    variable: str
    side: Literal["lower", "upper"]
    bound: float | None


class AddConstraint(_Change):
    """One more constraint."""

    kind: Literal["add_constraint"] = "add_constraint"
    expression: str
    forall: str = ""
    meaning: str = ""


class DropConstraint(_EntryChange):
    """A constraint, or one row of it, less."""

    kind: Literal["drop_constraint"] = "drop_constraint"
    constraint: str


class SetObjective(_Change):
    """Another objective."""

    kind: Literal["set_objective"] = "set_objective"
    sense: Sense
    expression: str


Change = Annotated[
    SetLimit | EaseLimit | SetNumber | SetBound | AddConstraint | DropConstraint | SetObjective,
    Field(discriminator="kind"),
]


def changed(formulation: Formulation, changes: Iterable[Change]) -> Formulation:
    """A new formulation with the changes made in their order.

    Raises:
        FormulationError: a change names what is not there, or cannot be made; the text says what can.
    """
    for change in changes:
        formulation = _changed(formulation, change)
    return formulation


def _changed(formulation: Formulation, change: Change) -> Formulation:
    match change:
        case SetLimit():
            old = find(formulation.constraints, change.constraint, "constraint")
            kept = () if not change.key else (others(old, change.key),)
            row = old if not change.key else one(old, change.key, _free_name(formulation))
            names = {variable.name for variable in formulation.variables}
            return _replace(formulation, "constraints", old, *kept, _with_limit(row, change.limit, names))
        case EaseLimit():
            old = find(formulation.constraints, change.constraint, "constraint")
            easier = eased(old, change.by)
            if easier is None:
                raise FormulationError(
                    f"constraint `{old.name}` has no limit that could give way: {old.expression}; drop it instead"
                )
            return _replace(formulation, "constraints", old, easier)
        case SetNumber():
            parameter = find(formulation.parameters, change.parameter, "parameter")
            return _replace(formulation, "parameters", parameter, _with_number(parameter, change))
        case SetBound():
            variable = find(formulation.variables, change.variable, "variable")
            if change.key:
                return _with_bound_of_one(formulation, variable, change)
            new = variable.model_copy(update={change.side: change.bound})
            return _replace(formulation, "variables", variable, new)
        case AddConstraint():
            name = _free_name(formulation)
            new = Constraint(
                name=name, meaning=change.meaning, expression=change.expression, forall=change.forall
            )
            return formulation.model_copy(update={"constraints": (*formulation.constraints, new)})
        case DropConstraint():
            old = find(formulation.constraints, change.constraint, "constraint")
            kept = (others(old, change.key),) if change.key else ()
            return _replace(formulation, "constraints", old, *kept)
        case SetObjective():
            update = {"sense": change.sense, "expression": change.expression}
            return formulation.model_copy(
                update={"objective": formulation.objective.model_copy(update=update)}
            )


def find(items: tuple[Any, ...], name: str, kind: str) -> Any:
    """The item of that name.

    Raises:
        FormulationError: there is none; the text names those that there are.
    """
    found = next((item for item in items if item.name == name), None)
    if found is None:
        known = ", ".join(f"`{item.name}`" for item in items) or "none"
        raise FormulationError(f"there is no {kind} `{name}`; the formulation has: {known}")
    return found


def _replace(formulation: Formulation, group: str, old: Any, *new: Any) -> Formulation:
    items = (new if item is old else (item,) for item in getattr(formulation, group))
    return formulation.model_copy(update={group: tuple(chain.from_iterable(items))})


def _with_bound_of_one(formulation: Formulation, variable: Variable, change: SetBound) -> Formulation:
    """One entry with another bound: as a constraint, and so is the bound of the others if it was stricter."""
    sign, old = ("<=", variable.upper) if change.side == "upper" else (">=", variable.lower)
    if isinstance(old, str):
        raise FormulationError(
            f"the {change.side} bound of `{variable.name}` is `{old}`; change the parameter there instead"
        )
    name = _free_name(formulation)
    loops, subscripts = loops_of(variable, formulation)
    family = Constraint(
        name=f"{name}_others",
        expression=f"{variable.name}[{subscripts}] {sign} {_shown(old or 0)}",
        forall=loops,
    )
    row = f"{variable.name}[{', '.join(map(repr, change.key))}] {sign} "
    added = () if change.bound is None else (Constraint(name=name, expression=row + _shown(change.bound)),)
    is_stricter = old is None or (
        change.bound is not None and (change.bound <= old if sign == "<=" else change.bound >= old)
    )
    if not is_stricter:
        formulation = _replace(
            formulation, "variables", variable, variable.model_copy(update={change.side: None})
        )
        added = (others(family, change.key), *added)
    return formulation.model_copy(update={"constraints": (*formulation.constraints, *added)})


def _with_limit(constraint: Constraint, limit: float, names: set[str]) -> Constraint:
    match = _RELATION.match(constraint.expression)
    if match is None:
        raise FormulationError(
            f"constraint `{constraint.name}` has no single right-hand side: {constraint.expression}; "
            "drop it and add another"
        )
    left, sign, right = match["left"].strip(), match["sign"], match["right"].strip()
    shown = _shown(limit)
    if not names & set(_NAME.findall(right)):
        expression = f"{left} {sign} {shown}"
    elif not names & set(_NAME.findall(left)):  # a limit that is written on the left
        expression = f"{shown} {sign} {right}"
    else:
        raise FormulationError(
            f"constraint `{constraint.name}` has variables on both sides: {constraint.expression}; "
            "drop it and add another"
        )
    return constraint.model_copy(update={"expression": expression})


def _shown(number: float) -> str:
    """A number with all its digits; a whole one without a point."""
    return str(int(number)) if float(number).is_integer() and abs(number) < 1e15 else repr(float(number))


def _with_number(parameter: Parameter, change: SetNumber) -> Parameter:
    if parameter.source is not None:
        raise FormulationError(
            f"parameter `{parameter.name}` is read from column `{parameter.source.column}` of table "
            f"`{parameter.source.table}`; change the data"
        )
    values = _put(parameter.values, change.key, change.number, parameter.name)
    try:
        return Parameter.model_validate({**parameter.model_dump(), "values": values})
    except ValidationError as error:
        raise FormulationError(f"parameter `{parameter.name}`: {error.errors()[0]['msg']}") from None


def _put(values: Any, key: tuple[Element, ...], number: float, name: str) -> Any:
    """The values with one number, or all below `key`, replaced."""
    if isinstance(values, dict):
        if not key:
            return {part: _put(value, (), number, name) for part, value in values.items()}
        words = {str(part): part for part in values}
        if str(key[0]) not in words:
            raise FormulationError(f"parameter `{name}` has no entry `{key[0]}`; it has: {', '.join(words)}")
        place = words[str(key[0])]
        return {**values, place: _put(values[place], key[1:], number, name)}
    if isinstance(values, tuple | list):
        if key:
            raise FormulationError(
                f"parameter `{name}` is a list in the order of its sets; only agent.what_if knows which number is whose"
            )
        return tuple(_put(value, (), number, name) for value in values)
    if key:
        raise FormulationError(f"parameter `{name}` is one number; leave the key out")
    return number


def _free_name(formulation: Formulation) -> str:
    groups = (formulation.sets, formulation.parameters, formulation.variables, formulation.constraints)
    taken = {item.name for group in groups for item in group}
    return next(f"added_{number}" for number in range(1, len(taken) + 2) if f"added_{number}" not in taken)


def eased(constraint: Constraint, by: float) -> Constraint | None:
    """The constraint with its limit moved so that it holds back less; None for equations and other conditions."""
    match = _RELATION.match(constraint.expression)
    if match is None or match["sign"] == "==":
        return None
    step = f"{'+' if match['sign'] == '<=' else '-'} {_shown(by)}"
    expression = f"{match['left'].strip()} {match['sign']} {match['right'].strip()} {step}"
    return constraint.model_copy(update={"expression": expression})
