"""Optimizers that ask a language model, and prompts with places to fill in."""

import re
from abc import abstractmethod

from agent.llm import Message
from agent.prompts import load
from agent.workflow.optimizers.protocol import Optimizer, Situation
from agent.workflow.proposals import Parsed, ask

_PLACE = re.compile(r"\{(\w+)\}")


class Asking(Optimizer):
    """Asks a language model for values; what it is shown is up to the method."""

    needs_model = True

    @abstractmethod
    def messages(self, situation: Situation) -> list[Message]:
        """What the model is asked."""

    def propose(self, situation: Situation) -> Parsed:
        """What the model says, checked; nothing where neither of two replies can be used."""
        meter, messages = situation.model(self.name), self.messages(situation)
        return ask(meter, "propose", messages, situation.changeable, seed=situation.step)


def filled_in(role: str, **texts: str) -> list[Message]:
    """The turns of a role's prompt with its places filled; what is filled in is not looked at again."""

    def fill(turn: Message) -> Message:
        content = _PLACE.sub(lambda place: texts.get(place[1], place[0]), turn.content)
        return Message(turn.role, re.sub(r"\n{3,}", "\n\n", content))

    return [fill(turn) for turn in load(role)]
