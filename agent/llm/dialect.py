"""What an OpenAI-compatible endpoint takes, learnt from what it refuses.

Endpoints differ: some do not know ``json_schema``, some want ``max_completion_tokens``, reasoning models
refuse a temperature. Asking is the only way to know, so the first call asks for everything, and each refusal
that names a parameter is remembered for the calls to come.
"""

import re
from enum import IntEnum
from typing import Any

from agent.llm.base import Request
from agent.llm.json_text import is_strict, with_schema_in_prompt

_OPTIONAL = ("stream_options", "stream", "temperature", "seed")
_REFUSAL = re.compile(
    r"unsupport|not support|unknown|unrecogni|unexpected|not permitted|not allowed|does not|invalid"
)


class Structure(IntEnum):
    """How a schema is asked for, best first."""

    STRICT = 0
    SCHEMA = 1
    OBJECT = 2
    PROMPT = 3


class Dialect:
    """Builds request bodies and learns from refusals; used from one event loop only."""

    def __init__(self) -> None:
        self.structure = Structure.STRICT
        self._refused: set[str] = set()
        self._limit_name = "max_tokens"

    def body(self, model: str, request: Request, *, is_streamed: bool, at_least: Structure) -> dict[str, Any]:
        """The request in the endpoint's dialect; ``at_least`` is what this call has stepped down to."""
        structure = self._structure(request, at_least)
        messages = request.messages
        if request.schema is not None and structure >= Structure.OBJECT:
            messages = with_schema_in_prompt(messages, request.schema)
        body: dict[str, Any] = {
            "model": model,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "temperature": request.temperature,
            self._limit_name: request.max_tokens,
        }
        if request.seed is not None:
            body["seed"] = request.seed
        if is_streamed:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        if request.schema is not None and structure < Structure.PROMPT:
            body["response_format"] = _response_format(request, structure)
        for name in self._refused:
            body.pop(name, None)
        return body

    def learn(self, complaint: str, sent: dict[str, Any]) -> Structure | None:
        """What the next try of this call steps down to; ``None`` if the complaint is of something else.

        Args:
            complaint: the endpoint's own words, lower case.
            sent: the body that it complained about.
        """
        asked = sent.get("response_format")
        if asked is not None and re.search(r"response_format|json_schema|json_object", complaint):
            return self._step_down(complaint, asked)
        if "max_completion_tokens" in complaint and "max_tokens" in sent:
            self._limit_name = "max_completion_tokens"
            return Structure.STRICT
        if _REFUSAL.search(complaint):
            for name in _OPTIONAL:
                if name in sent and re.search(rf"\b{name}\b", complaint):
                    self._refused |= {"stream", "stream_options"} if name == "stream" else {name}
                    return Structure.STRICT
        return None

    def _structure(self, request: Request, at_least: Structure) -> Structure:
        best = Structure.STRICT if is_strict(request.schema) else Structure.SCHEMA
        return max(best, at_least, self.structure)

    def _step_down(self, complaint: str, asked: dict[str, Any]) -> Structure:
        if asked["type"] == "json_object":
            self.structure = Structure.PROMPT
            return Structure.PROMPT
        is_about_schema = "invalid schema" in complaint
        if asked["json_schema"].get("strict") and (is_about_schema or "strict" in complaint):
            return Structure.SCHEMA
        if not is_about_schema:
            self.structure = max(self.structure, Structure.OBJECT)
        return Structure.OBJECT


def _response_format(request: Request, structure: Structure) -> dict[str, Any]:
    if structure is Structure.OBJECT:
        return {"type": "json_object"}
    schema = {"name": request.schema_name, "schema": request.schema, "strict": structure is Structure.STRICT}
    return {"type": "json_schema", "json_schema": schema}
