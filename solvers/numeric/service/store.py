"""Jobs and results in SQLite: what a restart finds again."""

import sqlite3
import threading
import time
import uuid
from pathlib import Path
from typing import Any, NamedTuple

from solvers.numeric.service.schema import JobRequest, JobView, State
from solvers.numeric.wire import Reply

_SCHEMA = """
create table if not exists jobs (
    id text primary key,
    owner text not null,
    idempotency_key text,
    digest text not null,
    request text not null,
    state text not null,
    results text,
    error text,
    created real not null,
    ended real
);
create unique index if not exists jobs_by_key on jobs (owner, idempotency_key) where idempotency_key is not null;
create index if not exists jobs_by_state on jobs (state, created);
"""


class Job(NamedTuple):
    """A job that is to be solved."""

    id: str
    owner: str
    request: JobRequest


class KeyConflict(Exception):
    """An idempotency key came again with another request."""


class Store:
    """The jobs of a service; safe to use from several threads. A job is on disk before its client hears of it."""

    def __init__(self, file: Path) -> None:
        """Open or make the file; jobs that a crash interrupted wait again."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._connection.executescript("pragma journal_mode = wal; pragma synchronous = normal;" + _SCHEMA)
        self._execute("update jobs set state = 'queued' where state = 'running'")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def add(self, owner: str, request: JobRequest, digest: str, key: str | None) -> tuple[Job, bool]:
        """The new job, or with a key that came before the job of then; and whether it is new.

        Raises:
            KeyConflict: the key belongs to another request.
        """
        job = Job(uuid.uuid4().hex, owner, request)
        with self._lock:
            if key is not None:
                row = self._connection.execute(
                    "select id, digest from jobs where owner = ? and idempotency_key = ?", (owner, key)
                ).fetchone()
                if row is not None:
                    if row[1] != digest:
                        raise KeyConflict(key)
                    return Job(row[0], owner, request), False
            self._connection.execute(
                "insert into jobs (id, owner, idempotency_key, digest, request, state, created)"
                " values (?, ?, ?, ?, ?, 'queued', ?)",
                (job.id, owner, key, digest, request.model_dump_json(), time.time()),
            )
        return job, True

    def waiting(self) -> list[Job]:
        """The jobs that wait, the oldest first."""
        rows = self._execute("select id, owner, request from jobs where state = 'queued' order by created")
        return [Job(name, owner, JobRequest.model_validate_json(text)) for name, owner, text in rows]

    def set_running(self, name: str) -> bool:
        """Whether a job still waited; it runs from now on."""
        with self._lock:
            changed = self._connection.execute(
                "update jobs set state = 'running' where id = ? and state = 'queued'", (name,)
            )
            return changed.rowcount == 1

    def finish(
        self, name: str, state: State, *, reply: Reply | None = None, error: str | None = None
    ) -> bool:
        """Whether a job had not ended before; it has now."""
        told = None if reply is None else reply.model_dump_json()
        with self._lock:
            changed = self._connection.execute(
                "update jobs set state = ?, results = ?, error = ?, ended = ?"
                " where id = ? and state in ('queued', 'running')",
                (state, told, error, time.time(), name),
            )
            return changed.rowcount == 1

    def view(self, name: str, owner: str) -> JobView | None:
        """How an owner's job stands; None where the owner has none of that name."""
        columns = "id, state, error, created, ended, results"
        rows = self._execute(f"select {columns} from jobs where id = ? and owner = ?", (name, owner))
        return _view(rows[0]) if rows else None

    def views(self, owner: str, limit: int) -> list[JobView]:
        """How an owner's jobs stand, the newest first, without their results."""
        rows = self._execute(
            "select id, state, error, created, ended, null from jobs where owner = ? order by created desc limit ?",
            (owner, limit),
        )
        return list(map(_view, rows))

    def _execute(self, text: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(text, values).fetchall()


def _view(row: tuple[Any, ...]) -> JobView:
    name, state, error, created, ended, told = row
    reply = Reply() if told is None else Reply.model_validate_json(told)
    return JobView(
        id=name,
        state=state,
        results=reply.results,
        fits=reply.fits,
        transported=reply.transported,
        error=error,
        created=created,
        seconds=None if ended is None else ended - created,
    )
