"""Textual gradients: a criticism of the present values in words, then values that answer it."""

from agent.prompts import fenced
from agent.workflow.optimizers import sections
from agent.workflow.optimizers.asking import filled_in
from agent.workflow.optimizers.protocol import Optimizer, Situation
from agent.workflow.proposals import Parsed, ask
from agent.workflow.traces import clipped

MAX_CRITICISM_TOKENS = 600
MAX_CRITICISM_CHARS = 3_000


class TextGrad(Optimizer):
    """Two calls a step ("TextGrad: Automatic 'Differentiation' via Text", 2024)."""

    needs_model = True

    def propose(self, situation: Situation) -> Parsed:
        """What the model makes of its own criticism, checked; nothing where neither of two replies can be used."""
        meter = situation.model(self.name)
        known = {
            "graph": sections.graph(situation),
            "variables": sections.variables(situation),
            "constraints": sections.constraints(situation),
        }
        asked = filled_in("textgrad_criticism", runs=sections.runs(situation), **known)
        said = meter.complete(
            "criticize", asked, temperature=0.7, seed=situation.step, max_tokens=MAX_CRITICISM_TOKENS
        ).text
        criticism = fenced("criticism", clipped(said, MAX_CRITICISM_CHARS))
        messages = filled_in("textgrad_change", criticism=criticism, **known)
        return ask(meter, "propose", messages, situation.changeable, seed=situation.step)
