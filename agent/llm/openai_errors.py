"""The one place where the ``openai`` client's exceptions become ours."""

import email.utils
import time

import httpx2
import openai

from agent.errors import AgentError, ConfigError, ModelReplyInvalid, ModelUnavailable, QuestionError
from agent.llm.json_text import excerpt

CLIENT_ERRORS = (openai.OpenAIError, httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL)
_RETRIED_STATUS = (408, 409, 429)


def translate(error: Exception, host: str, model: str) -> AgentError:
    """Our exception for the client's, with who has to do what in its text."""
    what = describe(error)
    match error:
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return ConfigError(
                f"{host} refuses the key ({what}); set OPTWRIGHT_API_KEY, or ask for access to {model!r}"
            )
        case openai.NotFoundError():
            return ConfigError(
                f"{host} knows no model {model!r} or no such path ({what}); "
                "set OPTWRIGHT_MODEL or OPTWRIGHT_BASE_URL"
            )
        case openai.BadRequestError() if _is_too_long(error):
            return QuestionError(
                f"the question with its prompt is too long for {model!r} ({what}); shorten it, put tables into files "
                "and pass them with --data, or take a model with a longer context"
            )
        case openai.APIStatusError() | openai.APIConnectionError():
            return ModelUnavailable(f"{host}: {what}")
        case (
            openai.APIResponseValidationError()
            | openai.LengthFinishReasonError()
            | openai.ContentFilterFinishReasonError()
        ):
            return ModelReplyInvalid(f"{host}: {what}")
        case openai.APIError() | httpx2.HTTPError() | httpx2.StreamError():
            return ModelUnavailable(f"{host}: {what}")
        case httpx2.InvalidURL():
            return ConfigError(f"OPTWRIGHT_BASE_URL is no URL: {what}")
        case _:
            return ConfigError(f"the client for {host} cannot be used: {what}")


def _is_too_long(error: openai.APIStatusError) -> bool:
    told = complaint(error)
    return "context" in told and any(word in told for word in ("exceed", "maximum", "too long", "larger"))


def describe(error: Exception) -> str:
    """What happened, in a few words: status and the endpoint's own text, or why a connection broke."""
    if isinstance(error, openai.APIStatusError):
        return f"HTTP {error.status_code}: {excerpt(_own_words(error))}"
    cause = error.__cause__ if isinstance(error, openai.APIConnectionError) and error.__cause__ else error
    return excerpt(f"{type(cause).__name__}: {cause}".rstrip(": "))


def complaint(error: openai.APIStatusError) -> str:
    """The endpoint's words in lower case, with the name of the parameter it objects to."""
    return f"{error.param or ''} {_own_words(error)}".lower()


def is_passing(error: Exception) -> bool:
    """Whether the same request may well succeed a little later."""
    if isinstance(error, openai.APIStatusError):
        if error.code == "insufficient_quota":
            return False
        return error.status_code in _RETRIED_STATUS or error.status_code >= 500
    return isinstance(error, openai.APIConnectionError | httpx2.TransportError)


def retry_after_s(error: Exception) -> float | None:
    """The seconds that the endpoint asks to wait, told as a number or a date; ``None`` if it does not."""
    if not isinstance(error, openai.APIStatusError):
        return None
    value = error.response.headers.get("retry-after")
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def _own_words(error: openai.APIStatusError) -> str:
    told = error.body.get("message") if isinstance(error.body, dict) else None
    return str(told or error.message or error.response.reason_phrase)
