"""Numbers that a text and its formulation do not share: the commonest sign of a forgotten or invented limit."""

import math
import re
from itertools import product

from agent.formulation.model import Formulation

_NUMBER = re.compile(r"(?<![\w.])\$?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?![\w])(\s*(?:%|percent))?")
_ENUMERATION = re.compile(r"(?:table|figure|section|chapter|step|no\.?|number|question)\s*$", re.IGNORECASE)
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
    texts = {value for _, value in found}
    combined = {a * b for a, b in product(texts, repeat=2)} | {
        a / b for a, b in product(texts, repeat=2) if b
    }
    derived = {value for value in used - _TRIVIAL if _is_near(value, combined)}
    unused = []
    for word, value in found:
        forms = {
            value,
            value / 100,
            1 - value,
            1 - value / 100,
            1 + value,
            1 + value / 100,
            1 / value if value else 0,
        }
        is_used = any(_is_near(form, used) for form in forms) or any(
            _is_near(value * other, derived) or (other and _is_near(value / other, derived))
            for other in texts
        )
        if not is_used and value not in _TRIVIAL and word not in unused:
            unused.append(word)
    return unused


def invented_numbers(question: str, formulation: Formulation) -> list[str]:
    """The numbers of a formulation that neither stand in the text nor follow from one or two of its numbers."""
    found = _in_text(question)
    if not found or len(found) > MAX_NUMBERS:
        return []
    words = {_WORDS[word] for word in re.findall(r"[a-z]+", question.lower()) if word in _WORDS}
    texts = {value for _, value in found} | words
    stated = texts | {value / 100 for value in texts} | {1.0}
    known = stated | _TRIVIAL | _COMMON
    known |= {value for a, b in product(stated, repeat=2) for value in (a + b, abs(a - b))}
    known |= {value for a, b in product(stated, known) for value in (a * b, a / b if b else 0.0)}
    known |= {round(value, places) for value in known for places in (2, 3, 4)}
    return sorted(
        f"{value:g}"
        for value in _in_formulation(formulation)
        if not _is_pi(value) and not _is_near(value, known)
    )


def _is_pi(value: float) -> bool:
    return abs(value - math.pi) < 0.01


def _in_text(question: str) -> list[tuple[str, float]]:
    return [
        (match.group().strip(), float(match[1].replace(",", "")))
        for match in _NUMBER.finditer(question)
        if not _ENUMERATION.search(question[: match.start()])
    ]


def _in_formulation(formulation: Formulation) -> set[float]:
    texts = [
        formulation.objective.expression,
        *(f"{c.expression} {c.forall}" for c in formulation.constraints),
    ]
    texts += [str(bound) for v in formulation.variables for bound in (v.lower, v.upper) if bound is not None]
    texts += [str(p.values) for p in formulation.parameters] + [str(s.elements) for s in formulation.sets]
    return {
        abs(float(word)) for text in texts for word in re.findall(r"(?<![\w.])\d+\.?\d*(?:e[+-]?\d+)?", text)
    }


def _is_near(value: float, known: set[float]) -> bool:
    return any(abs(value - other) <= 1e-9 * max(1.0, abs(value)) for other in known)
