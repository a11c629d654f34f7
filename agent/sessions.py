"""Sessions on disk: checkpoints in SQLite, data tables beside them by digest."""

import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import aiosqlite
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from pydantic import ValidationError

from agent.data import Tables
from agent.errors import SessionError
from agent.state import RunState

_NAME = re.compile(r"[\w][\w .-]{0,79}")


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
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # SQLite gives its side files the permissions of the database.
            (self._folder / "sessions.sqlite").touch(mode=0o600)
            connection = await aiosqlite.connect(self._folder / "sessions.sqlite")
        except (OSError, aiosqlite.Error) as error:
            raise SessionError(
                f"sessions cannot be kept in {self._folder}: {error}; set OPTWRIGHT_STATE_DIR"
            ) from None
        try:
            await connection.execute("PRAGMA journal_mode=WAL")
            await connection.execute("PRAGMA busy_timeout=10000")
            yield AsyncSqliteSaver(connection)
        finally:
            await connection.close()

    def has(self, name: str) -> bool:
        """Whether a run was begun under this name."""
        path = self._folder / "sessions.sqlite"
        if not path.exists():
            return False
        with closing(sqlite3.connect(path)) as connection, suppress(sqlite3.Error):
            query = "SELECT 1 FROM checkpoints WHERE thread_id = ? LIMIT 1"
            return connection.execute(query, (name,)).fetchone() is not None
        return False

    def save(self, tables: Tables) -> None:
        """Keep tables, so that a session can be resumed without its files."""
        if tables:
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
