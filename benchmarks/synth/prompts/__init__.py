"""The prompts of synthesis: one Markdown file a role, as those of the agent."""

from pathlib import Path

from agent.llm import Message
from agent.prompts import turns

_HERE = Path(__file__).parent


def prompt(role: str, **values: str) -> list[Message]:
    """The turns of a role with `values` in place of their names in braces."""
    found = []
    for turn in turns(_HERE / f"{role}.md"):
        content = turn.content
        for name, value in values.items():
            content = content.replace("{" + name + "}", value)
        found.append(Message(turn.role, content))
    return found
