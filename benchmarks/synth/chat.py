"""A task as a conversation to fine-tune on: the agent's own prompt, answered in the form that it asks for."""

import json
from typing import Any

from pydantic import ValidationError

from agent.formulation import Domain, Formulation, Parameter, Variable
from agent.formulation.schema import IndexedReply
from agent.prompts import fenced, load


def conversation(question: str, formulation: Formulation) -> dict[str, Any] | None:
    """The messages; None where the reply's form has no way to say the formulation, such as sets of pairs."""
    answer = reply(formulation)
    if answer is None:
        return None
    turns = {
        "system": load("formulate_indexed")[0].content,
        "user": fenced("problem", question),
        "assistant": json.dumps(answer),
    }
    return {"messages": [{"role": role, "content": content} for role, content in turns.items()]}


def reply(formulation: Formulation) -> dict[str, Any] | None:
    """The formulation as an indexed reply, with bounds as constraints; None where it cannot be said so."""
    bounds = [text for variable in formulation.variables for text in _bounds(variable)]
    limits = [
        {"meaning": item.meaning or item.name, "forall": item.forall, "expression": item.expression}
        for item in formulation.constraints
    ]
    fields = {
        "sets": [
            {"name": item.name, "elements": item.elements, "table": None, "columns": None}
            for item in formulation.sets
        ],
        "parameters": [_parameter(item, formulation) for item in formulation.parameters],
        "variables": [
            {"name": item.name, "meaning": item.meaning, "indices": item.indices, "domain": _domain(item)}
            for item in formulation.variables
        ],
        "objective": formulation.objective.model_dump(mode="json"),
        "constraints": [*limits, *bounds],
    }
    try:
        return IndexedReply.model_validate_json(json.dumps(fields)).model_dump(mode="json")
    except ValidationError:
        return None


def _parameter(item: Parameter, formulation: Formulation) -> dict[str, Any]:
    values = item.values
    if isinstance(values, dict) and len(item.indices) == 1:
        (elements,) = (each.elements or () for each in formulation.sets if each.name == item.indices[0])
        values = [values.get(str(element)) for element in elements]
    return {
        "name": item.name,
        "meaning": item.meaning,
        "indices": item.indices,
        "values": values,
        "table": None,
        "keys": None,
        "column": None,
    }


def _domain(item: Variable) -> str:
    return "free" if item.domain is Domain.REAL and item.lower != 0.0 else item.domain.value


def _bounds(item: Variable) -> list[dict[str, str]]:
    """The bounds that the domain does not say, as constraints."""
    letters = [f"i{number}" for number in range(len(item.indices))]
    forall = ", ".join(f"{letter} in {name}" for letter, name in zip(letters, item.indices, strict=True))
    each = f"{item.name}[{', '.join(letters)}]" if letters else item.name
    found = []
    if item.upper is not None and item.domain is not Domain.BINARY:
        found.append(
            {"meaning": f"largest {item.name}", "forall": forall, "expression": f"{each} <= {item.upper}"}
        )
    if item.lower:
        found.append(
            {"meaning": f"least {item.name}", "forall": forall, "expression": f"{each} >= {item.lower}"}
        )
    return found
