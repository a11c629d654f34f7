"""Any OpenAI-compatible endpoint as a ``ChatModel``.

The client's own retries are off: they know neither a limit on the whole call, nor connections that break
while the answer arrives, nor a wait that would outlast the limit. The loop in ``_persist`` does, and can say
how often it tried.
"""

import asyncio
import random
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import openai
from pydantic import SecretStr

from agent.errors import AgentError, ConfigError, ModelUnavailable
from agent.llm import openai_errors
from agent.llm.background import BackgroundLoop
from agent.llm.base import Request, RequestModel
from agent.llm.dialect import Dialect, Structure
from agent.llm.openai_reply import Answer, read_body, read_models, read_stream
from agent.llm.protocol import OnText, Reply, Usage

CONNECT_TIMEOUT_S = 10.0
MAX_BACKOFF_S = 8.0
_NO_KEY = "none"
SHORTEST_SECRET = 8
"""A shorter key, such as the `x` of a local server, hides nothing, and masking it would garble texts."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Price:
    """Money per million tokens."""

    prompt: float
    completion: float

    def of(self, usage: Usage) -> float:
        """What ``usage`` costs."""
        return (self.prompt * usage.prompt_tokens + self.completion * usage.completion_tokens) / 1e6


class OpenAIModel(RequestModel):
    """One model behind one endpoint, over the ``openai`` client."""

    def __init__(
        self,
        base_url: str,
        api_key: SecretStr | None,
        model: str,
        *,
        timeout_s: float = 300.0,
        max_retries: int = 4,
        backoff_s: float = 0.5,
        price: Price | None = None,
        use_proxy: bool = True,
        label: str | None = None,
    ) -> None:
        """Connects on the first call only.

        Args:
            base_url: the endpoint, up to and including ``/v1``.
            api_key: its key; ``None`` where it wants none.
            model: the model's name at the endpoint.
            timeout_s: default limit of one call, retries and waiting included.
            max_retries: tries after the first.
            backoff_s: the first wait between tries where the endpoint names none; it doubles up to eight.
            price: what the tokens cost; ``None`` where that is not known.
            use_proxy: whether the environment's proxy settings apply.
            label: what messages call the endpoint; default: its scheme, host and port.

        Raises:
            ConfigError: ``base_url`` is no URL, or the key cannot be sent.
        """
        _check_key(api_key)
        self._model = model
        self._host = label or host_of(base_url)
        self._base_url = base_url
        self._api_key = api_key
        self._timeout_s = timeout_s
        self._max_retries = max_retries
        self._backoff_s = backoff_s
        self._price = price
        self._use_proxy = use_proxy
        self._dialect = Dialect()
        self._loop = BackgroundLoop(f"llm {self._host}")
        self._client: openai.AsyncOpenAI | None = None

    def __repr__(self) -> str:
        return f"OpenAIModel({self._model!r} at {self._host})"

    @property
    def name(self) -> str:
        """The model's name at the endpoint."""
        return self._model

    def answer(self, request: Request, on_text: OnText | None) -> Reply:
        """The answer; ``on_text`` runs in the thread that reads it."""
        return self._loop.run(self._call(request, on_text))

    async def aanswer(self, request: Request, on_text: OnText | None) -> Reply:
        """The answer; ``on_text`` runs in the caller's event loop."""
        if on_text is None:
            return await self._loop.arun(self._call(request, None))
        callers, listener = asyncio.get_running_loop(), on_text

        def relay(piece: str) -> None:
            callers.call_soon_threadsafe(listener, piece)

        return await self._loop.arun(self._call(request, relay))

    def models(self) -> list[str]:
        """The names of the models that the endpoint offers."""

        async def ask() -> list[str]:
            async with self._connected().models.with_streaming_response.list() as response:
                return await read_models(response, self._host)

        return self._loop.run(self._translated(ask(), self._timeout_s, _Tries()))

    def close(self) -> None:
        """Closes the connections and ends the thread; a later call opens new ones."""
        self._client = None
        self._loop.close()

    async def _call(self, request: Request, on_text: OnText | None) -> Reply:
        started = time.perf_counter()
        limit_s = self._timeout_s if request.timeout_s is None else request.timeout_s
        tries = _Tries(deadline=started + limit_s)
        answer, text = await self._translated(self._checked(request, on_text, tries), limit_s, tries)
        usage = answer.usage(request)
        return Reply(
            text=text,
            usage=usage,
            seconds=time.perf_counter() - started,
            model=answer.model or self._model,
            finish_reason=answer.finish_reason,
            cost=None if self._price is None else self._price.of(usage),
        )

    async def _checked(self, request: Request, on_text: OnText | None, tries: "_Tries") -> tuple[Answer, str]:
        answer = await self._persist(request, on_text, tries)
        return answer, answer.checked_text(request, self._host)

    async def _translated(self, work: Coroutine[Any, Any, T], limit_s: float, tries: "_Tries") -> T:
        """The work's result within the limit; every failure becomes one of ours, free of the key."""
        try:
            async with asyncio.timeout(limit_s):
                return await work
        except TimeoutError:
            told = f"{self._host} gave no complete answer within {limit_s:.3g} s{tries.history()}"
            hint = "; OPTWRIGHT_REQUEST_TIMEOUT_S allows more" if limit_s == self._timeout_s else ""
            raise ModelUnavailable(self._masked(told + hint)) from None
        except AgentError as error:
            raise type(error)(self._masked(str(error))) from None
        except openai_errors.CLIENT_ERRORS as error:
            ours = openai_errors.translate(error, self._host, self._model)
            told = f"{ours} (failed tries: {tries.count})" if tries.count > 1 else str(ours)
            raise type(ours)(self._masked(told)) from None

    async def _persist(self, request: Request, on_text: OnText | None, tries: "_Tries") -> Answer:
        """The first answer that arrives whole, over refused parameters and passing failures."""
        structure = Structure.STRICT
        while True:
            listener = None if on_text is None else _Listener(on_text)
            body = self._dialect.body(
                self._model, request, is_streamed=listener is not None, at_least=structure
            )
            try:
                return await self._attempt(body, listener)
            except openai_errors.CLIENT_ERRORS as error:
                step = self._learn(error, body)
                if step is not None:
                    structure = max(structure, step)
                    continue
                tries.note(openai_errors.describe(error))
                has_begun = listener is not None and listener.has_heard
                if has_begun or tries.count > self._max_retries or not openai_errors.is_passing(error):
                    raise
                await tries.wait(openai_errors.retry_after_s(error), self._backoff_s)

    async def _attempt(self, body: dict[str, Any], listener: "_Listener | None") -> Answer:
        create = self._connected().chat.completions.with_streaming_response.create
        async with create(**body, timeout=openai.Timeout(None, connect=CONNECT_TIMEOUT_S)) as response:
            if listener is None:
                return await read_body(response, self._host)
            if "event-stream" in response.headers.get("content-type", ""):
                return await read_stream(await response.parse(), listener, self._host)
            answer = await read_body(response, self._host)
            listener(answer.text)
            return answer

    def _learn(self, error: Exception, body: dict[str, Any]) -> Structure | None:
        if isinstance(error, openai.BadRequestError | openai.UnprocessableEntityError):
            return self._dialect.learn(openai_errors.complaint(error), body)
        return None

    def _connected(self) -> openai.AsyncOpenAI:
        if self._client is None:
            self._client = openai.AsyncOpenAI(
                base_url=self._base_url,
                api_key=self._api_key.get_secret_value() if self._api_key else _NO_KEY,
                max_retries=0,
                http_client=openai.DefaultAsyncHttpxClient(trust_env=self._use_proxy),
            )
            self._loop.before_end(self._client.close)
        return self._client

    def _masked(self, text: str) -> str:
        key = self._api_key.get_secret_value() if self._api_key else ""
        return text.replace(key, "***") if len(key) >= SHORTEST_SECRET else text


