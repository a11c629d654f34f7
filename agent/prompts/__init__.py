"""The prompts: one Markdown file a role, in turns that begin with ``# system``, ``# user`` or ``# assistant``."""

import re
from functools import cache
from pathlib import Path

from agent.llm import Message

_TURN = re.compile(r"^# (system|user|assistant)\n", re.MULTILINE)


@cache
def load(role: str, instructions: str | None = None) -> tuple[Message, ...]:
    """The turns of a role's prompt, with other instructions as its system turn where they are given."""
    shipped = turns(Path(__file__).parent / f"{role}.md")
    if instructions is None:
        return shipped
    return Message("system", instructions), *(turn for turn in shipped if turn.role != "system")


def turns(path: Path) -> tuple[Message, ...]:
    """The turns that a prompt's file holds."""
    _, *parts = _TURN.split(path.read_text(encoding="utf-8"))
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return tuple(Message(who, content.strip()) for who, content in pairs)  # type: ignore[arg-type]


def fenced(tag: str, text: str) -> str:
    """Text from outside as data between tags, in which nothing can be read as another tag."""
    inside = _TAG.sub("< ", text)
    return f"<{tag}>\n{inside}\n</{tag}>"


_TAG = re.compile(r"<(?=\s*/?\s*[A-Za-z])")
