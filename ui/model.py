"""A language model for the length of one piece of work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from agent.llm import ChatModel, connect
from agent.settings import Settings


class Watch(Protocol):
    """Who is told what goes on outside the steps, such as a download."""

    note: str


@asynccontextmanager
async def connected(settings: Settings, watch: Watch) -> AsyncIterator[ChatModel]:
    """The model that settings name; afterwards an endpoint's connections are closed, the embedded one stays loaded.

    Raises:
        AgentError: a setting is wrong, or the model cannot be had.
    """
    model = await asyncio.to_thread(connect, settings, _Download(watch))
    try:
        yield model
    finally:
        if not settings.is_local:
            model.close()


class _Download:
    """Tells a watch how far the embedded model's download is."""

    def __init__(self, watch: Watch) -> None:
        self._watch, self._what, self._total = watch, "", 1

    def start(self, what: str, total_bytes: int, done_bytes: int) -> None:
        self._what, self._total = what, max(1, total_bytes)
        self.update(done_bytes)

    def update(self, done_bytes: int) -> None:
        self._watch.note = f"{self._what}: {done_bytes / self._total:.0%} of {self._total / 1e9:.1f} GB"

    def stop(self) -> None:
        self._watch.note = ""
