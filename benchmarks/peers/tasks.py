"""Tasks for the comparison of workflow optimizers; plain Python, so that any environment can run them.

A workflow is written with operators only, so that the same code runs on plain values and on the nodes of any
recorder. The proposer is a rule of the present values and the feedback; no language model takes part.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Values = dict[str, Any]
WORDS = ("units", "rounding", "bounds", "names", "checks", "brevity")


@dataclass
class Task:
    """One task.

    Attributes:
        values: what the parameters start with.
        train: items that proposals are made from.
        validation: items that candidates are compared on.
        workflow: takes values, plain or nodes, and an item.
        score: takes a plain output and an item; gives score and feedback.
        rule: the proposer: takes values and feedback, gives new values.
        target: mean score at which the search may end.
        calls: runs of the workflow so far.
        rule_s: seconds spent in the rule so far.
    """

    name: str
    values: Values
    train: Sequence[Any]
    validation: Sequence[Any]
    workflow: Callable[[Any, Any], Any]
    score: Callable[[Any, Any], tuple[float, str]]
    rule: Callable[[Values, str], Values]
    target: float
    calls: int = 0
    rule_s: float = field(default=0.0, repr=False)

    def run(self, values: Any, item: Any) -> Any:
        """The workflow's output; counted."""
        self.calls += 1
        return self.workflow(values, item)

    def propose(self, values: Values, feedback: str) -> Values:
        """The rule's values; timed."""
        started = time.perf_counter()
        try:
            return self.rule(values, feedback)
        finally:
            self.rule_s += time.perf_counter() - started

    def final_score(self, values: Values) -> float:
        """The mean score on the validation items; not counted."""
        scores = [self.score(self.workflow(values, item), item)[0] for item in self.validation]
        return sum(scores) / len(scores)

    def plain_seconds(self, rounds: int = 20) -> float:
        """Seconds of one run on plain values."""
        started = time.perf_counter()
        for _ in range(rounds):
            self.workflow(self.values, self.train[0])
        return (time.perf_counter() - started) / rounds


def tasks(seed: int) -> list[Task]:
    """Fresh tasks: numbers on a short and on a long graph, words, a word that looks like code, a truth value.

    Args:
        seed: where the numbers start, from -8 to -2.
    """
    start = {"x": random.Random(seed).uniform(-8, -2)}
    return [
        Task("short graph", start, [7.0], [7.0], _short, _near, _toward, -0.01),
        Task("graph of 1,000 operations", start, [7.0], [7.0], _long, _near, _toward, -0.01),
        Task("words of a prompt", {"prompt": "Answer."}, WORDS, WORDS, _prompted, _has, _add, 1.0),
        Task(
            "a prompt with `definition`",
            {"prompt": "Answer."},
            ("definition", "units"),
            ("definition", "units"),
            _prompted,
            _has,
            _add,
            1.0,
        ),
        Task("a truth value told as text", {"flag": True}, [0.0], [0.0], _switched, _off, _say_false, 1.0),
    ]


def _short(values: Any, item: float) -> Any:
    shifted = values["x"] + 1.0
    return shifted + shifted * 0.5 - item


def _long(values: Any, item: float) -> Any:
    total = values["x"]
    for _ in range(499):
        total = total * 1.0 + 0.001
    return total - item


def _near(output: float, item: float) -> tuple[float, str]:  # noqa: ARG001
    return -abs(output), "too low" if output < 0 else "too high"


class _Step:
    """The step of ``_toward``, which shrinks with each proposal, wherever the search starts it from."""

    size = 4.0


def _toward(values: Values, feedback: str) -> Values:
    _Step.size *= 0.8
    return {"x": values["x"] + (_Step.size if "too low" in feedback else -_Step.size)}


def start_again() -> None:
    """Lets the step be large again; to be called before each run."""
    _Step.size = 4.0


def _prompted(values: Any, item: str) -> Any:
    return values["prompt"] + " || " + item


def _has(output: str, item: str) -> tuple[float, str]:
    is_there = item in output.split(" || ")[0]
    return float(is_there), "right" if is_there else f"missing: {item}."


def _add(values: Values, feedback: str) -> Values:
    missing = feedback.split("missing: ", 1)[-1].split(".", 1)[0] if "missing: " in feedback else "more"
    return {"prompt": f"{values['prompt']} Mind {missing}."}


def _switched(values: Any, item: float) -> Any:
    return values["flag"] * 1.0 + item


def _off(output: float, item: float) -> tuple[float, str]:  # noqa: ARG001
    return (1.0, "right") if output == 0.0 else (0.0, "switch it off")


def _say_false(values: Values, feedback: str) -> Values:  # noqa: ARG001
    return {"flag": "False"}
