"""Seconds per question that are spent outside the language model and outside the solver.

    python -m benchmarks.overhead [--rounds 30]

A scripted model answers at once, so that all time is ours; only the engine's own seconds are taken off: its process
and the way there and back count as ours. Both roads are measured warm. On the code road the first three replies are
faulty formulations, and the fourth is a program, which runs in the sandbox.
"""

import argparse
import json
import statistics
import time

import agent
from agent.llm import ScriptedModel

QUESTION = (
    "A bakery makes bread and cake. A loaf of bread brings 3 dollars and needs 1 kg of flour and 10 minutes of oven "
    "time, a cake brings 8 dollars and needs 2 kg and 30 minutes. There are 100 kg and 1200 minutes. Maximize profit."
)
REPLY = json.dumps(
    {
        "variables": [
            {"name": "bread", "meaning": "loaves", "domain": "integer"},
            {"name": "cake", "meaning": "cakes", "domain": "integer"},
        ],
        "objective": {
            "sense": "maximize",
            "meaning": "profit",
            "unit": "$",
            "expression": "3*bread + 8*cake",
        },
        "constraints": [
            {"meaning": "flour", "expression": "1*bread + 2*cake <= 100"},
            {"meaning": "oven", "expression": "10*bread + 30*cake <= 1200"},
        ],
    }
)
PROGRAM = """```python
import pyomo.environ as pyo
model = pyo.ConcreteModel()
model.bread = pyo.Var(domain=pyo.NonNegativeIntegers)
model.cake = pyo.Var(domain=pyo.NonNegativeIntegers)
model.profit = pyo.Objective(expr=3 * model.bread + 8 * model.cake, sense=pyo.maximize)
model.flour = pyo.Constraint(expr=model.bread + 2 * model.cake <= 100)
model.oven = pyo.Constraint(expr=10 * model.bread + 30 * model.cake <= 1200)
```"""


FAULTY = REPLY.replace("3*bread", "3*loaves")


def formulation_road() -> float:
    """Seconds of one question, without those of the engine."""
    return _own_seconds([REPLY])


def code_road() -> float:
    """Seconds of one question that only a program answers, without those of the engine."""
    return _own_seconds([FAULTY, FAULTY, FAULTY, PROGRAM])


def _own_seconds(replies: list[str]) -> float:
    started = time.perf_counter()
    solution = agent.solve(QUESTION, model=ScriptedModel(replies))
    seconds = time.perf_counter() - started
    assert solution.certificate is not None and solution.objective == 340  # else the figure means nothing
    return seconds - solution.certificate.seconds


def main() -> None:
    """Print the median and the slowest tenth of both roads in milliseconds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=30)
    arguments = parser.parse_args()
    for _ in range(3):
        formulation_road()
        code_road()
    rounds = [(formulation_road(), code_road()) for _ in range(arguments.rounds)]
    for name, seconds in zip(("formulation road", "code road"), zip(*rounds, strict=True), strict=True):
        slow = statistics.quantiles(seconds, n=10)[-1]
        print(f"{name:17} median {1000 * statistics.median(seconds):6.1f} ms   p90 {1000 * slow:6.1f} ms")


if __name__ == "__main__":
    main()
