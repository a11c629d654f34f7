"""The instructions to the language model: one Markdown file a task."""

from functools import cache
from pathlib import Path


@cache
def load(name: str) -> str:
    """The text of an instruction."""
    return (Path(__file__).parent / f"{name}.md").read_text(encoding="utf-8").strip()
