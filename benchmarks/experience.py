"""The experience library that a run draws on, and what it had learned from before."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import library
from agent.errors import ConfigError
from agent.experience import NONE
from benchmarks.datasets.records import Record
from library import ExperienceLibrary, NullLibrary


@runtime_checkable
class RemembersSources(Protocol):
    """A library that knows what it learned from."""

    def has_learned_from(self, question: str) -> bool:
        """Whether it learned from a question with these words."""
        ...


def opened(name: str) -> ExperienceLibrary:
    """The library at a URL; "none" is one that knows nothing.

    Raises:
        ConfigError: it cannot be opened.
    """
    if name == NONE:
        return NullLibrary()
    try:
        return library.open(name)
    except library.LibraryError as error:
        raise ConfigError(f"{error}; give --library {NONE} to use none") from error


def learned_from(source: ExperienceLibrary, records: Sequence[Record]) -> tuple[str, ...]:
    """The ids of the records whose questions the library learned from, in these words."""
    if not isinstance(source, RemembersSources):
        return ()
    return tuple(record.id for record in records if source.has_learned_from(record.question))
