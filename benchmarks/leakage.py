"""Problems of one set that stand in another: word for word, but for numbers, or nearly."""

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from benchmarks.errors import ExtraMissing

Kind = Literal["same", "other numbers", "near"]
THRESHOLD = 0.6
RUN_LENGTH = 3
"""Words in a row that are compared: single words say what a text is about, runs of three how it is told."""
_PERMUTATIONS = 128
_SLACK = 0.15
"""Signatures estimate a likeness within about this: candidates are looked for so much lower, then measured."""
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

    Candidates come from locality-sensitive hashing of MinHash signatures (Broder 1997), so that large sets need not
    be compared pair by pair; the likeness of each is then counted exactly. Two questions of fewer than three words
    are compared as wholes. Given the same mapping twice, a question is not compared with itself.

    Args:
        first: questions by id.
        second: questions by id.
        threshold: likeness from which a pair is told.

    Raises:
        ExtraMissing: datasketch is not installed.
    """
    try:
        from datasketch import MinHash, MinHashLSH
    except ImportError:
        raise ExtraMissing("datasketch", "bench") from None
    texts = [
        {name: normalised(text, masks_numbers=True) for name, text in side.items()}
        for side in (first, second)
    ]
    runs = [{name: _runs(text) for name, text in side.items()} for side in texts]

    def signature(parts: frozenset[str]) -> MinHash:
        made = MinHash(num_perm=_PERMUTATIONS)
        made.update_batch([part.encode() for part in parts])
        return made

    index = MinHashLSH(threshold=max(0.05, threshold - _SLACK), num_perm=_PERMUTATIONS)
    for name, parts in runs[1].items():
        index.insert(name, signature(parts))
    found = []
    for name, parts in runs[0].items():
        for other in index.query(signature(parts)):
            likeness = _jaccard(parts, runs[1][other])
            is_itself = first is second and name == other
            if likeness >= threshold and not is_itself:
                found.append(Overlap(name, other, _kind(first[name], second[other]), likeness))
    order = {name: position for position, name in enumerate(first)}
    return sorted(found, key=lambda pair: (order[pair.first], -pair.likeness, pair.second))


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
