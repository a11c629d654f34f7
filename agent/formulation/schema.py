"""What the language model fills in: two small JSON profiles of a formulation, fit for constrained decoding.

The scalar profile has plain variables only, for short problems; the indexed one has sets and parameters, for
problems with tables. In both, a constraint's meaning comes before its expression: saying in words what is to be
written lifts small models.
"""

import keyword
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import ModelReplyInvalid
from agent.formulation.faults import Fault, FaultyFormulation
from agent.formulation.model import Formulation
from agent.formulation.syntax import RESERVED_NAMES

Profile = Literal["scalar", "indexed"]
_NAME = r"^[A-Za-z][A-Za-z0-9_]*$"
# One relation with a variable on its left side. A class that admits quotes would let a constrained decoder end
# the string and write what it likes.
_SIDE = r'[^:"\\<>=]'
_RELATION = rf"^{_SIDE}*[A-Za-z]{_SIDE}* (<=|>=|==) {_SIDE}+$"
_Name = Annotated[str, Field(pattern=_NAME, max_length=40)]
_Short = Annotated[str, Field(max_length=200)]
_Line = Annotated[str, Field(max_length=600)]
_Domain = Literal["integer", "real", "binary", "free"]
_Sense = Literal["minimize", "maximize"]
_CLIENT_SIDE = {"title", "description", "maxLength", "maxItems"}
"""Keys that are checked here instead: as grammar rules, long repetitions slow constrained decoding to a crawl."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Goal(_Part):
    """The objective."""

    sense: _Sense
    meaning: _Line  # or what is missing, which can take more than a few words
    unit: _Short
    expression: _Line


class ScalarVariable(_Part):
    """A variable without index; all but free ones are at least 0."""

    name: _Name
    meaning: _Short
    domain: _Domain


class ScalarConstraint(_Part):
    """A constraint without index."""

    meaning: _Short
    expression: Annotated[str, Field(pattern=_RELATION, max_length=2000)]


class ScalarReply(_Part):
    """The scalar profile."""

    variables: list[ScalarVariable] = Field(max_length=100)
    objective: Goal
    constraints: list[ScalarConstraint] = Field(max_length=200)


class IndexedSet(_Part):
    """A set: `elements`, or the distinct rows of `columns` of a table."""

    name: _Name
    elements: list[str | int] | None = Field(max_length=60)
    table: str | None
    columns: list[str] | None = Field(max_length=4)


class IndexedParameter(_Part):
    """Data: one number, a list in the order of its one index set, rows of such lists, or a column of a table."""

    name: _Name
    meaning: _Short
    indices: list[_Name] = Field(max_length=4)
    values: float | list[float] | list[list[float]] | None
    table: str | None
    keys: list[str] | None = Field(max_length=4)
    column: str | None


class IndexedVariable(_Part):
    """A variable for each combination of its index sets."""

    name: _Name
    meaning: _Short
    indices: list[_Name] = Field(max_length=4)
    domain: _Domain


class IndexedConstraint(_Part):
    """A constraint for each combination in `forall`."""

    meaning: _Short
    forall: _Short
    expression: _Line


class IndexedReply(_Part):
    """The indexed profile."""

    sets: list[IndexedSet] = Field(max_length=12)
    parameters: list[IndexedParameter] = Field(max_length=30)
    variables: list[IndexedVariable] = Field(max_length=30)
    objective: Goal
    constraints: list[IndexedConstraint] = Field(max_length=60)


class ReplyTooLarge(ModelReplyInvalid):
    """The reply is of its profile, but more than the profile takes."""


class UnclearProblem(Exception):
    """The model says that the text is no optimization problem, or what is missing from it."""


_TOO_LARGE = ("too_long", "string_too_long")
_REPLIES: dict[Profile, type[ScalarReply] | type[IndexedReply]] = {
    "scalar": ScalarReply,
    "indexed": IndexedReply,
}


def json_schema(profile: Profile) -> dict[str, Any]:
    """The JSON schema that constrains the model's reply, without references and titles."""
    schema = _REPLIES[profile].model_json_schema()
    return _inlined(schema, schema.pop("$defs", {}))  # type: ignore[no-any-return]


