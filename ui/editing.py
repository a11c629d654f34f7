"""A formulation as text and as rows of a form, and back, with what is wrong in it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from agent.data import Tables
from agent.errors import AgentError, FormulationError
from agent.formulation.instance import bind
from agent.formulation.model import Formulation

GROUPS = ("constraints", "variables")
_FIELDS = {
    "constraints": ("name", "meaning", "expression", "forall"),
    "variables": ("name", "meaning", "unit", "domain", "lower", "upper"),
}
Rows = list[dict[str, Any]]


def to_text(formulation: Formulation) -> str:
    """The formulation as text that can be edited: JSON without what goes without saying."""
    return json.dumps(
        formulation.model_dump(mode="json", exclude_defaults=True), indent=2, ensure_ascii=False
    )


def of_text(text: str) -> Formulation:
    """The formulation that an edited text says.

    Raises:
        FormulationError: it says none; the text names the line or the element.
    """
    try:
        return Formulation.model_validate(json.loads(text))
    except json.JSONDecodeError as error:
        raise FormulationError(
            f"line {error.lineno}, column {error.colno}: {error.msg}; mend the brackets, commas or quotes there"
        ) from None
    except ValidationError as error:
        raise FormulationError(_told(error)) from None


def _told(error: ValidationError) -> str:
    lines = []
    for item in error.errors():
        place = ".".join(str(part + 1) if isinstance(part, int) else part for part in item["loc"])
        lines.append(f"{place}: {item['msg']}" if place else item["msg"])
    return "\n".join(lines)


def to_rows(formulation: Formulation, group: str) -> Rows:
    """The constraints or variables as rows of a form, with text in every cell."""
    dumped = formulation.model_dump(mode="json")[group]
    return [{field: _cell(item[field]) for field in _FIELDS[group]} for item in dumped]


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def with_rows(
    formulation: Formulation, rows: Mapping[str, Sequence[Mapping[str, Any]]], objective: Mapping[str, str]
) -> Formulation:
    """The formulation with constraints, variables and objective as a form has them.

    Raises:
        FormulationError: a row cannot be one; the text names its group, number and cell.
    """
    dumped = formulation.model_dump(mode="json")
    before = {group: {item["name"]: item for item in dumped[group]} for group in GROUPS}
    for group in GROUPS:
        given = (row for row in rows[group] if any(_filled(row.get(field)) for field in _FIELDS[group]))
        dumped[group] = [
            {**before[group].get(str(row.get("name")), {}), **_item(row, group, number)}
            for number, row in enumerate(given, 1)
        ]
    dumped["objective"] |= objective
    try:
        return Formulation.model_validate(dumped)
    except ValidationError as error:
        raise FormulationError(_told(error)) from None


def _filled(value: object) -> bool:
    return value is not None and str(value).strip() not in ("", "nan")


def _item(row: Mapping[str, Any], group: str, number: int) -> dict[str, Any]:
    cells = {field: str(row[field]).strip() if _filled(row.get(field)) else "" for field in _FIELDS[group]}
    if group == "constraints":
        return {**cells, "name": cells["name"] or f"constraint_{number}"}
    bounds = {side: _bound(cells.pop(side)) for side in ("lower", "upper")}
    return {**cells, **bounds, "domain": cells["domain"] or "real"}


def _bound(text: str) -> float | str | None:
    """A bound as it was typed: nothing, a number, or an expression."""
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        return text


def fault_of(formulation: Formulation, tables: Tables) -> str:
    """What is wrong with a formulation and its data; empty if it can be solved."""
    try:
        bind(formulation, tables)
    except AgentError as error:
        return str(error)
    return ""


def edits(before: Formulation, after: Formulation) -> str:
    """Which elements differ, in words; empty if none does."""
    parts = []
    for group in ("sets", "parameters", "variables", "constraints"):
        old = {item.name: item for item in getattr(before, group)}
        new = {item.name: item for item in getattr(after, group)}
        kind = group.removesuffix("s")
        parts += [f"added {kind} {name}" for name in new if name not in old]
        parts += [f"left out {kind} {name}" for name in old if name not in new]
        parts += [f"changed {kind} {name}" for name in new if name in old and new[name] != old[name]]
    if before.objective != after.objective:
        parts.append("changed the objective")
    return ", ".join(parts)
