"""Sessions on disk: checkpoints and turns in SQLite, data tables beside them by digest."""

import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import aiosqlite
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from pydantic import ValidationError

from agent.data import Tables
from agent.errors import SessionError
from agent.state import RunState

_NAME = re.compile(r"[\w][\w .-]{0,79}")
_TABLES = ("checkpoints", "writes", "turns", "session_data")
_OWN_TABLES = """
    CREATE TABLE IF NOT EXISTS turns (
        thread_id TEXT NOT NULL, position INTEGER NOT NULL, at REAL NOT NULL, turn TEXT NOT NULL,
        PRIMARY KEY (thread_id, position)
    );
    CREATE TABLE IF NOT EXISTS session_data (
        thread_id TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (thread_id, digest)
    );
"""
_UUID_EPOCH = 0x01B21DD213814000
"""Steps of 100 ns from the first day of the Gregorian calendar, where UUIDs count from, to 1970."""


@dataclass(frozen=True, slots=True)
class SessionEntry:
    """One session of a list: its name, and when something last happened in it."""

    name: str
    changed: datetime


class Sessions:
    """The sessions below one folder. Several processes may use it; one session is for one run at a time."""

    def __init__(self, folder: Path) -> None:
        """Takes the folder, which is made on first use."""
        self._folder = folder

    @asynccontextmanager
    async def saver(self) -> AsyncIterator[AsyncSqliteSaver]:
        """The checkpointer, open while the context lasts.

        Raises:
            SessionError: the folder cannot be written.
        """
        try:
            self._make_folder()
            connection = await aiosqlite.connect(self._folder / "sessions.sqlite")
        except (OSError, aiosqlite.Error) as error:
            raise self._unusable(error) from None
        saver = AsyncSqliteSaver(connection)
        try:
            await connection.execute("PRAGMA journal_mode=WAL")
            await connection.execute("PRAGMA busy_timeout=10000")
            yield saver
        finally:
            try:
                # A run that is stopped may leave a write in the middle, and its cursor would keep the database locked.
                async with saver.lock:
                    await connection.rollback()
                    await connection.close()
            finally:
                await connection.close()

    @contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are kept together if its block comes to its end, and otherwise not at all.

        Raises:
            SessionError: the folder cannot be written, or the database cannot be used.
        """
        connection: sqlite3.Connection | None = None
        try:
            self._make_folder()
            connection = sqlite3.connect(self._folder / "sessions.sqlite", timeout=10)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(_OWN_TABLES)
            with connection:
                yield connection
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from None
        finally:
            if connection is not None:
                connection.close()

    def _make_folder(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # SQLite gives its side files the permissions of the database.
        (self._folder / "sessions.sqlite").touch(mode=0o600)

    def _unusable(self, error: Exception) -> SessionError:
        return SessionError(f"sessions cannot be kept in {self._folder}: {error}; set OPTWRIGHT_STATE_DIR")

    def entries(self) -> list[SessionEntry]:
        """All sessions, the one that changed last first."""
        changed: dict[str, float] = {}
        if not (self._folder / "sessions.sqlite").exists():
            return []
        with self.database() as database:
            rows = database.execute("SELECT thread_id, max(at) FROM turns GROUP BY thread_id").fetchall()
            if "checkpoints" in _tables_of(database):
                query = "SELECT thread_id, max(checkpoint_id) FROM checkpoints GROUP BY thread_id"
                rows += [(name, _time_of(last)) for name, last in database.execute(query)]
        for name, at in rows:
            changed[name] = max(at, changed.get(name, 0.0))
        latest_first = sorted(changed, key=lambda name: -changed[name])
        return [SessionEntry(name, datetime.fromtimestamp(changed[name], UTC)) for name in latest_first]

    def has(self, name: str) -> bool:
        """Whether a run was begun under this name; only read, so that a run that is being stopped does not lock it out.

        Raises:
            SessionError: the database cannot be read.
        """
        path = self._folder / "sessions.sqlite"
        if not path.exists():
            return False
        try:
            with closing(
                sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10)
            ) as database:
                tables = {"turns", "checkpoints"} & _tables_of(database)
                wanted = (f"SELECT 1 FROM {table} WHERE thread_id = ? LIMIT 1" for table in sorted(tables))
                return any(database.execute(query, (name,)).fetchone() for query in wanted)
        except sqlite3.Error as error:
            raise self._unusable(error) from None

    def rename(self, old: str, new: str) -> None:
        """Give a session another name; not while a run of it goes on.

        Raises:
            SessionError: there is no such session, or the new name is taken or cannot name one.
        """
        check_name(new)
        if not self.has(old):
            raise SessionError(f"there is no session `{old}`")
        if self.has(new):
            raise SessionError(f"there is a session `{new}` already; choose another name")
        with self.database() as database:
            for table in _TABLES:
                if table in _tables_of(database):
                    database.execute(f"UPDATE {table} SET thread_id = ? WHERE thread_id = ?", (new, old))

    def delete(self, name: str) -> None:
        """Forget a session, with the tables that no other session uses; not while a run of it goes on."""
        with self.database() as database:
            query = "SELECT digest FROM session_data WHERE thread_id = ?"
            digests = {digest for (digest,) in database.execute(query, (name,))}
            for table in _TABLES:
                if table in _tables_of(database):
                    database.execute(f"DELETE FROM {table} WHERE thread_id = ?", (name,))
            digests -= {digest for (digest,) in database.execute("SELECT digest FROM session_data")}
        for digest in digests:
            (self._folder / "tables" / f"{digest}.json").unlink(missing_ok=True)

    def save(self, name: str, tables: Tables) -> None:
        """Keep a session's tables, so that it can be resumed without its files."""
        if not tables:
            return
        with self.database() as database:
            database.execute("INSERT OR IGNORE INTO session_data VALUES (?, ?)", (name, tables.digest))
        tables.save(self._folder / "tables")

    def tables(self, digest: str) -> Tables:
        """The tables of a digest.

        Raises:
            SessionError: they are gone or damaged.
        """
        if digest in ("", Tables().digest):
            return Tables()
        return Tables.load(self._folder / "tables", digest)

    async def last_state(self, saver: AsyncSqliteSaver, name: str) -> tuple[RunState, bool]:
        """A session's last state, and whether its run came to its end.

        Raises:
            SessionError: there is no such session, or an older version wrote it.
        """
        found = await saver.aget_tuple({"configurable": {"thread_id": check_name(name)}})
        values = found.checkpoint["channel_values"] if found else {}
        if "run" not in values:
            raise SessionError(f"there is no session `{name}` to go on with; give it a question first")
        try:
            state = RunState.model_validate(values["run"])
        except ValidationError:
            raise SessionError(
                f"the session `{name}` was written by another version; give it its question again"
            ) from None
        return state, bool(state.trace and state.trace[-1].node == "learn")


def check_name(name: str) -> str:
    """The name, if it can name a session.

    Raises:
        SessionError: it is empty, too long, or has other signs than letters, digits, blank, dot, dash and _.
    """
    if not _NAME.fullmatch(name):
        raise SessionError(
            f"`{name[:80]}` cannot name a session; use up to 80 letters, digits, blanks, . - and _"
        )
    return name


def _tables_of(database: sqlite3.Connection) -> set[str]:
    """The checkpointer makes its tables with its first run only."""
    return {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _time_of(checkpoint_id: str) -> float:
    """Seconds since 1970 at which a checkpoint was written: its id is a UUID of version 6 (RFC 9562, 5.6)."""
    number = UUID(checkpoint_id).int
    ticks = (number >> 80) << 12 | (number >> 64) & 0xFFF
    return (ticks - _UUID_EPOCH) / 1e7
