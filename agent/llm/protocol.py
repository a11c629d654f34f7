"""The seam to language models: what is asked, what comes back, and what a model promises."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypedDict

Role = Literal["system", "user", "assistant"]
Schema = Mapping[str, Any]
OnText = Callable[[str], None]

DEFAULT_MAX_TOKENS = 2048
DEFAULT_SCHEMA_NAME = "reply"


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call.

    ``is_estimated`` is set where the endpoint did not count and the numbers come from the length of the
    texts.
    """

    prompt_tokens: int
    completion_tokens: int
    is_estimated: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered, and what that took."""

    text: str
    usage: Usage
    seconds: float
    model: str
    finish_reason: str = "stop"
    cost: float | None = None


class CallOptions(TypedDict, total=False):
    """The keyword arguments of ``ChatModel.complete``."""

    schema: Schema | None
    schema_name: str
    temperature: float
    seed: int | None
    max_tokens: int
    timeout_s: float | None
    on_text: OnText | None


class ChatModel(Protocol):
    """Answers a conversation. Every implementation keeps these promises; a shared test class checks them.

    * Thread-safe: any number of threads, tasks and event loops may call it at the same time and over time.
    * It raises ``ModelUnavailable`` where no answer could be had, ``ModelReplyInvalid`` where the answer
      cannot be used and ``ConfigError`` where a setting is at fault, and nothing else. Cancellation passes
      through.
    * ``timeout_s`` bounds the whole call, with retries and waiting; ``None`` means the model's own default.
    * With ``schema`` the returned text is one JSON document. The model is constrained to the schema where it
      can be, so a caller still validates the document. An answer cut off at ``max_tokens`` is then
      ``ModelReplyInvalid``; without a schema it is returned with the finish reason ``length``.
    * ``on_text`` receives the answer's pieces in order, all of them before the call returns; their
      concatenation is the answer as the model wrote it. It runs in the caller's event loop for ``acomplete``
      and may run in another thread for ``complete``. It must be quick and must not raise.
    * The same request with the same ``seed`` and ``temperature`` 0 asks for the same answer; no
      implementation over a network can promise to get it.
    * No secret appears in a reply, an error text or the repr.
    * ``close`` frees what the model holds, may be called twice, and is not to be called while calls are
      running.
    """

    @property
    def name(self) -> str:
        """The model's name, as it is shown and recorded."""
        ...

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
        """The answer to ``messages``; blocks."""
        ...

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
        """The answer to ``messages``; cancelling the task abandons the request."""
        ...

    def close(self) -> None:
        """Frees connections, threads and memory."""
        ...
