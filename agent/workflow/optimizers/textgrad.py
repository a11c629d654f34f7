"""Textual gradients: a criticism of the present values in words, then values that answer it."""

from agent.llm import Message
from agent.prompts import fenced
from agent.workflow.optimizers import sections
from agent.workflow.optimizers.asking import Asking, filled_in
from agent.workflow.optimizers.protocol import Situation
from agent.workflow.traces import clipped

MAX_CRITICISM_TOKENS = 600
MAX_CRITICISM_CHARS = 3_000


class TextGrad(Asking):
    """Two calls a step ("TextGrad: Automatic 'Differentiation' via Text", 2024)."""

    def messages(self, situation: Situation) -> list[Message]:
        """The values with a criticism of them, which the model is asked for first."""
        known = {
            "graph": sections.graph(situation),
            "variables": sections.variables(situation),
            "constraints": sections.constraints(situation),
        }
        asked = filled_in("textgrad_criticism", runs=sections.runs(situation), **known)
        said = (
            situation.model(self.name)
            .complete(
                "criticize", asked, temperature=0.7, seed=situation.step, max_tokens=MAX_CRITICISM_TOKENS
            )
            .text
        )
        criticism = fenced("criticism", clipped(said, MAX_CRITICISM_CHARS))
        return filled_in("textgrad_change", criticism=criticism, **known)