@dataclass(slots=True)
class _Tries:
    """The failed tries of one call."""

    deadline: float = 0.0
    failures: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.failures)

    def note(self, failure: str) -> None:
        self.failures.append(failure)

    def history(self) -> str:
        return f" (failed tries: {self.count}; the last: {self.failures[-1]})" if self.failures else ""

    async def wait(self, asked_s: float | None, backoff_s: float) -> None:
        """Waits before the next try, unless the call's limit would pass meanwhile."""
        delay = asked_s
        if delay is None:
            delay = min(MAX_BACKOFF_S, backoff_s * 2 ** (self.count - 1)) * random.uniform(0.75, 1.0)
        left = self.deadline - time.perf_counter()
        if delay >= left:
            raise ModelUnavailable(
                f"the next try would have to wait {delay:.3g} s, but the call has {max(left, 0):.3g} s left"
                f"{self.history()}"
            )
        await asyncio.sleep(delay)


class _Listener:
    """Knows whether any text was handed on: a call that has begun to speak cannot start over."""

    def __init__(self, on_text: OnText) -> None:
        self._on_text = on_text
        self.has_heard = False

    def __call__(self, piece: str) -> None:
        self.has_heard = True
        self._on_text(piece)


def _check_key(key: SecretStr | None) -> None:
    text = key.get_secret_value() if key else ""
    if not (text.isascii() and text.isprintable()):
        raise ConfigError("OPTWRIGHT_API_KEY holds a character that no key has, such as a line break")


def host_of(base_url: str) -> str:
    """Scheme, host and port, without any user name or password in the URL.

    Raises:
        ConfigError: ``base_url`` is not an http(s) URL.
    """
    try:
        parts = urlsplit(base_url)
        _ = parts.port
    except ValueError:
        raise ConfigError("OPTWRIGHT_BASE_URL must look like https://host/v1") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError("OPTWRIGHT_BASE_URL must look like https://host/v1")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
