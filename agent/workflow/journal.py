"""The journal of an optimization in SQLite: what was paid for is on disk before it is used.

A run that is started again plays the same steps; each proposal, run and call that the journal holds is taken from
it instead of being made again.
"""

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self, TypeVar

from filelock import FileLock, Timeout
from pydantic import ValidationError

from agent.errors import WorkflowError
from agent.llm import Call, Ledger
from agent.workflow.records import Candidate, Part, Proposal, Record, Run, Verdict
from agent.workflow.traces import text_of

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS candidates (number INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS proposals (step INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS verdicts (step INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS calls (number INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS runs (
    candidate INTEGER, part TEXT, item INTEGER, repeat INTEGER, body TEXT NOT NULL,
    PRIMARY KEY (candidate, part, item, repeat)
);
"""
_VERSION = "1"
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
Kept = TypeVar("Kept", bound=Record)


class Journal:
    """One optimization on disk; written by one process at a time, read by any number."""

    def __init__(self, path: Path | None) -> None:
        """Opens or makes the file.

        Args:
            path: the file; None keeps the journal in memory, for a run that need not be resumed.

        Raises:
            WorkflowError: it cannot be opened, or is no journal.
        """
        self.path = path
        self._saved_calls = 0
        self._lock: FileLock | None = None
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch(mode=0o600)
            self._database = sqlite3.connect(path or ":memory:", timeout=10, check_same_thread=False)
            if path is not None:
                self._database.execute("PRAGMA journal_mode=WAL")
                self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.executescript(_SCHEMA)
        except (OSError, ValueError, sqlite3.Error) as error:
            raise WorkflowError(f"the journal {path} cannot be opened: {error}; name another file") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file, and lets others write it."""
        self._database.close()
        if self._lock is not None:
            self._lock.release()

    def begin(self, facts: dict[str, Any]) -> None:
        """Notes what the run is about, or checks that it is the same run; nobody else may write until it is closed.

        Raises:
            WorkflowError: the journal belongs to another run; the text names the first difference. Or a run is
                writing it now.
        """
        self._reserve()
        known = self.facts
        told = {"version": _VERSION, **json.loads(json.dumps(facts))}
        for name, value in told.items():
            if name in known and known[name] != value:
                raise WorkflowError(
                    f"the journal {self.path} belongs to another run: {name} was {known[name]!r:.80}, "
                    f"now it is {value!r:.80}; name another file, or start the same run again"
                )
        self._write([("facts", (name, json.dumps(value))) for name, value in told.items()])

    def _reserve(self) -> None:
        if self.path is None:
            return
        self._lock = FileLock(f"{self.path}.lock", timeout=0)
        try:
            self._lock.acquire()
        except Timeout:
            raise WorkflowError(
                f"another run is writing the journal {self.path}; wait for its end, or name another file"
            ) from None

    @property
    def facts(self) -> dict[str, Any]:
        """What the run is about, by name."""
        return {name: json.loads(value) for name, value in self._rows("SELECT name, value FROM facts")}

    def save(self, record: Candidate | Run | Proposal | Verdict, ledger: Ledger, elapsed_s: float) -> None:
        """Nothing; the record and the calls made since the last one are on disk.

        Raises:
            WorkflowError: they cannot be written; what was written before stays.
        """
        body = record.model_dump_json()
        match record:
            case Candidate():
                row: tuple[str, tuple[Any, ...]] = ("candidates", (record.number, body))
            case Run():
                row = ("runs", (record.candidate, record.part, record.item, record.repeat, body))
            case Proposal():
                row = ("proposals", (record.step, body))
            case Verdict():
                row = ("verdicts", (record.step, body))
        self._save([row], ledger, elapsed_s)

    def save_calls(self, ledger: Ledger, elapsed_s: float) -> None:
        """Nothing; the calls made since the last record are on disk, though nothing came of them.

        Raises:
            WorkflowError: they cannot be written.
        """
        self._save([], ledger, elapsed_s)

    def _save(self, rows: list[tuple[str, tuple[Any, ...]]], ledger: Ledger, elapsed_s: float) -> None:
        entries = ledger.entries[self._saved_calls :]
        calls = [
            ("calls", (number, call.model_dump_json()))
            for number, call in enumerate(entries, start=self._saved_calls)
        ]
        self._write([*rows, *calls, ("facts", ("elapsed_s", json.dumps(elapsed_s)))])
        self._saved_calls += len(entries)

    def ledger(self) -> Ledger:
        """The calls that are on disk."""
        rows = self._rows("SELECT body FROM calls ORDER BY number")
        ledger = Ledger(entries=tuple(Call.model_validate_json(body) for (body,) in rows))
        self._saved_calls = ledger.calls
        return ledger

    def candidates(self) -> list[Candidate]:
        """All candidates, by number."""
        return list(self._read(Candidate, "SELECT body FROM candidates ORDER BY number"))

    def proposals(self) -> list[Proposal]:
        """All proposals, by step."""
        return list(self._read(Proposal, "SELECT body FROM proposals ORDER BY step"))

    def verdicts(self) -> list[Verdict]:
        """All verdicts, by step."""
        return list(self._read(Verdict, "SELECT body FROM verdicts ORDER BY step"))

    def runs(self, candidate: int | None = None, part: Part | None = None) -> list[Run]:
        """All runs, or those of one candidate or part."""
        query = (
            "SELECT body FROM runs WHERE (?1 IS NULL OR candidate = ?1) AND (?2 IS NULL OR part = ?2) "
            "ORDER BY candidate, part, item, repeat"
        )
        return list(self._read(Run, query, candidate, part))

    def _read(self, kind: type[Kept], query: str, *values: object) -> Iterator[Kept]:
        for (body,) in self._rows(query, *values):
            try:
                yield kind.model_validate_json(body)
            except ValidationError as error:
                raise WorkflowError(
                    f"the journal {self.path} was written by another version: {error.errors()[0]['msg']}"
                ) from None

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return self._database.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise WorkflowError(f"the journal {self.path} cannot be read: {error}") from None

    def _write(self, rows: list[tuple[str, tuple[Any, ...]]]) -> None:
        try:
            with self._database:
                for table, values in rows:
                    marks = ", ".join("?" * len(values))
                    self._database.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", values)
        except sqlite3.Error as error:
            raise WorkflowError(
                f"the journal {self.path} cannot be written: {error}; make room and start the same run again"
            ) from None


def digest(value: object) -> str:
    """A short digest of a value's text, by which a journal recognizes it; where objects lie in memory is no part."""
    text = _ADDRESS.sub("", text_of(value))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
