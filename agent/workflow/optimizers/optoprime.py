"""OptoPrime: shows a language model the workflow as a program with its values and what was said about its output."""

from agent.workflow.optimizers import sections
from agent.workflow.optimizers.asking import filled_in
from agent.workflow.optimizers.protocol import Optimizer, Situation
from agent.workflow.proposals import Parsed, ask


class OptoPrime(Optimizer):
    """Asks for better values in view of the minimal subgraph ("Trace is the Next AutoDiff", 2024)."""

    needs_model = True

    def __init__(self, memory: int = 5, objective: str = "Raise the score and heed the feedback.") -> None:
        """Takes what it is to reach.

        Args:
            memory: how many earlier tries it is reminded of.
            objective: what to do, in words.
        """
        super().__init__()
        self._memory = memory
        self._objective = objective

    def propose(self, situation: Situation) -> Parsed:
        """What the model says, checked; nothing where neither of two replies can be used."""
        messages = filled_in(
            "optoprime",
            objective=self._objective,
            graph=sections.graph(situation),
            variables=sections.variables(situation),
            constraints=sections.constraints(situation),
            runs=sections.runs(situation),
            memory=sections.memory(situation.history, situation.targets, self._memory),
        )
        return ask(situation.model(self.name), "propose", messages, situation.changeable, seed=situation.step)
