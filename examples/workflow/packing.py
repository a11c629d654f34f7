"""Pack equal circles into the unit square: a numeric proposer on a JSON parameter.

    python examples/workflow/packing.py

The radius of five circles is at most 0.2071 (four corners and the middle). The score is the radius that fits.
"""

import math
import random

from pydantic import BaseModel

from agent.workflow import Budget, Proposer, node, optimize

COUNT = 5


class Centers(BaseModel):
    """Where the circles are; all coordinates are inside the square."""

    points: list[tuple[float, float]]


start = Centers(points=[(0.2 + 0.15 * place, 0.5) for place in range(COUNT)])
centers = node(start, trainable=True, description="centers of equal circles in the unit square")


def packing(_item):
    return centers.data.points


def score(points, _item):
    """The largest radius with which no circles overlap or leave the square."""
    between = min(math.dist(a, b) / 2 for place, a in enumerate(points) for b in points[:place])
    walls = min(min(x, y, 1 - x, 1 - y) for x, y in points)
    return min(between, walls), f"{between:.4f} between circles, {walls:.4f} at the walls"


def push(situation):
    """The circles, each moved by chance, less and less far as steps go by."""
    chance = random.Random(situation.step)
    reach = 0.15 * 0.996**situation.step
    points = situation.values["centers"]["points"]
    moved = [[min(1.0, max(0.0, each + chance.gauss(0, reach))) for each in point] for point in points]
    return {"centers": {"points": moved}}


result = optimize(
    packing,
    [0],
    score=score,
    budget=Budget(calls=1_200),
    optimizer=Proposer(push, needs_evidence=False),
    selection="best",
    time_limit_s=None,
)
print(
    f"radius {result.validation.after:.4f} from {result.validation.before:.4f}; {result.ledger.calls} calls"
)
