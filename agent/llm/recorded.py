"""A ``ChatModel`` that plays recorded replies back, so that tests see real answers without a model."""

import hashlib
import json
import threading
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.errors import ConfigError, ModelUnavailable
from agent.llm.base import Request, RequestModel
from agent.llm.json_text import excerpt
from agent.llm.protocol import ChatModel, Message, OnText, Reply


class _Line(BaseModel):
    """One exchange of a cassette; the messages are there for people to read, the key is what is matched."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    messages: tuple[Message, ...]
    reply: Reply


class RecordedModel(RequestModel):
    """Replays the cassette at ``path``, one JSON object a line.

    A request is matched by its messages, schema, temperature, seed and limit of tokens. Asked the same
    several times, it plays the recorded replies in their order. What is missing is asked of ``inner`` and
    written down, or, without one, refused. Keys and addresses of endpoints are no part of a request and so
    never reach the file.
    """

    def __init__(self, path: Path, inner: ChatModel | None = None) -> None:
        """Reads the cassette.

        Args:
            path: the cassette; it may be missing where there is an ``inner`` model.
            inner: who is asked for what is missing.

        Raises:
            ConfigError: the cassette is missing, or a line of it cannot be read.
        """
        if inner is None and not path.exists():
            raise ConfigError(
                f"there is no cassette {path}; record one with RecordedModel(path, inner=model)"
            )
        self._path = path
        self._inner = inner
        self._lock = threading.Lock()
        self._replies = _read(path) if path.exists() else {}
        self._played: Counter[str] = Counter()

    @property
    def name(self) -> str:
        """The name of the model that records, or of the cassette."""
        return self._inner.name if self._inner else self._path.stem

    def answer(self, request: Request, on_text: OnText | None) -> Reply:
        """The recorded reply, or a new one of the inner model."""
        key = key_of(request)
        recorded = self._next(key)
        if recorded is not None:
            return _played(recorded, on_text)
        inner = self._inner_for(key, request)
        reply = inner.complete(request.messages, **request.options(on_text))
        return self._write(key, request, reply)

    async def aanswer(self, request: Request, on_text: OnText | None) -> Reply:
        """The recorded reply, or a new one of the inner model."""
        key = key_of(request)
        recorded = self._next(key)
        if recorded is not None:
            return _played(recorded, on_text)
        inner = self._inner_for(key, request)
        reply = await inner.acomplete(request.messages, **request.options(on_text))
        return self._write(key, request, reply)

    def close(self) -> None:
        """Closes the inner model."""
        if self._inner is not None:
            self._inner.close()

    def _next(self, key: str) -> Reply | None:
        with self._lock:
            replies, played = self._replies.get(key, []), self._played[key]
            if played >= len(replies):
                return None
            self._played[key] += 1
            return replies[played]

    def _inner_for(self, key: str, request: Request) -> ChatModel:
        if self._inner is not None:
            return self._inner
        known, asked = (
            len(self._replies.get(key, [])),
            request.messages[-1].content if request.messages else "",
        )
        raise ModelUnavailable(
            f"the cassette {self._path} holds {known} replies to this request and was asked for one more; "
            f"record it again with an inner model. The request ends with: {excerpt(asked)!r}"
        )

    def _write(self, key: str, request: Request, reply: Reply) -> Reply:
        line = _Line(key=key, messages=request.messages, reply=reply).model_dump_json()
        with self._lock:
            self._replies.setdefault(key, []).append(reply)
            self._played[key] += 1
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        return reply


def key_of(request: Request) -> str:
    """The digest by which a request is found again."""
    told = [
        [asdict(message) for message in request.messages],
        request.schema,
        request.temperature,
        request.seed,
        request.max_tokens,
    ]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _read(path: Path) -> dict[str, list[Reply]]:
    replies: dict[str, list[Reply]] = {}
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            line = _Line.model_validate_json(text)
        except ValidationError as error:
            raise ConfigError(
                f"line {number} of the cassette {path} cannot be read: {error.errors()[0]['msg']}"
            ) from None
        replies.setdefault(line.key, []).append(line.reply)
    return replies


def _played(reply: Reply, on_text: OnText | None) -> Reply:
    if on_text is not None:
        on_text(reply.text)
    return reply
