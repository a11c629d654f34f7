"""Retrieval in two stages: a cheap search for candidates, then one question to the model which of them apply.

The search is by words and, where an endpoint gives vectors, by meaning, too; reciprocal ranks join the two orders
(Cormack, Clarke and Buettcher 2009).
"""

import asyncio
import json
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from library.errors import EmbeddingUnavailable
from library.indexing import indexed_words
from library.insight import Insight
from library.meaning import Meanings, Near
from library.prompts import load
from library.protocol import Advice, Ask, Track
from library.store import Hit, Store
from library.terms import terms

CHARACTERS_PER_TOKEN = 4
RANK_SHIFT = 60
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_EXCEPTION = re.compile(r"\b(?:not|never) appl", re.IGNORECASE)
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Retrieval:
    """How much is searched and offered.

    Attributes:
        candidates: insights that the search hands to the second stage.
        limit: insights that are offered at most.
        token_budget: tokens of conditions that the second stage may read, besides the problem.
        searched: insights that the search by words looks at, before those that are far from the problem go.
        least_shared: words that an insight must share with the problem to become a candidate.
        least_share: of the words of its condition, see `closeness`.
    """

    candidates: int = 8
    limit: int = 3
    token_budget: int = 800
    searched: int = 24
    least_shared: int = 2
    least_share: float = 0.15

    def is_near(self, insight: Insight, question: str) -> bool:
        """Whether an insight has enough words in common with a question to be judged."""
        asked = frozenset(terms(question))
        shared = asked.intersection(indexed_words(insight))
        return len(shared) >= self.least_shared and closeness(insight, asked) >= self.least_share


def closeness(insight: Insight, asked: frozenset[str]) -> float:
    """The share of an insight's condition that a problem's words hold, save what says when it does not apply.

    Half a word is added to what is shared and one to all (Krichevsky and Trofimov 1981), so that one shared word of
    a short condition counts.
    """
    parts = _SENTENCE_END.split(insight.condition)
    own = set(terms(" ".join(part for part in parts if not _EXCEPTION.search(part)) or insight.condition))
    return (len(own & asked) + 0.5) / (len(own) + 1)


async def retrieve(
    store: Store,
    question: str,
    track: Track,
    ask: Ask | None,
    how: Retrieval,
    meanings: Meanings | None = None,
) -> tuple[Advice, ...]:
    """The advice for a question, the best first; without `ask`, what the search alone finds."""
    hits = await candidates(store, question, track, how, meanings)
    if ask is None:
        return tuple(_advice(hit, "") for hit in hits[: how.limit])
    chosen = await applicable(question, [hit.insight for hit in hits], ask, how)
    if chosen is None:
        return tuple(_advice(hit, "not judged; ") for hit in hits[: how.limit])
    by_id = {hit.insight.id: hit for hit in hits}
    return tuple(_advice(by_id[one.id], "judged to apply; ") for one in chosen)


async def candidates(
    store: Store, question: str, track: Track, how: Retrieval, meanings: Meanings | None = None
) -> tuple[Hit, ...]:
    """The first stage: active insights that share enough words with a question or are close to it, the best first."""
    found = await asyncio.to_thread(store.search, question, track=track, limit=how.searched)
    hits = tuple(hit for hit in found if how.is_near(hit.insight, question))[: how.candidates]
    if meanings is None:
        return hits
    try:
        near = await meanings.nearest(question, track, how.candidates)
    except EmbeddingUnavailable as error:
        _LOG.warning("the search goes on by words alone: %s", error)
        return hits
    return joined(hits, near)[: how.candidates]


def joined(hits: Sequence[Hit], near: Sequence[Near]) -> tuple[Hit, ...]:
    """Both orders in one: an insight scores 1 / (60 + place) in each that it stands in."""
    merged = {one.insight.id: Hit(one.insight, 0.0, (), one.cosine) for one in near}
    for hit in hits:
        cosine = merged[hit.insight.id].cosine if hit.insight.id in merged else None
        merged[hit.insight.id] = replace(hit, cosine=cosine)
    score = dict.fromkeys(merged, 0.0)
    for order in ([hit.insight.id for hit in hits], [one.insight.id for one in near]):
        for place, key in enumerate(order, start=1):
            score[key] += 1 / (RANK_SHIFT + place)
    return tuple(merged[key] for key in sorted(score, key=lambda key: -score[key]))


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
    one, reasons = hit.insight, []
    if hit.shared:
        reasons.append(f"shares {', '.join(hit.shared[:6])} (score {hit.score:.1f})")
    if hit.cosine is not None:
        reasons.append(f"close in meaning (cosine {hit.cosine:.2f})")
    return Advice(
        id=one.id,
        condition=one.condition,
        explanation=one.explanation,
        example=one.example,
        why=why + "; ".join(reasons),
    )
