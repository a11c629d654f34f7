"""The language model as a teacher: it words hints and insights; whether they hold is decided by solving."""

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from library.errors import UnusableReply
from library.insight import Definition, Frozen, Insight, Label, Sentence
from library.prompts import load
from library.protocol import Ask

Wanted = TypeVar("Wanted")

MAX_INSIGHTS = 2
MAX_REWRITES = 3
_MAX_TOKENS = 900
_PROSE = {"type": "string", "minLength": 1, "maxLength": 900}


class _Draft(Frozen):
    labels: tuple[str, ...] = Field(min_length=1, max_length=2)
    condition: Sentence
    explanation: Sentence
    example: str = ""

    def insight(self) -> Insight:
        return Insight(
            labels=tuple(Label.parse(label) for label in self.labels),
            condition=self.condition,
            explanation=self.explanation,
            example=self.example,
        )


class _Merged(Frozen):
    is_same: bool
    insight: _Draft | None = None


_DRAFT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "labels": {"type": "array", "items": _PROSE, "minItems": 1, "maxItems": 2},
        "condition": _PROSE,
        "explanation": _PROSE,
        "example": {"type": "string", "maxLength": 600},
    },
    "required": ["labels", "condition", "explanation", "example"],
    "additionalProperties": False,
}


class Teacher:
    """Asks for hints, insights and better wordings; every reply is checked before it is used.

    Its methods raise `UnusableReply` where a reply is not what was asked for; what `ask` raises passes through.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def hint(self, question: str, formulation: str, tried: Sequence[str], seed: int) -> str:
        """What to do differently about a formulation whose answer is known to be wrong, and nothing else is."""
        data = {"problem": question, "formulation": formulation}
        if tried:
            data["tried"] = "\n".join(f"- {hint}" for hint in tried)
        reply = await self._asked("hint", data, _object(hint=_PROSE), seed=seed, temperature=0.7)
        return _checked(TypeAdapter(dict[str, Sentence]), reply).get("hint", "")

    async def insights(
        self, question: str, wrong: str, right: str, taxonomy: Sequence[Definition]
    ) -> list[Insight]:
        """What would have avoided the mistake in `wrong`, given what is `right` and perhaps the hint that led there."""
        data = {"problem": question, "wrong": wrong, "right": right}
        if taxonomy:
            data["labels"] = "\n".join(str(one.label) for one in taxonomy)
        drafts = {"type": "array", "items": _DRAFT, "maxItems": MAX_INSIGHTS}
        reply = await self._asked("extract", data, _object(insights=drafts))
        found = _checked(TypeAdapter(dict[str, list[_Draft]]), reply).get("insights", [])
        return _built(found[:MAX_INSIGHTS])

    async def merged(self, first: Insight, second: Insight) -> Insight | None:
        """One insight that says what both say; None where they are two."""
        schema = _object(is_same={"type": "boolean"}, insight={"anyOf": [_DRAFT, {"type": "null"}]})
        reply = await self._asked("merge", {"first": told(first), "second": told(second)}, schema)
        found = _checked(TypeAdapter(_Merged), reply)
        return _built([found.insight])[0] if found.is_same and found.insight is not None else None

    async def conditions(
        self, insight: Insight, fitting: Sequence[str], misleading: Sequence[str], seed: int = 0
    ) -> list[str]:
        """New wordings of a condition, so that it is found by some questions and not by others."""
        data = {"insight": told(insight), "helps": _listed(fitting), "misleads": _listed(misleading)}
        versions = {"type": "array", "items": _PROSE, "minItems": 1, "maxItems": MAX_REWRITES}
        reply = await self._asked("condition", data, _object(conditions=versions), seed=seed, temperature=0.7)
        return _checked(TypeAdapter(dict[str, list[Sentence]]), reply).get("conditions", [])[:MAX_REWRITES]

    async def rewritten(self, insight: Insight, failures: Sequence[tuple[str, str]]) -> list[Insight]:
        """The insight with better advice, or split in two, given questions and the wrong formulations it led to."""
        shown = "\n\n".join(
            f"Problem: {question}\nFormulation: {formulation}" for question, formulation in failures
        )
        drafts = {"type": "array", "items": _DRAFT, "minItems": 1, "maxItems": MAX_INSIGHTS}
        reply = await self._asked(
            "advice", {"insight": told(insight), "failures": shown}, _object(insights=drafts)
        )
        found = _checked(TypeAdapter(dict[str, list[_Draft]]), reply).get("insights", [])
        return _built(found[:MAX_INSIGHTS])

    async def _asked(
        self,
        name: str,
        data: dict[str, str],
        schema: dict[str, Any],
        *,
        seed: int = 0,
        temperature: float = 0.0,
    ) -> str:
        return await self._ask(
            load(name), data, schema=schema, max_tokens=_MAX_TOKENS, temperature=temperature, seed=seed
        )


def told(insight: Insight) -> str:
    """An insight for a prompt."""
    fields = {"labels": [str(label) for label in insight.labels]}
    texts = {name: getattr(insight, name) for name in ("condition", "explanation", "example")}
    return json.dumps(fields | texts, ensure_ascii=False)


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _listed(questions: Sequence[str]) -> str:
    return "\n".join(f"- {' '.join(question.split())}" for question in questions) or "(none)"


def _checked(wanted: TypeAdapter[Wanted], reply: str) -> Wanted:
    try:
        return wanted.validate_json(reply)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the reply"
        raise UnusableReply(f"the language model's reply cannot be used: {where}: {first['msg']}") from None


def _built(drafts: Sequence[_Draft]) -> list[Insight]:
    try:
        return [draft.insight() for draft in drafts]
    except ValueError as error:
        raise UnusableReply(f"the language model's reply cannot be used: {error}") from None
