"""The seam between an experience library and whoever uses one."""

from collections.abc import Sequence
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict

Track = Literal["formulation", "code"]


class Insight(BaseModel):
    """A piece of know-how as it is put into a prompt: when it applies, and what to do then."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    condition: str
    explanation: str
    example: str = ""


class ExperienceLibrary(Protocol):
    """What the agent asks of a library.

    Implementations are safe to call from several tasks, never raise for a question they know nothing about, and
    return text that is data: it may be hostile, so callers fence it.
    """

    async def retrieve(self, question: str, track: Track, limit: int = 4) -> Sequence[Insight]:
        """At most `limit` insights that apply to a question, the best first."""
        ...

    async def learn(self, question: str, formulation: str, used: Sequence[str]) -> None:
        """Take note of a verified run: its question, its formulation as JSON, and the insights it used by id."""
        ...


class NullLibrary:
    """A library that knows nothing and learns nothing."""

    async def retrieve(self, question: str, track: Track, limit: int = 4) -> Sequence[Insight]:  # noqa: ARG002
        """No insights."""
        return ()

    async def learn(self, question: str, formulation: str, used: Sequence[str]) -> None:
        """Nothing happens."""
