"""OptoPrime: shows a language model the workflow as a program with its values and what was said about its output."""

from agent.llm import Message
from agent.workflow.optimizers import sections
from agent.workflow.optimizers.asking import Asking, filled_in
from agent.workflow.optimizers.protocol import Situation


class OptoPrime(Asking):
    """Asks for better values in view of the minimal subgraph ("Trace is the Next AutoDiff", 2024)."""

    def __init__(self, memory: int = 5, objective: str = "Raise the score and heed the feedback.") -> None:
        """Takes what it is to reach.

        Args:
            memory: how many earlier tries it is reminded of.
            objective: what to do, in words.
        """
        super().__init__()
        self._memory = memory
        self._objective = objective

    def messages(self, situation: Situation) -> list[Message]:
        """The problem instance: the program, its values, the runs with their feedback, and what was tried."""
        return filled_in(
            "optoprime",
            objective=self._objective,
            graph=sections.graph(situation),
            variables=sections.variables(situation),
            constraints=sections.constraints(situation),
            runs=sections.runs(situation),
            memory=sections.memory(situation.history, situation.targets, self._memory),
        )
