"""Numbers that a text and its formulation do not share: the commonest sign of a forgotten or invented limit."""

import math
import re
from collections import Counter
from itertools import product

from agent.formulation.model import Formulation

_NUMBER = re.compile(r"(?<![\w.])\$?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?![\w])(\s*(?:%|percent))?")
_ENUMERATIONS = ("table", "figure", "section", "chapter", "step", "no", "number", "question")
_TRIVIAL = {0.0, 1.0}
_WORDS = {
    **dict(
        zip(
            [
                "one",
                "two",
                "three",
                "four",
                "five",
                "six",
                "seven",
                "eight",
                "nine",
                "ten",
                "eleven",
                "twelve",
            ],
            range(1, 13),
            strict=True,
        )
    ),
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "hundred": 100,
    "thousand": 1000,
    "twice": 2,
    "double": 2,
    "thrice": 3,
    "triple": 3,
    "half": 0.5,
    "third": 3,
    "quarter": 0.25,
    "dozen": 12,
}
_COMMON = {
    2.0,
    3.0,
    4.0,
    7.0,
    10.0,
    12.0,
    24.0,
    30.0,
    52.0,
    60.0,
    100.0,
    365.0,
    1000.0,
    3600.0,
    0.5,
    0.25,
    1 / 3,
}
"""Powers, shapes and units bring these in without the text saying them."""
MAX_NUMBERS = 60


def unused_numbers(question: str, formulation: Formulation) -> list[str]:
    """The numbers of a text, as written, that a formulation's expressions and bounds do not use.

    A number counts as used if it, its hundredth (for a percentage), its complement, its reciprocal, or a
    product or quotient with another number of the text appears. Texts with very many numbers are not judged.
    """
    found = _in_text(question)
    if not found or len(found) > MAX_NUMBERS:
        return []
    used = _in_formulation(formulation)
    texts = {value for _, value in found} | _in_words(question)
    combined = {a * b for a, b in product(texts, repeat=2)} | {
        a / b for a, b in product(texts, repeat=2) if b
    }
    derived = {value for value in used - _TRIVIAL if _is_near(value, combined) and not _is_near(value, texts)}
    unused = []
    for word, value in found:
        forms = _forms(value, is_percent=word.endswith(("%", "percent")))
        is_used = any(_is_near(form, used) for form in forms) or any(
            _is_near(value * other, derived) or (other and _is_near(value / other, derived))
            for other in texts
        )
        if not is_used and value not in _TRIVIAL and word not in unused:
            unused.append(word)
    return unused


def _forms(value: float, *, is_percent: bool) -> set[float]:
    """What a stated number may have become: itself, its reciprocal, of a share also complement and surplus."""
    share = value / 100 if is_percent else value
    related = {1 - share, 1 + share} if is_percent or value < 1 else set()
    return {value, share, 1 / value if value else 0.0} | related


def scarce_numbers(question: str, formulation: Formulation) -> list[str]:
    """The numbers that a text states more often than a formulation with plain variables uses them.

    Two limits of the same size, or a coefficient that equals a limit: small models write one of the two.
    """
    found = _in_text(question)
    if not found or len(found) > MAX_NUMBERS or formulation.parameters:
        return []
    stated = Counter(value for _, value in found if value not in _TRIVIAL)
    used = Counter(_listed(formulation))
    return [f"{value:g}" for value, count in stated.items() if 0 < _count(used, value) < count]


def _count(used: Counter[float], value: float) -> int:
    """How often a number is used, as it is or as a percentage."""
    return sum(count for other, count in used.items() if _is_near(other, {value, value / 100}))


def invented_numbers(question: str, formulation: Formulation) -> list[str]:
    """The numbers of a formulation that neither stand in the text nor follow from one or two of its numbers."""
    found = _in_text(question)
    if not found or len(found) > MAX_NUMBERS:
        return []
    texts = {value for _, value in found} | _in_words(question)
    stated = texts | {value / 100 for value in texts} | {1.0}
    base = {_digits(value) for value in stated | _TRIVIAL | _COMMON}
    invented = (value for value in _in_formulation(formulation) if not _follows(value, stated, base))
    return sorted(f"{value:g}" for value in invented if not _is_pi(value))


def _follows(value: float, stated: set[float], base: set[float]) -> bool:
    """Whether a number is in `base`, or a sum, difference, product or quotient of one in `stated` and one there."""
    if _digits(value) in base:
        return True
    parts = (
        part
        for other in stated
        for part in (value - other, value + other, other - value, value * other, *_quotients(value, other))
    )
    return any(_digits(part) in base for part in parts)


def _quotients(value: float, other: float) -> tuple[float, ...]:
    return (value / other, other / value) if value and other else ()


def _digits(value: float) -> float:
    """Six significant digits: as many as a rounded quotient keeps."""
    return float(f"{value:.6g}")


def _is_pi(value: float) -> bool:
    return abs(value - math.pi) < 0.01


def _in_text(question: str) -> list[tuple[str, float]]:
    """Each number as written and as a value; without those that only tell things apart (machine 1, Table 2)."""
    labels = _labels(question)
    found = []
    for match in _NUMBER.finditer(question):
        before = re.search(r"([A-Za-z]+)\s*$", question[: match.start()])
        if before is None or before[1].lower() not in labels:
            found.append((match.group().strip(), float(match[1].replace(",", ""))))
    return found


def _labels(question: str) -> set[str]:
    """Words that stand before a number to tell things apart: those followed by both 1 and 2 somewhere."""
    following: dict[str, set[str]] = {word: {"1", "2"} for word in _ENUMERATIONS}
    for word, number in re.findall(r"([A-Za-z]+)\s+(\d+)\b", question):
        following.setdefault(word.lower(), set()).add(number)
    return {word for word, numbers in following.items() if {"1", "2"} <= numbers}


def _in_words(question: str) -> set[float]:
    return {_WORDS[word] for word in re.findall(r"[a-z]+", question.lower()) if word in _WORDS}


def _in_formulation(formulation: Formulation) -> set[float]:
    return set(_listed(formulation))


def _listed(formulation: Formulation) -> list[float]:
    """Every number that a formulation writes, as often as it does."""
    texts = [
        formulation.objective.expression,
        *(f"{c.expression} {c.forall}" for c in formulation.constraints),
    ]
    texts += [str(bound) for v in formulation.variables for bound in (v.lower, v.upper) if bound is not None]
    texts += [str(p.values) for p in formulation.parameters] + [str(s.elements) for s in formulation.sets]
    return [
        abs(float(word)) for text in texts for word in re.findall(r"(?<![\w.])\d+\.?\d*(?:e[+-]?\d+)?", text)
    ]


def _is_near(value: float, known: set[float]) -> bool:
    return any(abs(value - other) <= 1e-9 * max(1.0, abs(value)) for other in known)
