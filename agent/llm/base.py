"""One call as one value, and the base class that spells the call's arguments out once."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from agent.llm.protocol import (
    DEFAULT_MAX_TOKENS,
    DEFAULT_SCHEMA_NAME,
    CallOptions,
    Message,
    OnText,
    Reply,
    Schema,
)


@dataclass(frozen=True, slots=True)
class Request:
    """All arguments of one call: what implementations pass on, doubles record and cassettes hash."""

    messages: tuple[Message, ...]
    schema: Schema | None = None
    schema_name: str = DEFAULT_SCHEMA_NAME
    temperature: float = 0.0
    seed: int | None = None
    max_tokens: int = DEFAULT_MAX_TOKENS
    timeout_s: float | None = None

    def options(self, on_text: OnText | None) -> CallOptions:
        """The keyword arguments that make this request of another model."""
        return CallOptions(
            schema=self.schema,
            schema_name=self.schema_name,
            temperature=self.temperature,
            seed=self.seed,
            max_tokens=self.max_tokens,
            timeout_s=self.timeout_s,
            on_text=on_text,
        )


class RequestModel(ABC):
    """A ``ChatModel`` whose subclasses answer a ``Request``."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The model's name, as it is shown and recorded."""

    @abstractmethod
    def answer(self, request: Request, on_text: OnText | None) -> Reply:
        """The answer; blocks."""

    @abstractmethod
    async def aanswer(self, request: Request, on_text: OnText | None) -> Reply:
        """The answer, without blocking the event loop."""

    def close(self) -> None:
        """Frees what the model holds; nothing, unless a subclass says otherwise."""
        return

    def complete(
        self,
        messages: Sequence[Message],
        *,
        schema: Schema | None = None,
        schema_name: str = DEFAULT_SCHEMA_NAME,
        temperature: float = 0.0,
        seed: int | None = None,
        max_tokens: int = DEFAULT_MAX_TOKENS,
        timeout_s: float | None = None,
        on_text: OnText | None = None,
    ) -> Reply:
        """The answer to ``messages``, see ``ChatModel``."""
        request = Request(_sendable(messages), schema, schema_name, temperature, seed, max_tokens, timeout_s)
        return self.answer(request, on_text)

    async def acomplete(
        self,
        messages: Sequence[Message],
        *,
        schema: Schema | None = None,
        schema_name: str = DEFAULT_SCHEMA_NAME,
        temperature: float = 0.0,
        seed: int | None = None,
        max_tokens: int = DEFAULT_MAX_TOKENS,
        timeout_s: float | None = None,
        on_text: OnText | None = None,
    ) -> Reply:
        """The answer to ``messages``, see ``ChatModel``."""
        request = Request(_sendable(messages), schema, schema_name, temperature, seed, max_tokens, timeout_s)
        return await self.aanswer(request, on_text)


def _sendable(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The messages without lone surrogates, which a damaged file brings in and UTF-8 cannot express."""
    return tuple(
        Message(message.role, message.content.encode("utf-8", "replace").decode()) for message in messages
    )
