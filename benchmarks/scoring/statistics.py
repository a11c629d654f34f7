"""Statistics of scores: intervals, paired tests, calibration, and what abstaining buys."""

import math
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple


class Share(NamedTuple):
    """So many of so many, with a 95 % confidence interval."""

    right: int
    total: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share; 0 of nothing is 0."""
        return self.right / self.total if self.total else 0.0

    def __str__(self) -> str:
        """For people."""
        return f"{self.right} of {self.total} ({self.value:.1%}, {self.low:.0%} to {self.high:.0%})"


class Bin(NamedTuple):
    """Answers of about the same confidence: their mean confidence, and how many of them are right."""

    confidence: float
    right: int
    total: int


class Point(NamedTuple):
    """Answering only above a confidence: the share of questions answered, and of these the share that is wrong."""

    coverage: float
    risk: float
    threshold: float


def share(right: int, total: int, z: float = 1.959964) -> Share:
    """A share with its confidence interval (Wilson 1927), which holds for small numbers, too."""
    if not total:
        return Share(0, 0, 0.0, 1.0)
    mean, z2 = right / total, z * z
    middle = (mean + z2 / (2 * total)) / (1 + z2 / total)
    half = z * math.sqrt(mean * (1 - mean) / total + z2 / (4 * total * total)) / (1 + z2 / total)
    return Share(right, total, max(0.0, middle - half), min(1.0, middle + half))


def mcnemar(only_first: int, only_second: int) -> float:
    """The two-sided p-value that two runs are equally good, given the items only one of them got right.

    Exact, by the binomial distribution (McNemar 1947): the items on which both agree say nothing.
    """
    changed = only_first + only_second
    fewer = min(only_first, only_second)
    tail = sum(math.comb(changed, count) for count in range(fewer + 1))
    return min(1.0, 2 * tail / (1 << changed))


def pass_at_k(samples: int, right: int, k: int) -> float:
    """The chance that one of `k` samples is right, of `samples` drawn with `right` right.

    Chen et al., Evaluating Large Language Models Trained on Code (2021), eq. 1; `k` is at most `samples`. Unbiased
    where `samples` does not depend on what was drawn.
    """
    return 1.0 - math.comb(samples - right, k) / math.comb(samples, k)


def risk_coverage(answered: Sequence[tuple[float, bool]], asked: int) -> list[Point]:
    """The risk at each coverage, from the most confident answers to all (El-Yaniv and Wiener 2010).

    Args:
        answered: confidence of each answer that was given, and whether it is right; equal confidences enter at once.
        asked: all questions, also those that were not answered.
    """
    ordered = sorted(answered, key=lambda item: -item[0])
    points, taken, wrong = [], 0, 0
    for confidence, group in groupby(ordered, key=lambda item: item[0]):
        rights = [is_right for _, is_right in group]
        taken, wrong = taken + len(rights), wrong + rights.count(False)
        points.append(Point(taken / asked, wrong / taken, confidence))
    return points


def calibration(answered: Sequence[tuple[float, bool]], bins: int = 10) -> list[Bin]:
    """The answers by confidence, in bins of equal width; empty bins are left out."""
    found = []
    keyed = sorted(
        (min(int(confidence * bins), bins - 1), confidence, right) for confidence, right in answered
    )
    for _, group in groupby(keyed, key=lambda item: item[0]):
        members = list(group)
        mean = math.fsum(confidence for _, confidence, _ in members) / len(members)
        found.append(Bin(mean, sum(right for *_, right in members), len(members)))
    return found


def calibration_error(bins: Sequence[Bin]) -> float:
    """The mean distance of confidence and share of right answers (expected calibration error, Guo et al. 2017)."""
    total = sum(item.total for item in bins)
    distance = math.fsum(abs(item.confidence * item.total - item.right) for item in bins)
    return distance / total if total else 0.0
