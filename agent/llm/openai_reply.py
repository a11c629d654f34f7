"""Reading what an OpenAI-compatible endpoint sends, whatever that is."""

import json
from dataclasses import dataclass
from typing import Any, TypeVar

from openai import AsyncAPIResponse, AsyncStream
from openai.types.chat import ChatCompletionChunk
from pydantic import BaseModel, Field

from agent.errors import ModelReplyInvalid, ModelUnavailable
from agent.llm.base import Request
from agent.llm.json_text import excerpt, json_document
from agent.llm.protocol import OnText, Usage

T = TypeVar("T", bound=BaseModel)

BODY_LIMIT_BYTES = 16 * 1024 * 1024
_CHARS_PER_TOKEN = 4


class _Text(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Text = Field(default_factory=_Text)
    delta: _Text = Field(default_factory=_Text)
    finish_reason: str | None = None


class _Counts(BaseModel):
    prompt_tokens: int = Field(0, ge=0)
    completion_tokens: int = Field(0, ge=0)


class _Body(BaseModel):
    """The part of a completion, or of a chunk of one, that is used."""

    choices: list[_Choice] = []
    usage: _Counts | None = None
    model: str | None = None
    error: object = None


class _Name(BaseModel):
    id: str


class _Listing(BaseModel):
    data: list[_Name]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was read, before it is checked against what was asked."""

    text: str
    refusal: str
    finish_reason: str
    model: str | None
    counts: _Counts | None

    def usage(self, request: Request) -> Usage:
        """The endpoint's count of tokens, or an estimate by length."""
        if self.counts is not None and self.counts.prompt_tokens:
            return Usage(self.counts.prompt_tokens, self.counts.completion_tokens)
        asked = sum(len(message.content) for message in request.messages)
        return Usage(asked // _CHARS_PER_TOKEN + 1, len(self.text) // _CHARS_PER_TOKEN + 1, is_estimated=True)

    def checked_text(self, request: Request, host: str) -> str:
        """The text, or JSON document, that was asked for.

        Raises:
            ModelReplyInvalid: refused, filtered, empty, cut off, or not JSON although a schema was given.
        """
        if self.refusal:
            raise ModelReplyInvalid(f"the model at {host} refused: {excerpt(self.refusal)}")
        if self.finish_reason == "content_filter":
            raise ModelReplyInvalid(f"{host} withheld the reply: its content filter struck")
        is_cut = self.finish_reason == "length"
        if is_cut and (request.schema is not None or not self.text):
            raise ModelReplyInvalid(
                f"the model's reply was cut off at max_tokens={request.max_tokens}; "
                f"allow more, or ask for less: {excerpt(self.text)!r}"
            )
        if not self.text:
            raise ModelReplyInvalid(f"{host} sent an empty reply (finish_reason {self.finish_reason!r})")
        return self.text if request.schema is None else json_document(self.text)


async def read_models(response: AsyncAPIResponse[Any], host: str) -> list[str]:
    """The names in a list of models."""
    listing = await _read(_Listing, response, host)
    return [model.id for model in listing.data]


async def read_body(response: AsyncAPIResponse[Any], host: str) -> Answer:
    """The answer of a request that is not streamed."""
    body = await _read(_Body, response, host)
    _raise_error(body, host)
    if not body.choices:
        raise ModelReplyInvalid(f"{host} sent a completion without choices")
    choice = body.choices[0]
    return Answer(
        choice.message.content or "",
        choice.message.refusal or "",
        choice.finish_reason or "stop",
        body.model,
        body.usage,
    )


async def read_stream(stream: AsyncStream[ChatCompletionChunk], on_text: OnText, host: str) -> Answer:
    """The answer of a streamed request; its pieces go to ``on_text`` as they arrive."""
    pieces: list[str] = []
    refusal, finish_reason, model, counts, size = "", "", None, None, 0
    try:
        async for chunk in stream:
            body = _Body.model_validate(
                chunk.to_dict(warnings=False) if isinstance(chunk, BaseModel) else chunk
            )
            _raise_error(body, host)
            model, counts = body.model or model, body.usage or counts
            for choice in body.choices[:1]:
                finish_reason = choice.finish_reason or finish_reason
                refusal += choice.delta.refusal or ""
                if choice.delta.content:
                    size += len(choice.delta.content)
                    pieces.append(choice.delta.content)
                    on_text(choice.delta.content)
            if size > BODY_LIMIT_BYTES:
                raise ModelReplyInvalid(
                    f"{host} streams more than {BODY_LIMIT_BYTES} characters for one reply"
                )
    except ValueError as error:
        raise ModelReplyInvalid(
            f"{host} streams something else than a chat completion: {excerpt(str(error))}"
        ) from None
    if not finish_reason:
        raise ModelUnavailable(f"{host} broke the reply off after {size} characters")
    return Answer("".join(pieces), refusal, finish_reason, model, counts)


async def _read(kind: type[T], response: AsyncAPIResponse[Any], host: str) -> T:
    """The body as ``kind``; a body too large to be one is not read to its end."""
    data = bytearray()
    async for piece in response.iter_bytes():
        data += piece
        if len(data) > BODY_LIMIT_BYTES:
            raise ModelReplyInvalid(f"{host} sends more than {BODY_LIMIT_BYTES} bytes for one reply")
    try:
        return kind.model_validate(json.loads(data))
    except (ValueError, RecursionError):
        sent = response.headers.get("content-type", "no content type")
        seen = excerpt(data.decode("utf-8", "replace"))
        raise ModelReplyInvalid(
            f"{host} sent something else than an OpenAI-compatible endpoint does, {sent}: {seen!r}"
        ) from None


def _raise_error(body: _Body, host: str) -> None:
    """Some gateways answer 200 and put the failure into the body."""
    if body.error is not None:
        raise ModelUnavailable(f"{host} reports an error: {excerpt(json.dumps(body.error, default=str))}")
