"""JSON documents in a model's text, and schemas in a model's prompt."""

import json
import re
from collections.abc import Mapping
from typing import Any

from agent.errors import ModelReplyInvalid
from agent.llm.protocol import Message, Schema

EXCERPT_CHARS = 300
_SCHEMAS_BY_NAME = ("properties", "$defs", "definitions")
_SCHEMAS_WITHIN = ("items", "prefixItems", "anyOf", "oneOf", "allOf")
_FENCED = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL)


def excerpt(text: str, limit: int = EXCERPT_CHARS) -> str:
    """The text's beginning on one line, fit for an error message."""
    line = " ".join(text[: 4 * limit].split())
    return line if len(line) <= limit else f"{line[:limit]}... ({len(text)} characters)"


def json_document(text: str) -> str:
    """The JSON document in ``text``, without the Markdown fence that unconstrained models put around it.

    Raises:
        ModelReplyInvalid: there is none; the text shows where reading failed and what was answered.
    """
    fenced = _FENCED.search(text)
    candidates = [text, fenced[1]] if fenced else [text]
    faults = []
    for candidate in candidates:
        try:
            json.loads(candidate, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            faults.append(str(error) or type(error).__name__)
        else:
            return candidate.strip()
    raise ModelReplyInvalid(f"the model's reply is not JSON ({faults[-1]}): {excerpt(text)!r}")


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def with_schema_in_prompt(messages: tuple[Message, ...], schema: Schema) -> tuple[Message, ...]:
    """The messages with the schema told in words, for endpoints that cannot be constrained to it."""
    rule = (
        "Answer with one JSON document that obeys this JSON Schema, without any text around it:\n"
        + json.dumps(schema, ensure_ascii=False)
    )
    if messages and messages[0].role == "system":
        return Message("system", f"{messages[0].content}\n\n{rule}"), *messages[1:]
    return Message("system", rule), *messages


def is_strict(schema: object) -> bool:
    """Whether every object in the schema is closed and requires all its properties.

    Endpoints that enforce ``strict`` refuse any other schema.
    """
    if isinstance(schema, list):
        return all(is_strict(part) for part in schema)
    if not isinstance(schema, Mapping):
        return True
    properties = schema.get("properties", {})
    if properties or schema.get("type") == "object":
        is_closed = schema.get("additionalProperties") is False
        if not is_closed or set(schema.get("required", ())) != set(properties):
            return False
    by_name = [part for key in _SCHEMAS_BY_NAME for part in schema.get(key, {}).values()]
    return is_strict(by_name) and all(is_strict(schema.get(key)) for key in _SCHEMAS_WITHIN)
