"""OPRO: shows a language model earlier candidates with their scores, the best last."""

import math

from agent.llm import Message
from agent.workflow.optimizers import sections
from agent.workflow.optimizers.asking import Asking, filled_in
from agent.workflow.optimizers.protocol import Situation, Tried


class Opro(Asking):
    """Asks for values that score higher than all before ("Large Language Models as Optimizers", 2023)."""

    def __init__(self, memory: int = 12, objective: str = "Find values with a higher score.") -> None:
        """Takes what it is to reach.

        Args:
            memory: how many of the best candidates it is shown.
            objective: what to do, in words.
        """
        super().__init__()
        self._memory = memory
        self._objective = objective

    def messages(self, situation: Situation) -> list[Message]:
        """The candidates that scored best, the best last, with the runs."""
        return filled_in(
            "opro",
            objective=self._objective,
            constraints=sections.constraints(situation),
            candidates=sections.memory(
                sorted(situation.history, key=_score), situation.targets, self._memory
            ),
            runs=sections.runs(situation),
        )


def _score(tried: Tried) -> float:
    return -math.inf if tried.score is None else tried.score
