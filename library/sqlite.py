"""A library in an SQLite file: write-ahead log, full-text index (FTS5)."""

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Float,
    Select,
    column,
    create_engine,
    event,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.engine import URL

from library.database import Database
from library.errors import StoreError
from library.indexing import indexed_words
from library.vocabulary import Change

_BUSY_S = 30.0
_WORDS = table("insight_terms", column("rowid"), column("terms"))


def connect(path: Path) -> Database:
    """The database in a file; its folder is created where it is missing.

    Where file or folder cannot be written, it is opened to be read.

    Raises:
        StoreError: the folder cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the folder of the library {path} cannot be made: {error.strerror}") from error
    if path.exists() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        return Database(create_engine(_to_read(path)), f"sqlite:///{path}", _begin, is_read_only=True)
    address = URL.create("sqlite", database=str(path))
    engine = create_engine(address, connect_args={"timeout": _BUSY_S})
    event.listen(engine, "connect", _prepare)
    return Database(engine, f"sqlite:///{path}", _begin)


def _to_read(path: Path) -> URL:
    """The address under which nothing is written, which even reading does where a write-ahead log can be made.

    A log that is there belongs to a writer at work, whose changes are not to be missed.
    """
    has_writer = path.with_name(f"{path.name}-wal").exists()
    options = {"uri": "true", "mode": "ro", **({} if has_writer else {"immutable": "1"})}
    return URL.create("sqlite", database=path.absolute().as_uri(), query=options)


def _prepare(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = (
        None  # transactions are begun by us: a reader must not take the writer's lock
    )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


class SqliteIndex:
    """FTS5 over the stemmed words."""

    def create(self, connection: Connection) -> None:
        """See `WordIndex`."""
        connection.execute(text("CREATE VIRTUAL TABLE IF NOT EXISTS insight_terms USING fts5(terms)"))

    def add(self, connection: Connection, changes: Sequence[Change]) -> None:
        """See `WordIndex`."""
        replaced = [{"number": number} for number, _, before in changes if before is not None]
        if replaced:
            connection.execute(text("DELETE FROM insight_terms WHERE rowid = :number"), replaced)
        rows = [{"rowid": number, "terms": " ".join(indexed_words(one))} for number, one, _ in changes]
        connection.execute(_WORDS.insert(), rows)

    def matches(self, connection: Connection, words: dict[str, int]) -> Select[tuple[int, float]]:
        """See `WordIndex`; the score is FTS5's BM25."""
        del connection
        query = " OR ".join(f'"{word}"' for word in words)
        score = literal_column("-bm25(insight_terms)", Float).label("score")
        return select(_WORDS.c.rowid.label("number"), score).where(
            text("insight_terms MATCH :query").bindparams(query=query)
        )
