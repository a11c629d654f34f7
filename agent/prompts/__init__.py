"""The prompts: one Markdown file a role, in turns that begin with ``# system``, ``# user`` or ``# assistant``."""

import re
from functools import cache
from pathlib import Path

from agent.llm import Message

_TURN = re.compile(r"^# (system|user|assistant)\n", re.MULTILINE)


@cache
def load(role: str) -> tuple[Message, ...]:
    """The turns of a role's prompt."""
    return turns(Path(__file__).parent / f"{role}.md")


def turns(path: Path) -> tuple[Message, ...]:
    """The turns that a prompt's file holds."""
    _, *parts = _TURN.split(path.read_text(encoding="utf-8"))
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return tuple(Message(who, content.strip()) for who, content in pairs)  # type: ignore[arg-type]


def fenced(tag: str, text: str) -> str:
    """Text from outside as data between tags, with whatever could close a fence taken out."""
    inside = _TAG.sub(r"< \1", text)
    return f"<{tag}>\n{inside}\n</{tag}>"


_NAMES = (
    "advice|complaint|failures|first|formulation|helps|hint|insight|labels|misleads|model|notes|problem|question|right|"
    "second|tables|tried|wrong"
)
_TAG = re.compile(rf"<(\s*/?\s*(?:{_NAMES})\b)", re.IGNORECASE)
