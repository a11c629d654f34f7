"""Connections and transactions of a library's database, with its errors in our words."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from pydantic import ValidationError
from sqlalchemy import Connection, Engine, Select
from sqlalchemy.exc import SQLAlchemyError

from library.errors import StoreError
from library.vocabulary import Change

_FAULTS = (SQLAlchemyError, ValidationError, UnicodeEncodeError)


class WordIndex(Protocol):
    """The search of a kind of database: what each does in its own way."""

    def create(self, connection: Connection) -> None:
        """Create what the search needs, unless it is there."""
        ...

    def add(self, connection: Connection, changes: Sequence[Change]) -> None:
        """Index insights by number, each with what it was before."""
        ...

    def matches(self, connection: Connection, words: dict[str, int]) -> Select[tuple[int, float]]:
        """Selects `number` and `score` of the insights that have any of some words, given with their frequencies."""
        ...


class Database:
    """A database under its URL, which shows no password; one that is read-only refuses to be written."""

    def __init__(
        self, engine: Engine, url: str, begin: Callable[[Connection], None], *, is_read_only: bool = False
    ) -> None:
        self._engine, self._begin = engine, begin
        self.url, self.is_read_only = url, is_read_only

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read with.

        Raises:
            StoreError: what the database says, in one line.
        """
        try:
            with self._engine.connect() as connection:
                yield connection
        except _FAULTS as error:
            raise self._told(error) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction that has the writer's lock: all of it is kept, or nothing.

        Raises:
            StoreError: what the database says, in one line.
        """
        if self.is_read_only:
            raise StoreError(
                f"the library {self.url} can only be read here; to change it, make its file and its folder writable"
            )
        try:
            with self._engine.connect() as connection:
                self._begin(connection)
                try:
                    yield connection
                    connection.commit()
                except BaseException:
                    connection.rollback()
                    raise
        except _FAULTS as error:
            raise self._told(error) from error

    def close(self) -> None:
        """Free the connections."""
        self._engine.dispose()

    def _told(self, error: Exception) -> StoreError:
        cause = getattr(error, "orig", None) or error
        return StoreError(f"the library {self.url} could not be used: {str(cause).strip().splitlines()[0]}")
