"""The experience library as the agent needs it: opened as the settings say, and with a language model to ask."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import library
from agent.errors import ConfigError, UserError
from agent.llm import Message, Meter
from agent.llm.connection import OPENAI_URL
from agent.prompts import fenced
from agent.settings import Settings
from library import Ask, ExperienceLibrary, NullLibrary
from library.errors import EditConflict, LibraryError, StoreError

if TYPE_CHECKING:
    from agent.llm.embedding import Embedding
    from library import Library

NONE = "none"
_MAX_TEXT_CHARS = 12_000
"""Of one text that the library shows to a language model."""


def library_of(settings: Settings) -> ExperienceLibrary:
    """The experience library that the settings name; one a process.

    Raises:
        ConfigError: it cannot be opened.
    """
    if settings.library_url in (None, NONE):
        return NullLibrary()
    return _shared(*_place(settings), embedding(settings))


def open_library(settings: Settings) -> "Library":
    """The library that the settings name, also where they say that the agent draws on none.

    Raises:
        ConfigError: it cannot be opened.
    """
    return _opened(*_place(settings), embedding(settings))


@cache
def _embedding(base_url: str, key: str | None, model: str, timeout_s: float, max_retries: int) -> "Embedding":
    from agent.llm.embedding import Embedding

    return Embedding(base_url, key, model, timeout_s=timeout_s, max_retries=max_retries)


def embedding(settings: Settings) -> "Embedding | None":
    """The endpoint's embedding model, where one is set; one a process.

    Raises:
        ConfigError: one is set, but there is no endpoint.
    """
    if settings.embedding_model is None:
        return None
    if settings.is_local:
        raise ConfigError(
            "OPTWRIGHT_EMBEDDING_MODEL names a model of an endpoint, and none is set; set OPTWRIGHT_BASE_URL, too"
        )
    key = settings.api_key.get_secret_value() if settings.api_key else None
    place = settings.base_url or OPENAI_URL
    return _embedding(place, key, settings.embedding_model, settings.request_timeout_s, settings.max_retries)


def _place(settings: Settings) -> tuple[str, bool]:
    """The library's URL, and whether it begins as the one that ships."""
    if settings.library_url is not None and settings.library_url != NONE:
        return settings.library_url, False
    return f"sqlite:///{settings.state_dir / 'library.db'}", True


def _opened(url: str, begins_with_shipped: bool, embed: "Embedding | None") -> "Library":
    try:
        return library.open(url, begins_with_shipped=begins_with_shipped, embed=embed)
    except library.LibraryError as error:
        raise ConfigError(f"{error}; set OPTWRIGHT_LIBRARY_URL to another, or to none") from error


@cache
def _shared(url: str, begins_with_shipped: bool, embed: "Embedding | None") -> "Library":
    return _opened(url, begins_with_shipped, embed)


@contextmanager
def told_as_ours() -> Iterator[None]:
    """Errors of the library as errors of the agent.

    Raises:
        ConfigError: the database cannot be used.
        UserError: the insight, the file or the edit is at fault.
    """
    try:
        yield
    except LibraryError as error:
        is_database = isinstance(error, StoreError) and not isinstance(error, EditConflict)
        raise (ConfigError if is_database else UserError)(str(error)) from error


def metered(meter: Meter, role: str) -> Ask:
    """The meter's model as the library asks it, on the account of `role`."""

    async def ask(
        instruction: str,
        data: Mapping[str, str],
        *,
        schema: Mapping[str, Any],
        max_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> str:
        parts = "\n".join(fenced(name, text[:_MAX_TEXT_CHARS]) for name, text in data.items())
        reply = await meter.acomplete(
            role,
            [Message("system", instruction), Message("user", parts)],
            schema=schema,
            schema_name=role,
            max_tokens=max_tokens,
            temperature=temperature,
            seed=seed,
        )
        return reply.text

    return ask
