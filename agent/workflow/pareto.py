"""Which candidate the next step starts from: one that is best at something (GEPA, 2025)."""

import random
from collections.abc import Mapping, Sequence


def front(scores: Mapping[int, Sequence[float]]) -> dict[int, int]:
    """The candidates that no other dominates among those best at something, with the columns that each is best at.

    Args:
        scores: by candidate, one number a column (an item or an objective); higher is better.
    """
    names = list(scores)
    wins: dict[int, int] = {}
    for column in zip(*scores.values(), strict=True):
        best = max(column)
        for name, score in zip(names, column, strict=True):
            if score == best:
                wins[name] = wins.get(name, 0) + 1
    return {name: count for name, count in wins.items() if not _is_dominated(name, wins, scores)}


def pick(scores: Mapping[int, Sequence[float]], chance: random.Random) -> int:
    """A candidate of the front, drawn in proportion to the columns that it is best at."""
    weights = front(scores)
    return chance.choices(list(weights), list(weights.values()))[0]


def _is_dominated(name: int, rivals: Mapping[int, int], scores: Mapping[int, Sequence[float]]) -> bool:
    own = scores[name]
    return any(
        all(theirs >= ours for theirs, ours in zip(scores[rival], own, strict=True))
        and any(theirs > ours for theirs, ours in zip(scores[rival], own, strict=True))
        for rival in rivals
        if rival != name
    )
