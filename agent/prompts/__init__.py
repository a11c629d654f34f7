"""The prompts: one Markdown file a role, in turns that begin with ``# system``, ``# user`` or ``# assistant``."""

import re
from functools import cache
from pathlib import Path

from agent.llm import Message

_TURN = re.compile(r"^# (system|user|assistant)\n", re.MULTILINE)


@cache
def load(role: str, instructions: str | None = None) -> tuple[Message, ...]:
    """The turns of a role's prompt, with other instructions as its system turn where they are given."""
    text = (Path(__file__).parent / f"{role}.md").read_text(encoding="utf-8")
    _, *parts = _TURN.split(text)
    turns = zip(parts[::2], parts[1::2], strict=True)
    shipped = tuple(Message(who, content.strip()) for who, content in turns)  # type: ignore[arg-type]
    if instructions is None:
        return shipped
    return Message("system", instructions), *(turn for turn in shipped if turn.role != "system")


def fenced(tag: str, text: str) -> str:
    """Text from outside as data between tags, with whatever could close a fence taken out."""
    inside = _TAG.sub(r"< \1", text)
    return f"<{tag}>\n{inside}\n</{tag}>"


_TAGS = (
    *("advice", "tables", "problem", "hint", "complaint", "model", "question"),  # of the agent
    *("code", "documentation", "variables", "constraints", "run", "memory", "criticism"),
)
_TAG = re.compile(rf"<(\s*/?\s*(?:{'|'.join(_TAGS)})\b)", re.IGNORECASE)
