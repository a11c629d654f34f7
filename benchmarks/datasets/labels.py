"""What a set's label says: numbers, lists of accepted numbers, or an outcome without one."""

import ast
import math
import re
from collections.abc import Mapping

from benchmarks.datasets.records import Key

_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
_OUTCOMES: dict[str, tuple[Key, ...]] = {
    "infeasible": ("infeasible",),
    "no feasible solution": ("infeasible",),
    "unbounded": ("unbounded",),
    "infeasible or unbounded": ("infeasible", "unbounded"),
    "no best solution": ("infeasible", "unbounded"),
    "no optimal solution": ("infeasible", "unbounded"),
    "unsure": ("unsure",),
}
_GOAL = re.compile(
    r"max|min|total|optimal|profit|cost|revenue|ratio|volume|area|perimeter|objective", re.IGNORECASE
)


class LabelError(ValueError):
    """A label that cannot be scored; the text says why."""


def keys_of(label: object) -> tuple[Key, ...]:
    """Every answer that a label accepts.

    >>> keys_of("1,200.5"), keys_of([3, "4"]), keys_of("No Best Solution")
    ((1200.5,), (3.0, 4.0), ('infeasible', 'unbounded'))

    Raises:
        LabelError: it is missing, empty, or neither numbers nor an outcome.
    """
    if label is None or label == "":
        raise LabelError("there is no answer")
    if isinstance(label, list | tuple):
        found = tuple(dict.fromkeys(key for part in label for key in keys_of(part)))
        if not found:
            raise LabelError("the list of accepted answers is empty")
        return found
    if isinstance(label, str):
        return _keys_of_text(label.strip())
    return (number(label),)


def _keys_of_text(text: str) -> tuple[Key, ...]:
    words = re.sub(r"[^a-z ]", " ", text.lower()).strip()
    if words in _OUTCOMES:
        return _OUTCOMES[words]
    if text.startswith("["):
        try:
            parts = ast.literal_eval(text)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            raise LabelError(f"the label {text[:80]!r} is no list of answers") from None
        return keys_of(parts)
    return (number(text),)


def number(value: object) -> float:
    """A label as a finite number; thousands may be grouped by commas.

    Raises:
        LabelError: it is none.
    """
    if isinstance(value, str) and _THOUSANDS.fullmatch(value.strip()):
        value = value.replace(",", "")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise LabelError(f"the label {str(value)[:80]!r} is no number")
    try:
        found = float(value)
    except (ValueError, OverflowError):
        raise LabelError(f"the label {str(value)[:80]!r} is no number") from None
    if not math.isfinite(found):
        raise LabelError(f"the label {str(value)[:80]!r} is not finite")
    return found


def results_of(results: object) -> tuple[float, dict[str, float]]:
    """The objective of a key by description, and its other numbers; the objective is the last that names a goal.

    Raises:
        LabelError: the key is empty, no mapping, or one of its values is no number.
    """
    if not isinstance(results, Mapping) or not results:
        raise LabelError("the results are no mapping of descriptions to numbers")
    numbers = {str(name): number(value) for name, value in results.items()}
    goal = ([name for name in numbers if _GOAL.search(name)] or list(numbers))[-1]
    return numbers.pop(goal), numbers
