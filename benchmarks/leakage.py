"""Problems of one set that stand in another: word for word, but for numbers, or nearly."""

import math
import re
from collections import Counter
from collections.abc import Mapping
from typing import Literal, NamedTuple

Kind = Literal["same", "other numbers", "near"]
THRESHOLD = 0.6
RUN_LENGTH = 3
"""Words in a row that are compared: single words say what a text is about, runs of three how it is told."""
_ROUNDING = 1e-9
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


class Overlap(NamedTuple):
    """Two problems that are too much alike.

    Attributes:
        first: id in the first set.
        second: id in the second set.
        kind: the same words, the same but for numbers, or near.
        likeness: share of common runs of words (Jaccard).
    """

    first: str
    second: str
    kind: Kind
    likeness: float


def normalised(question: str, *, masks_numbers: bool = False) -> str:
    """The words of a question in lower case, without marks; numbers as ``#`` where masked.

    >>> normalised("Sell 1,200 Cakes!"), normalised("Sell 1,200 Cakes!", masks_numbers=True)
    ('sell 1200 cakes', 'sell # cakes')
    """
    text = question.lower()
    text = _NUMBER.sub(" # " if masks_numbers else lambda match: match[0].replace(",", ""), text)
    return " ".join(re.findall(r"[^\W_]+(?:\.\d+)?|#", text))


def overlaps(
    first: Mapping[str, str], second: Mapping[str, str], *, threshold: float = THRESHOLD
) -> list[Overlap]:
    """The pairs of questions that are too much alike, each first question's likest first.

    Every such pair is found, without comparing all: two sets of runs whose likeness is t or more share one of the
    rarest (1 - t) n + 1 of the n runs of each (prefix filter; Chaudhuri, Ganti and Kaushik 2006). The likeness of such
    candidates is then counted. Two questions of fewer than three words are compared as wholes. Given the same mapping
    twice, a question is not compared with itself.

    Args:
        first: questions by id.
        second: questions by id.
        threshold: likeness from which a pair is told; more than 0.
    """
    runs = [
        {name: _runs(normalised(text, masks_numbers=True)) for name, text in side.items()}
        for side in (first, second)
    ]
    counts = Counter(run for side in runs for parts in side.values() for run in parts)
    rare = [{name: _rarest(parts, counts, threshold) for name, parts in side.items()} for side in runs]
    found = []
    for name, others in _candidates(*rare).items():
        for other in others:
            likeness = _jaccard(runs[0][name], runs[1][other])
            is_itself = first is second and name == other
            if likeness >= threshold and not is_itself:
                found.append(Overlap(name, other, _kind(first[name], second[other]), likeness))
    order = {name: position for position, name in enumerate(first)}
    return sorted(found, key=lambda pair: (order[pair.first], -pair.likeness, pair.second))


def _rarest(runs: frozenset[str], counts: Mapping[str, int], threshold: float) -> list[str]:
    most = len(runs) - math.ceil(threshold * len(runs) - _ROUNDING) + 1
    return sorted(runs, key=lambda run: (counts[run], run))[:most]


def _candidates(first: Mapping[str, list[str]], second: Mapping[str, list[str]]) -> dict[str, set[str]]:
    """For each first question the second ones with which it shares a run."""
    homes: dict[str, list[str]] = {}
    for name, runs in second.items():
        for run in runs:
            homes.setdefault(run, []).append(name)
    return {name: {other for run in runs for other in homes.get(run, ())} for name, runs in first.items()}


def _kind(first: str, second: str) -> Kind:
    if normalised(first) == normalised(second):
        return "same"
    if normalised(first, masks_numbers=True) == normalised(second, masks_numbers=True):
        return "other numbers"
    return "near"


def _runs(text: str) -> frozenset[str]:
    words = text.split()
    if len(words) < RUN_LENGTH:
        return frozenset([text])
    return frozenset(
        " ".join(words[start : start + RUN_LENGTH]) for start in range(len(words) - RUN_LENGTH + 1)
    )


def _jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    return len(first & second) / len(first | second)
