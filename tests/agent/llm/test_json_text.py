"""JSON in a model's text, and which schemas are strict."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import ModelReplyInvalid
from agent.llm.json_text import EXCERPT_CHARS, excerpt, is_strict, json_document, with_schema_in_prompt
from agent.llm.protocol import Message

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON_VALUES)
def test_every_document_is_found_plain_and_fenced(value: object) -> None:
    text = json.dumps(value)
    assert json_document(text) == text
    assert json.loads(json_document(f"Here you are:\n```json\n{text}\n```\nBye.")) == value


@pytest.mark.parametrize(
    "text", ["", "no", "{", '{"a": NaN}', '{"a": Infinity}', "[" * 100_000, "```json\n{\n```", "{} {}"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ModelReplyInvalid, match="not JSON"):
        json_document(text)


@given(st.text())
def test_an_excerpt_is_one_short_line(text: str) -> None:
    assert len(excerpt(text)) <= EXCERPT_CHARS + 30
    assert "\n" not in excerpt(text)


CLOSED = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}
OPEN = {"type": "object", "properties": {"a": {"type": "string"}}}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (CLOSED, True),
        (OPEN, False),
        ({**CLOSED, "required": []}, False),
        ({**CLOSED, "additionalProperties": True}, False),
        ({"type": "object"}, False),
        ({"type": "string"}, True),
        ({"type": "array", "items": CLOSED}, True),
        ({"type": "array", "items": OPEN}, False),
        ({**CLOSED, "$defs": {"Part": OPEN}}, False),
        ({**CLOSED, "$defs": {"Part": CLOSED}}, True),
        ({"anyOf": [CLOSED, {"type": "null"}]}, True),
        ({"anyOf": [CLOSED, OPEN]}, False),
        ({**CLOSED, "properties": {"properties": {"type": "string"}}, "required": ["properties"]}, True),
    ],
)
def test_strict_schemas(schema: dict[str, object], expected: bool) -> None:
    assert is_strict(schema) is expected


def test_the_schema_joins_the_system_message_or_makes_one() -> None:
    user, system = Message("user", "hi"), Message("system", "Be terse.")
    assert [message.role for message in with_schema_in_prompt((user,), CLOSED)] == ["system", "user"]
    joined = with_schema_in_prompt((system, user), CLOSED)
    assert [message.role for message in joined] == ["system", "user"]
    assert joined[0].content.startswith("Be terse.")
    assert json.dumps(CLOSED) in joined[0].content
