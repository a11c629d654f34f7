"""The border with the ``openai`` client is closed: none of its exceptions passes."""

import email.utils
import time
from types import SimpleNamespace

import httpx2
import openai
import pytest

from agent.errors import AgentError, ConfigError, ModelReplyInvalid, ModelUnavailable
from agent.llm import openai_errors

REQUEST = httpx2.Request("POST", "https://host.example/v1/chat/completions")


def every(kind: type[Exception]) -> list[type[Exception]]:
    return [kind, *(below for child in kind.__subclasses__() for below in every(child))]


def client_exceptions() -> set[type[Exception]]:
    """Found when the test runs, not when it is collected: the client loads parts of itself on demand."""
    return {found for kind in openai_errors.CLIENT_ERRORS for found in every(kind)}


def build(kind: type[Exception], status: int = 500, headers: dict[str, str] | None = None) -> Exception:
    """An instance, whatever its constructor wants."""
    response = httpx2.Response(status, headers=headers, request=REQUEST)
    attempts = (
        lambda: kind("told", response=response, body={"message": "told"}),
        lambda: kind(response=response, body=None),
        lambda: kind(response=response),
        lambda: kind(message="told", request=REQUEST),
        lambda: kind("told", request=REQUEST, body=None),
        lambda: kind(request=REQUEST),
        lambda: kind(completion=SimpleNamespace(usage=None)),
        lambda: kind(symbol="told"),
        lambda: kind("told", unsent_messages=[]),
        lambda: kind("told", request=REQUEST, response=response),
        lambda: kind("told"),
        lambda: kind(),
    )
    for attempt in attempts:
        try:
            return attempt()
        except (TypeError, AttributeError):
            continue
    raise AssertionError(f"the test does not know how to build {kind}")


def test_the_walk_finds_the_clients_exceptions() -> None:
    public = [vars(openai)[name] for name in openai.__all__ if name.endswith("Error")]
    border = [kind for kind in public if not issubclass(kind, ValueError)]
    assert set(border) <= client_exceptions()


def test_every_exception_is_translated() -> None:
    for kind in client_exceptions():
        ours = openai_errors.translate(build(kind), "https://host.example", "m")
        assert isinstance(ours, ConfigError | ModelUnavailable | ModelReplyInvalid), kind
        assert "host.example" in str(ours) or "OPTWRIGHT_" in str(ours), kind


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (openai.AuthenticationError, ConfigError),
        (openai.PermissionDeniedError, ConfigError),
        (openai.NotFoundError, ConfigError),
        (openai.RateLimitError, ModelUnavailable),
        (openai.InternalServerError, ModelUnavailable),
        (openai.BadRequestError, ModelUnavailable),
        (openai.APITimeoutError, ModelUnavailable),
        (openai.APIConnectionError, ModelUnavailable),
        (openai.APIResponseValidationError, ModelReplyInvalid),
        (openai.LengthFinishReasonError, ModelReplyInvalid),
        (openai.ContentFilterFinishReasonError, ModelReplyInvalid),
        (httpx2.ReadError, ModelUnavailable),
        (httpx2.InvalidURL, ConfigError),
    ],
)
def test_who_has_to_act(kind: type[Exception], expected: type[AgentError]) -> None:
    assert type(openai_errors.translate(build(kind), "https://host.example", "m")) is expected


@pytest.mark.parametrize(("value", "seconds"), [("2", 2), ("0.25", 0.25), ("-1", 0)])
def test_retry_after(value: str, seconds: float) -> None:
    error = build(openai.RateLimitError, 429, {"retry-after": value})
    assert openai_errors.retry_after_s(error) == seconds


def test_retry_after_a_date() -> None:
    error = build(openai.RateLimitError, 429, {"retry-after": email.utils.formatdate(time.time() + 600)})
    waited = openai_errors.retry_after_s(error)
    assert waited is not None and 0 < waited <= 601


@pytest.mark.parametrize("headers", [{}, {"retry-after": "soon"}])
def test_no_retry_after(headers: dict[str, str]) -> None:
    assert openai_errors.retry_after_s(build(openai.RateLimitError, 429, headers)) is None
