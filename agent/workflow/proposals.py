"""Replies of language models, read strictly: what does not parse or fit is said back once and never adopted."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from agent.errors import ModelReplyInvalid, QuestionError
from agent.llm import Message, Meter
from agent.llm.json_text import json_document
from agent.workflow.kinds import Code, Text
from agent.workflow.parameters import Parameter
from agent.workflow.records import Values
from agent.workflow.traces import clipped

MAX_REPLY_CHARS = 100_000
MAX_SHOWN_CHARS = 4_000
"""Of a faulty reply, when it is said back."""
MIN_REPLY_TOKENS = 1_200
MAX_REPLY_TOKENS = 8_000
_CHARS_PER_TOKEN = 3


class Parsed(BaseModel):
    """A reply that stands.

    Attributes:
        values: JSON values of parameters, checked.
        reasoning: the model's own words.
        faults: of the replies before it.
    """

    model_config = ConfigDict(frozen=True)

    values: Values = {}
    reasoning: str = ""
    faults: tuple[str, ...] = ()


def parse(text: str, parameters: Mapping[str, Parameter]) -> Parsed:
    """The changes that a reply proposes.

    Args:
        text: one JSON object with ``reasoning`` and ``values``.
        parameters: those that may be changed, by name.

    Raises:
        ModelReplyInvalid: the reply is too long or no such object, names something else, or a value does not fit.

    Example:
        >>> from agent.workflow import node
        >>> flag = node(True, trainable=True, name="flag")
        >>> parse('{"reasoning": "", "values": {"flag": "False"}}', {"flag": flag}).values
        {'flag': False}
    """
    if not text.strip():
        raise ModelReplyInvalid("the reply is empty")
    if len(text) > MAX_REPLY_CHARS:
        raise ModelReplyInvalid(
            f"the reply has {len(text):,} characters, at most {MAX_REPLY_CHARS:,} are read"
        )
    document = json.loads(json_document(text), object_pairs_hook=_unique)
    if not isinstance(document, dict) or not isinstance(document.get("values"), dict):
        raise ModelReplyInvalid('the reply must be one JSON object with "reasoning" and "values"')
    strange = sorted(set(document) - {"reasoning", "values"})
    if strange:
        raise ModelReplyInvalid(f'the reply has {strange[0]!r:.80} besides "reasoning" and "values"')
    values = checked_values(document["values"], parameters)
    return Parsed(values=values, reasoning=str(document.get("reasoning", "")))


def checked_values(proposed: Mapping[str, Any], parameters: Mapping[str, Parameter]) -> Values:
    """The proposed values as they will be kept.

    Raises:
        ModelReplyInvalid: one of them has no parameter, or does not fit its kind; the text names all that do not.
    """
    faults, values = [], {}
    for name, value in proposed.items():
        if name not in parameters:
            known = ", ".join(parameters) or "nothing"
            faults.append(f"{name!r:.80} cannot be changed; what can be is: {known}")
            continue
        kind = parameters[name].kind
        try:
            values[name] = kind.encode(kind.decode(value))
        except ValueError as error:
            faults.append(f"{name}: {error}")
    if faults:
        raise ModelReplyInvalid("; ".join(faults))
    return values


def schema_of(parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    """The JSON schema of a reply that gives a value for each of some parameters."""
    values = {name: _embedded(parameter.kind.schema()) for name, parameter in parameters.items()}
    return _object({"reasoning": {"type": "string"}, "values": _object(values)})


def ask(
    meter: Meter, role: str, messages: Sequence[Message], parameters: Mapping[str, Parameter], *, seed: int
) -> Parsed:
    """The changes that a model proposes; a reply that cannot be used is said back to it once.

    Args:
        meter: the model and its budget.
        role: whose account the calls go on.
        messages: what it is asked.
        parameters: those that may be changed, by name.
        seed: of the first reply; the second has the next one.

    Returns:
        What the first usable reply proposes, or nothing, with the faults of those that were not.

    Raises:
        BudgetExceeded: a limit is reached.
        ModelUnavailable: there was no reply.
    """
    told, faults = list(messages), list[str]()
    limit = reply_tokens(parameters)
    for attempt in range(2):
        text = ""
        try:
            reply = meter.complete(
                role,
                told,
                schema=schema_of(parameters),
                schema_name="changes",
                temperature=0.7,
                seed=seed + attempt,
                max_tokens=limit,
            )
            text = reply.text
            if reply.finish_reason == "length":
                raise ModelReplyInvalid(f"the reply was cut off after {limit:,} tokens; be shorter")
            return parse(text, parameters).model_copy(update={"faults": tuple(faults)})
        except (ModelReplyInvalid, QuestionError) as invalid:
            faults.append(str(invalid))
        shown = [Message("assistant", clipped(text, MAX_SHOWN_CHARS))] if text.strip() else []
        told = [
            *messages,
            *shown,
            Message("user", f"That cannot be used: {faults[-1]}. Answer again in full."),
        ]
    return Parsed(faults=tuple(faults))


def reply_tokens(parameters: Mapping[str, Parameter]) -> int:
    """Tokens that a reply may take: twice what the present texts take, within limits."""
    long = [p for p in parameters.values() if isinstance(p.kind, Text | Code)]
    chars = sum(len(str(parameter.value())) for parameter in long)
    return min(MAX_REPLY_TOKENS, MIN_REPLY_TOKENS + 2 * chars // _CHARS_PER_TOKEN)


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _embedded(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema that can stand inside another; one with definitions of its own cannot, and is checked only later."""
    return {"type": schema.get("type", "object")} if "$defs" in schema else schema


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ModelReplyInvalid("a key stands twice in the reply")
    return found
