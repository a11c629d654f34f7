"""Retrieval in two stages: a cheap search for candidates, then one question to the model which of them apply."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from library.insight import Insight
from library.prompts import load
from library.protocol import Advice, Ask, Track
from library.store import Hit, Store

CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Retrieval:
    """How much is searched and offered.

    Attributes:
        candidates: insights that the search hands to the second stage.
        limit: insights that are offered at most.
        token_budget: tokens of conditions that the second stage may read, besides the problem.
        least_shared: words that an insight must share with the problem to become a candidate.
    """

    candidates: int = 8
    limit: int = 3
    token_budget: int = 800
    least_shared: int = 2


async def retrieve(
    store: Store, question: str, track: Track, ask: Ask | None, how: Retrieval
) -> tuple[Advice, ...]:
    """The advice for a question, the best first; without `ask`, what the search alone finds."""
    hits = await candidates(store, question, track, how)
    if ask is None:
        return tuple(_advice(hit, "shares") for hit in hits[: how.limit])
    chosen = await applicable(question, [hit.insight for hit in hits], ask, how)
    if chosen is None:
        return tuple(_advice(hit, "not judged; shares") for hit in hits[: how.limit])
    by_id = {hit.insight.id: hit for hit in hits}
    return tuple(_advice(by_id[one.id], "judged to apply; shares") for one in chosen)


async def candidates(store: Store, question: str, track: Track, how: Retrieval) -> tuple[Hit, ...]:
    """The first stage: active insights that share enough words with a question, the best first."""
    found = await asyncio.to_thread(store.search, question, track=track, limit=how.candidates)
    return tuple(hit for hit in found if len(hit.shared) >= how.least_shared)


async def applicable(
    question: str, insights: Sequence[Insight], ask: Ask, how: Retrieval
) -> tuple[Insight, ...] | None:
    """The second stage: those that the language model says apply; None where its reply cannot be used."""
    if not insights:
        return ()
    shown = _within(insights, how.token_budget * CHARACTERS_PER_TOKEN)
    notes = "\n".join(f"{number}. {_gist(one)}" for number, one in enumerate(shown, start=1))
    reply = await ask(
        load("applies"),
        {"problem": question, "notes": notes},
        schema=_schema(len(shown), how.limit),
        max_tokens=16 + 8 * how.limit,
    )
    numbers = _chosen(reply, len(shown), how.limit)
    return None if numbers is None else tuple(shown[number - 1] for number in numbers)


def _within(insights: Sequence[Insight], characters: int) -> list[Insight]:
    shown: list[Insight] = []
    for insight in insights:
        characters -= len(_gist(insight))
        if characters < 0 and shown:
            break
        shown.append(insight)
    return shown


def _gist(insight: Insight) -> str:
    """The condition in one line."""
    return " ".join(insight.condition.split())


def _schema(count: int, limit: int) -> dict[str, Any]:
    numbers = {"type": "array", "items": {"enum": list(range(1, count + 1))}, "maxItems": limit}
    return {
        "type": "object",
        "properties": {"applies": numbers},
        "required": ["applies"],
        "additionalProperties": False,
    }


def _chosen(reply: str, count: int, limit: int) -> list[int] | None:
    """The numbers of a reply, each once; None where the reply is not what was asked for."""
    try:
        numbers = json.loads(reply)["applies"]
        fit = [n for n in dict.fromkeys(numbers) if isinstance(n, int) and 1 <= n <= count]
    except (ValueError, KeyError, TypeError):
        return None
    return fit[:limit]


def _advice(hit: Hit, why: str) -> Advice:
    one = hit.insight
    return Advice(
        id=one.id,
        condition=one.condition,
        explanation=one.explanation,
        example=one.example,
        why=f"{why} {', '.join(hit.shared[:6])} (score {hit.score:.1f})",
    )
