"""Whether a text tells a formulation: what can be checked without a language model."""

import re
from collections.abc import Iterator
from typing import Any

from agent.formulation import Formulation

MIN_CHARS, MAX_CHARS = 80, 20_000
_NUMBER = re.compile(r"(?<![\w.])-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?<![\w.])-?\d+(?:\.\d+)?")
_IN_EXPRESSION = re.compile(r"(?<![\w.])\d+\.?\d*(?:e[+-]?\d+)?")
_UNTOLD = {0.0, 1.0, 2.0, 3.0, 4.0, 7.0}
"""Words and shapes bring these in (twice, a half, days of a week) without figures."""
_WORDS = dict(
    zip(
        ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
        range(2, 13),
        strict=True,
    )
)


def data_numbers(formulation: Formulation) -> list[float]:
    """The numbers that a text must state: data, and the constants of expressions and bounds that are no shape."""
    found = [abs(value) for parameter in formulation.parameters for value in _leaves(parameter.values)]
    texts = [formulation.objective.expression, *(item.expression for item in formulation.constraints)]
    texts += [str(item.upper) for item in formulation.variables if item.upper is not None]
    texts += [str(item.lower) for item in formulation.variables if item.lower]
    quoted = re.compile(r"'[^']*'")
    found += [float(word) for text in texts for word in _IN_EXPRESSION.findall(quoted.sub("", text))]
    return [value for value in found if value not in _UNTOLD]


def _leaves(values: Any) -> Iterator[float]:
    if isinstance(values, dict):
        values = tuple(values.values())
    if isinstance(values, tuple | list):
        for value in values:
            yield from _leaves(value)
    elif isinstance(values, int | float):
        yield float(values)


def fault(question: str, formulation: Formulation, objective: float) -> str:
    """Why a text cannot be a telling of the formulation; empty where nothing speaks against it."""
    if not MIN_CHARS <= len(question) <= MAX_CHARS:
        return "the text is too short or too long"
    told = _numbers(question)
    needed = data_numbers(formulation)
    missing = [value for value in needed if not _is_told(value, told)]
    if missing:
        return f"numbers are missing, such as {missing[0]:g}"
    if abs(objective) > 12 and _is_told(abs(objective), told) and not _is_told(abs(objective), set(needed)):
        return "the text tells the answer"
    return ""


def _numbers(text: str) -> set[float]:
    figures = {abs(float(match.replace(",", ""))) for match in _NUMBER.findall(text)}
    return figures | {float(_WORDS[word]) for word in re.findall(r"[a-z]+", text.lower()) if word in _WORDS}


def _is_told(value: float, told: set[float]) -> bool:
    """Whether a number stands there, also as a percentage."""
    forms = (value, 100 * value)
    return any(abs(form - other) <= 1e-6 * max(1.0, form) for form in forms for other in told)
