"""A world to learn in: a solver whose answers depend on the advice, and a teacher whose replies are written down."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from library.prompts import load
from library.protocol import Advice, Attempt

RIGHT, WRONG = 42.0, 7.0
Rule = Callable[[str, int], bool]


def formulation(objective: float) -> str:
    """What stands for a formulation; `ScriptedSolver.check` reads its optimum."""
    return json.dumps({"optimum": objective})


class ScriptedSolver:
    """Goes right on a question where its rule says so, given the text of the advice and the seed."""

    name = "scripted-model"

    def __init__(self, rules: Mapping[str, Rule], answer: float = RIGHT) -> None:
        self.rules, self.answer = rules, answer
        self.attempts: list[tuple[str, str, int]] = []
        self.fails_after: int | None = None

    async def attempt(self, question: str, advice: Sequence[Advice], seed: int) -> Attempt:
        """Right or wrong by the rule."""
        if self.fails_after is not None and len(self.attempts) >= self.fails_after:
            raise ConnectionError("the endpoint has gone away")
        text = " ".join(f"{one.condition} {one.explanation} {one.example}" for one in advice)
        self.attempts.append((question, text, seed))
        objective = self.answer if self.rules[question](text, seed) else WRONG
        return Attempt(status="optimal", objective=objective, formulation=formulation(objective))

    async def check(self, question: str, formulation: str) -> Attempt:
        """The optimum that stands in the text."""
        try:
            return Attempt(status="optimal", objective=json.loads(formulation)["optimum"])
        except (ValueError, KeyError) as error:
            return Attempt(status="failed", fault=str(error))


class ScriptedTeacher:
    """Answers each instruction with its next reply, the last one again and again; keeps what it was shown."""

    def __init__(self, **replies: Any) -> None:
        self.replies = {
            name: reply if isinstance(reply, list) else [reply] for name, reply in replies.items()
        }
        self.asked: dict[str, list[Mapping[str, str]]] = defaultdict(list)

    async def __call__(
        self,
        instruction: str,
        data: Mapping[str, str],
        *,
        schema: Mapping[str, Any],
        max_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> str:
        """The next reply to this instruction."""
        name = next(name for name in NAMES if load(name) == instruction)
        self.asked[name].append(dict(data))
        found = self.replies[name]
        reply = found[min(len(self.asked[name]), len(found)) - 1]
        reply = reply(data) if callable(reply) else reply
        return reply if isinstance(reply, str) else json.dumps(reply)

    @property
    def shown(self) -> str:
        """Everything that was ever shown to it."""
        return "\n".join(text for many in self.asked.values() for data in many for text in data.values())


NAMES = ("applies", "extract", "hint", "merge", "condition", "advice")


def draft(condition: str, explanation: str, label: str = "A > B > C", example: str = "") -> dict[str, Any]:
    """An insight as a language model writes it."""
    return {"labels": [label], "condition": condition, "explanation": explanation, "example": example}


def none_apply(data: Mapping[str, str]) -> str:
    """Judges that nothing applies."""
    return '{"applies": []}'


def all_apply(data: Mapping[str, str]) -> str:
    """Judges that everything applies."""
    return json.dumps({"applies": list(range(1, 1 + len(data["notes"].splitlines())))})
