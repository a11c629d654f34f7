"""The seams between an experience library and whoever uses it: advice out, a language model and a solver in."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict

Track = Literal["formulation", "code"]


class Advice(BaseModel):
    """An insight as it is put into a prompt: when it applies, what to do then, and why it was picked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    condition: str
    explanation: str
    example: str = ""
    why: str = ""


class Ask(Protocol):
    """A language model as the library needs one.

    `data` holds named texts that may be hostile: whoever implements this keeps them apart from the instruction.
    With `schema` the reply is one JSON document, which callers validate all the same. Budgets are the
    implementer's: what it raises when one is spent passes through the library, which has then lost nothing.
    """

    async def __call__(
        self,
        instruction: str,
        data: Mapping[str, str],
        *,
        schema: Mapping[str, Any],
        max_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> str:
        """The reply's text."""
        ...


class Attempt(BaseModel):
    """What came of one question that was solved with given advice.

    Attributes:
        status: optimal, infeasible, unbounded, unsure, failed and so on.
        objective: of the verified answer.
        formulation: as JSON; empty where none was built.
        fault: what went wrong, in words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    status: str
    objective: float | None = None
    formulation: str = ""
    fault: str = ""

    @property
    def has_run(self) -> bool:
        """Whether something was built and solved, rightly or not."""
        return self.status not in ("failed", "error")


class Solver(Protocol):
    """The agent as learning needs it; it never learns what the right answer is."""

    @property
    def name(self) -> str:
        """The model that words the formulations, for provenance."""
        ...

    async def attempt(self, question: str, advice: Sequence[Advice], seed: int) -> Attempt:
        """One try at a question with exactly this advice; the same arguments ask for the same try."""
        ...

    async def check(self, question: str, formulation: str) -> Attempt:
        """A given formulation (JSON) built, solved and verified, without a language model."""
        ...


class ExperienceLibrary(Protocol):
    """What the agent asks of a library.

    Implementations are safe to call from several tasks, never raise for a question they know nothing about, and
    return text that is data: it may be hostile, so callers fence it.
    """

    async def retrieve(self, question: str, track: Track, ask: Ask | None = None) -> Sequence[Advice]:
        """The advice for a question, the best first; `ask`, where given, may judge what applies."""
        ...

    async def observe(self, question: str, formulation: str, used: Sequence[str]) -> None:
        """Take note of a verified run: its question, its formulation as JSON, and the advice it used by id."""
        ...


class NullLibrary:
    """A library that knows nothing and takes note of nothing."""

    async def retrieve(self, question: str, track: Track, ask: Ask | None = None) -> Sequence[Advice]:  # noqa: ARG002
        """No advice."""
        return ()

    async def observe(self, question: str, formulation: str, used: Sequence[str]) -> None:
        """Nothing happens."""
