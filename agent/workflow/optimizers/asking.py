"""Prompts with places to fill in."""

import re

from agent.llm import Message
from agent.prompts import load

_PLACE = re.compile(r"\{(\w+)\}")


def filled_in(role: str, **texts: str) -> list[Message]:
    """The turns of a role's prompt with its places filled; what is filled in is not looked at again."""

    def fill(turn: Message) -> Message:
        content = _PLACE.sub(lambda place: texts.get(place[1], place[0]), turn.content)
        return Message(turn.role, re.sub(r"\n{3,}", "\n\n", content))

    return [fill(turn) for turn in load(role)]
