"""A workflow with one number, for the tests of the search."""

from agent.llm import Budget
from agent.workflow import Margin, Proposer, node, optimize

ITEMS = [float(item) for item in range(8)]


class Line:
    """A workflow with one number; its score is best, 0 on each item, at 4."""

    def __init__(self, start=0.0):
        self.x = node(start, trainable=True, constraint=(0, 10), name="x")
        self.calls = []

    def __call__(self, item):
        self.calls.append((self.x.data, item))
        return self.x - 4

    @staticmethod
    def score(output, item):
        return -abs(output), "too low" if output < 0 else "too high"


def up(situation):
    return {"x": situation.values["x"] + 1}


def run(line, proposer=up, **options):
    defaults = {"budget": Budget(calls=300), "optimizer": Proposer(proposer), "gate": Margin()}
    return optimize(line, ITEMS, score=line.score, **{**defaults, **options})
