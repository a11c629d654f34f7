"""The experience library that a run draws on, and what it had learned from before."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from agent.errors import ConfigError
from benchmarks.datasets.records import Record
from library import ExperienceLibrary, NullLibrary


@runtime_checkable
class NamesSources(Protocol):
    """A library that can say from which questions it learned."""

    def source_questions(self) -> Sequence[str]:
        """The questions."""
        ...


def opened(name: str) -> ExperienceLibrary:
    """The library of a name; "none" is one that knows nothing.

    Raises:
        ConfigError: there is no such library.
    """
    if name == "none":
        return NullLibrary()
    raise ConfigError(f"there is no experience library {name!r} to draw on; use --library none")


def learned_from(library: ExperienceLibrary, records: Sequence[Record]) -> tuple[str, ...]:
    """The ids of the records whose questions, or near ones, the library learned from."""
    if not isinstance(library, NamesSources):
        return ()
    from benchmarks.leakage import overlaps

    sources = {str(number): text for number, text in enumerate(library.source_questions())}
    found = overlaps({record.id: record.question for record in records}, sources)
    return tuple(dict.fromkeys(pair.first for pair in found))
