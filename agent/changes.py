"""Typed changes to a formulation: what what-if questions are made of."""

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import FormulationError
from agent.formulation.model import Constraint, Formulation, Parameter, Sense, Variable

_NAME = re.compile(r"[A-Za-z_]\w*")
_RELATION = re.compile(r"^(?P<left>[^<>=!]*)(?P<sign><=|>=|==)(?P<right>[^<>=!]*)$", re.DOTALL)


class _Change(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SetLimit(_Change):
    """A constraint with another right-hand side: a number in the place of what stands there."""

    kind: Literal["set_limit"] = "set_limit"
    constraint: str
    limit: float


class EaseLimit(_Change):
    """An inequality whose limit gives way by an amount, in each of its rows."""

    kind: Literal["ease_limit"] = "ease_limit"
    constraint: str
    by: float = Field(gt=0)


class SetNumber(_Change):
    """A parameter with another number, for one combination of its indices or, where `key` is empty, for all."""

    kind: Literal["set_number"] = "set_number"
    parameter: str
    number: float
    key: tuple[int | str, ...] = ()


class SetBound(_Change):
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


class DropConstraint(_Change):
    """A constraint less."""

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
            old = _find(formulation.constraints, change.constraint, "constraint")
            names = {variable.name for variable in formulation.variables}
            return _replace(formulation, "constraints", old, _with_limit(old, change.limit, names))
        case EaseLimit():
            old = _find(formulation.constraints, change.constraint, "constraint")
            easier = eased(old, change.by)
            if easier is None:
                raise FormulationError(
                    f"constraint `{old.name}` has no limit that could give way: {old.expression}; drop it instead"
                )
            return _replace(formulation, "constraints", old, easier)
        case SetNumber():
            parameter = _find(formulation.parameters, change.parameter, "parameter")
            return _replace(formulation, "parameters", parameter, _with_number(parameter, change))
        case SetBound():
            variable = _find(formulation.variables, change.variable, "variable")
            new = variable.model_copy(update={change.side: change.bound})
            return _replace(formulation, "variables", variable, new)
        case AddConstraint():
            name = _free_name(formulation)
            new = Constraint(
                name=name, meaning=change.meaning, expression=change.expression, forall=change.forall
            )
            return formulation.model_copy(update={"constraints": (*formulation.constraints, new)})
        case DropConstraint():
            old = _find(formulation.constraints, change.constraint, "constraint")
            kept = tuple(item for item in formulation.constraints if item is not old)
            return formulation.model_copy(update={"constraints": kept})
        case SetObjective():
            update = {"sense": change.sense, "expression": change.expression}
            return formulation.model_copy(
                update={"objective": formulation.objective.model_copy(update=update)}
            )


def _find(items: tuple[Any, ...], name: str, kind: str) -> Any:
    found = next((item for item in items if item.name == name), None)
    if found is None:
        known = ", ".join(f"`{item.name}`" for item in items) or "none"
        raise FormulationError(f"there is no {kind} `{name}`; the formulation has: {known}")
    return found


def _replace(formulation: Formulation, group: str, old: Any, new: Any) -> Formulation:
    items = tuple(new if item is old else item for item in getattr(formulation, group))
    return formulation.model_copy(update={group: items})


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


def _put(values: Any, key: tuple[int | str, ...], number: float, name: str) -> Any:
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
        if not key:
            return tuple(_put(value, (), number, name) for value in values)
        if not isinstance(key[0], int) or not 0 <= key[0] < len(values):
            raise FormulationError(
                f"parameter `{name}` is a list of {len(values)} numbers; name a place from 0 to {len(values) - 1}"
            )
        return tuple(
            _put(value, key[1:], number, name) if place == key[0] else value
            for place, value in enumerate(values)
        )
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


def forced_up(variable: Variable, value: float) -> SetBound:
    """The change that asks for at least so much of a variable."""
    return SetBound(variable=variable.name, side="lower", bound=value)