def _inlined(node: Any, definitions: dict[str, Any]) -> Any:
    """The schema with references replaced, which not every endpoint follows, and without what we check ourselves."""
    if isinstance(node, list):
        return [_inlined(part, definitions) for part in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _inlined(definitions[node["$ref"].rsplit("/", 1)[1]], definitions)
    is_schema = "type" in node or "anyOf" in node
    return {
        key: _inlined(value, definitions)
        for key, value in node.items()
        if not (is_schema and key in _CLIENT_SIDE)
    }


def read_reply(text: str, profile: Profile) -> Formulation:
    """The formulation in a model's reply.

    Raises:
        UnclearProblem: the reply has no variables, which is how a model says that it cannot formulate.
        ReplyTooLarge: a list or an expression is longer than the profile takes.
        ModelReplyInvalid: the text is not JSON of the profile.
        FaultyFormulation: the JSON is of the profile but its names or values do not fit together.
    """
    try:
        reply = _REPLIES[profile].model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the document"
        kind = ReplyTooLarge if first["type"] in _TOO_LARGE else ModelReplyInvalid
        raise kind(f"the reply is no {profile} formulation: {place}: {first['msg']}") from None
    if not reply.variables:
        raise UnclearProblem(reply.objective.meaning)
    try:
        return Formulation.model_validate(
            _scalar(reply) if isinstance(reply, ScalarReply) else _indexed(reply)
        )
    except ValidationError as error:
        faults = [Fault(_where(item["loc"]), _sentence(item["msg"])) for item in error.errors()]
        raise FaultyFormulation(faults) from None


def _where(place: tuple[int | str, ...]) -> str:
    return " ".join(str(part + 1) if isinstance(part, int) else part for part in place) or "formulation"


def _sentence(message: str) -> str:
    return message.removeprefix("Value error, ")


def _scalar(reply: ScalarReply) -> dict[str, Any]:
    return {
        "variables": [_variable(item.model_dump()) for item in reply.variables],
        "objective": reply.objective.model_dump(),
        "constraints": _named(
            [item.model_dump() for item in reply.constraints], {item.name for item in reply.variables}
        ),
    }


def _variable(fields: dict[str, Any]) -> dict[str, Any]:
    return {**fields, "domain": "real", "lower": None} if fields["domain"] == "free" else fields


def _indexed(reply: IndexedReply) -> dict[str, Any]:
    taken = {item.name for group in (reply.sets, reply.parameters, reply.variables) for item in group}
    return {
        "sets": [_set(item) for item in reply.sets],
        "parameters": [_parameter(item) for item in reply.parameters],
        "variables": [_variable(item.model_dump()) for item in reply.variables],
        "objective": reply.objective.model_dump(),
        "constraints": _named([item.model_dump() for item in reply.constraints], taken),
    }


def _set(item: IndexedSet) -> dict[str, Any]:
    if item.table and item.columns:
        return {"name": item.name, "source": {"table": item.table, "columns": item.columns}}
    return {"name": item.name, "elements": item.elements}


def _parameter(item: IndexedParameter) -> dict[str, Any]:
    fields = {"name": item.name, "meaning": item.meaning, "indices": item.indices}
    if item.table and item.column:
        return {**fields, "source": {"table": item.table, "keys": item.keys or [], "column": item.column}}
    return {**fields, "values": item.values}


def _named(constraints: list[dict[str, Any]], taken: set[str]) -> list[dict[str, Any]]:
    """The constraints with names made from their meanings: the model need not spend tokens on them."""
    named = []
    for number, constraint in enumerate(constraints, start=1):
        words = re.findall(r"[a-z]+", constraint["meaning"].lower().replace("'", ""))
        name = "_".join([word for word in words if word not in _FILLERS][:4])[:60] or f"constraint_{number}"
        while name in taken or name in RESERVED_NAMES or keyword.iskeyword(name):
            name = f"{name}_{number}"
        taken.add(name)
        named.append({"name": name, **constraint})
    return named


_FILLERS = frozenset(
    ["the", "a", "an", "of", "at", "most", "least", "is", "are", "be", "must", "and", "to", "for", "in", "by"]
)
