"""Whether a candidate is better than the workflow as it came: a paired test on the same items and seeds."""

import itertools
import math
import random
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

EXACT_ITEMS = 12
"""Up to here all 2**n signs are tried."""
DRAWS = 4_000
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Ruling:
    """A gate's decision, with its reason in words."""

    is_better: bool
    reason: str
    p_value: float | None = None


class Gate(ABC):
    """Decides from paired scores."""

    @abstractmethod
    def rule(self, before: Sequence[float], after: Sequence[float]) -> Ruling:
        """Whether ``after`` is better than ``before``, item by item; higher scores are better."""

    @abstractmethod
    def __str__(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Margin(Gate):
    """Better is what raises the mean score by more than a stated margin."""

    by: float = 0.0

    def rule(self, before: Sequence[float], after: Sequence[float]) -> Ruling:
        """The difference of the means against the margin."""
        gain = mean(after) - mean(before)
        text = f"mean score {mean(before):.4g} -> {mean(after):.4g}, a gain of {gain:.4g}"
        if gain > self.by:
            return Ruling(True, f"{text}, more than {self.by:g}")
        return Ruling(False, f"{text}, not more than {self.by:g}")

    def __str__(self) -> str:
        return f"the mean score must rise by more than {self.by:g}"


@dataclass(frozen=True, slots=True)
class Significance(Gate):
    """Better is what a one-sided paired permutation test finds better at a level.

    With n items of which m differ, no p-value is below 2**-m, so that fewer than 5 items prove nothing at 5 %.
    """

    level: float = 0.05

    def rule(self, before: Sequence[float], after: Sequence[float]) -> Ruling:
        """The p-value against the level."""
        p_value = paired_p_value(before, after)
        text = f"mean score {mean(before):.4g} -> {mean(after):.4g}, p = {p_value:.3g}"
        if mean(after) > mean(before) and p_value <= self.level:
            return Ruling(True, f"{text}, at most {self.level:g}", p_value)
        return Ruling(False, f"{text}, more than {self.level:g}", p_value)

    def __str__(self) -> str:
        return f"a paired permutation test must find it better at the level {self.level:g}"


def default_gate(items: int) -> Gate:
    """``Significance`` where that many items can reach it, else ``Margin``."""
    gate = Significance()
    return gate if 2.0**-items <= gate.level else Margin()


def paired_p_value(before: Sequence[float], after: Sequence[float]) -> float:
    """The chance of so large a mean gain if the two were exchangeable on each item (Fisher 1935).

    All sign changes of the differences are counted for up to 12 items that differ; beyond, 4,000 random ones,
    always the same, with the observed one among them.

    Example:
        >>> paired_p_value([0, 0, 0, 0, 0], [1, 1, 1, 1, 1])
        0.03125
    """
    gains = [new - old for old, new in zip(before, after, strict=True) if new != old]
    observed = math.fsum(gains) - _TINY * sum(map(abs, gains))
    if len(gains) <= EXACT_ITEMS:
        totals = [math.fsum(map(math.copysign, gains, signs)) for signs in _signs(len(gains))]
        return sum(total >= observed for total in totals) / len(totals)
    chance = random.Random(0)
    sizes = [abs(gain) for gain in gains]
    whole = math.fsum(sizes)
    count = 0
    for _ in range(DRAWS):
        bits = chance.getrandbits(len(sizes))
        negative = sum(size for place, size in enumerate(sizes) if bits >> place & 1)
        count += whole - 2 * negative >= observed
    return (count + 1) / (DRAWS + 1)


def _signs(count: int) -> "itertools.product[tuple[float, ...]]":
    return itertools.product((1.0, -1.0), repeat=count)


def mean(scores: Sequence[float]) -> float:
    """The mean; minus infinity of none."""
    return math.fsum(scores) / len(scores) if scores else -math.inf
