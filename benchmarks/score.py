"""The strict scorer: relative tolerance on the objective, no rounding, nothing flipped to fit the key."""

import math
import re
from collections.abc import Mapping
from typing import Any

TOLERANCE = 1e-6
_GOAL = re.compile(
    r"max|min|total|optimal|profit|cost|revenue|ratio|volume|area|perimeter|objective", re.IGNORECASE
)


def is_right(answer: float | None, key: float | None, tolerance: float = TOLERANCE) -> bool:
    """Whether an objective equals the key within `tolerance`, relative to the larger of 1 and the key."""
    if answer is None or key is None or not math.isfinite(answer):
        return False
    return abs(answer - key) <= tolerance * max(1.0, abs(key))


def key_of(item: Mapping[str, Any]) -> float | None:
    """The objective in an item's key: its `answer`, or of OptiBench's `results` the last that names a goal."""
    if "answer" in item:
        return _number(item["answer"])
    results = item.get("results", {})
    goals = [value for name, value in results.items() if _GOAL.search(name)] or list(results.values())
    return _number(goals[-1]) if goals else None


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def wilson(right: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % confidence interval of a share (Wilson 1927)."""
    if not total:
        return 0.0, 1.0
    share, z2 = right / total, z * z
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = z * math.sqrt(share * (1 - share) / total + z2 / (4 * total * total)) / (1 + z2 / total)
    return max(0.0, middle - half), min(1.0, middle + half)
