"""The store: insights with their whole history in a database, found by words and by label."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import uuid4

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, insert, select, update

from library import tables, vocabulary
from library.database import Database, WordIndex
from library.errors import EditConflict, StoreError, UnknownInsight
from library.indexing import indexed_words
from library.insight import Definition, Insight, Label, Status
from library.protocol import Track
from library.ranking import best
from library.terms import terms

Item = TypeVar("Item")

_CHUNK = 500
MOST_DOCUMENTS = 2000
MOST_TERMS = 12


@dataclass(frozen=True, slots=True)
class Hit:
    """An insight that a search found.

    Attributes:
        insight: the insight.
        score: of the search by words; higher is better.
        shared: terms that question and insight share.
        cosine: how close both are in meaning, where that was asked.
    """

    insight: Insight
    score: float
    shared: tuple[str, ...]
    cosine: float | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One change: the insight as it was after it, who made it, when (seconds since 1970, UTC) and why."""

    seq: int
    at: float
    author: str
    note: str
    insight: Insight


class Store:
    """Insights in a database.

    * Every change of an insight is an event; none is ever overwritten without one, and none is deleted. What labels
      mean has no history.
    * Several processes may read and write; a change of an insight that was changed since it was read is an
      `EditConflict`. `put` is all or nothing.
    * Every label of an active insight is in the taxonomy: a change that brings a new label defines it.
    * What the database says is raised as `StoreError`.
    """

    def __init__(self, database: Database, index: WordIndex, clock: Callable[[], float] = time.time) -> None:
        self.database, self._index, self._clock = database, index, clock
        if database.is_read_only:
            with database.reading() as connection:
                self._check(connection)
            return
        with database.writing() as connection:
            self._create(connection)

    @property
    def url(self) -> str:
        """Where the library is, without a password."""
        return self.database.url

    def close(self) -> None:
        """Free the connections."""
        self.database.close()

    # -- writing ----------------------------------------------------------------------------------------------

    def put(self, insights: Sequence[Insight], *, author: str, note: str = "") -> tuple[Insight, ...]:
        """The insights as they are stored now: new ones with an id, all with their new version.

        Raises:
            EditConflict: an insight's version is not the stored one; nothing was stored.
        """
        named = [i if i.id else i.model_copy(update={"id": f"i-{uuid4().hex[:12]}"}) for i in insights]
        if len({i.id for i in named}) < len(named):
            raise StoreError("the same insight stands twice in one change; put it once")
        with self.database.writing() as connection:
            before = self._read(connection, [i.id for i in named], lock=True)
            for one in named:
                stored = before[one.id][1].version if one.id in before else 0
                if stored != one.version:
                    raise EditConflict(
                        f"insight {one.id} is at version {stored}, and the change was made to version {one.version}; "
                        "read it again and repeat the change"
                    )
            after = [i.model_copy(update={"version": i.version + 1}) for i in named]
            self._write(connection, after, before)
            self._log(connection, after, author, note)
        return tuple(after)

    def _write(
        self, connection: Connection, after: Sequence[Insight], before: dict[str, tuple[int, Insight]]
    ) -> None:
        rows = [
            {
                "key": i.id,
                "track": i.track,
                "status": i.status.value,
                "version": i.version,
                "body": i.model_dump_json(),
            }
            for i in after
        ]
        fresh = [{**row, "id": row["key"]} for row in rows if row["key"] not in before]
        changed = [row for row in rows if row["key"] in before]
        if fresh:
            columns = [column for column in tables.insight.c if column.name != "number"]
            connection.execute(
                insert(tables.insight), [{c.name: row[c.name] for c in columns} for row in fresh]
            )
        if changed:
            statement = update(tables.insight).where(tables.insight.c.id == bindparam("key"))
            connection.execute(
                statement.values({c: bindparam(c) for c in ("track", "status", "version", "body")}), changed
            )
        numbers = self._numbers(connection, [i.id for i in after])
        if changed:
            self._delete_labels(connection, [numbers[i.id] for i in after if i.id in before])
        connection.execute(
            insert(tables.insight_label),
            [
                {"number": numbers[i.id], "label": str(label)}
                for i in after
                for label in dict.fromkeys(i.labels)
            ],
        )
        self._define(
            connection, (Definition(label=label) for i in after for label in i.labels), is_new_only=True
        )
        olds = {key: insight for key, (_, insight) in before.items()}
        changes = [(numbers[i.id], i, olds.get(i.id)) for i in after]
        self._index.add(connection, changes)
        vocabulary.count(connection, changes)

    def _log(self, connection: Connection, after: Sequence[Insight], author: str, note: str) -> None:
        now = round(self._clock(), 6)  # what a history shows can be given back as the moment to go back to
        connection.execute(
            insert(tables.event),
            [
                {
                    "at": now,
                    "insight_id": i.id,
                    "version": i.version,
                    "author": author,
                    "note": note,
                    "body": i.model_dump_json(),
                }
                for i in after
            ],
        )

    @staticmethod
    def _delete_labels(connection: Connection, numbers: Sequence[int]) -> None:
        for chunk in _chunks(numbers):
            connection.execute(delete(tables.insight_label).where(tables.insight_label.c.number.in_(chunk)))

    # -- the taxonomy -------------------------------------------------------------------------------------------

    def define(self, definitions: Iterable[Definition]) -> None:
        """Add labels to the taxonomy, or say anew what they mean."""
        with self.database.writing() as connection:
            self._define(connection, definitions)

    def _define(
        self, connection: Connection, definitions: Iterable[Definition], *, is_new_only: bool = False
    ) -> None:
        wanted = {str(d.label): d for d in definitions}
        known = {row.label for row in connection.execute(select(tables.definition.c.label))}
        position = len(known)
        for label, one in wanted.items():
            row = {"label": label, "body": one.model_dump_json()}
            if label not in known:
                connection.execute(insert(tables.definition).values(**row, position=position))
                position += 1
            elif not is_new_only:
                connection.execute(
                    update(tables.definition)
                    .where(tables.definition.c.label == label)
                    .values(body=row["body"])
                )

    def taxonomy(self) -> tuple[Definition, ...]:
        """All labels with their meaning, in the order in which they came."""
        with self.database.reading() as connection:
            found = connection.execute(
                select(tables.definition.c.body).order_by(tables.definition.c.position)
            )
            return tuple(Definition.model_validate_json(row.body) for row in found)

    def prune(self) -> tuple[Label, ...]:
        """Take labels out of the taxonomy that no insight carries and nobody has defined; says which."""
        used = select(tables.insight_label.c.label).distinct()
        with self.database.writing() as connection:
            rows = connection.execute(
                select(tables.definition.c.body).where(tables.definition.c.label.not_in(used))
            )
            unused = [d for row in rows if not (d := Definition.model_validate_json(row.body)).definition]
            names = [str(one.label) for one in unused]
            for chunk in _chunks(names):
                connection.execute(delete(tables.definition).where(tables.definition.c.label.in_(chunk)))
        return tuple(one.label for one in unused)

    # -- reading --------------------------------------------------------------------------------------------------

    def get(self, insight_id: str) -> Insight:
        """The insight of that id.

        Raises:
            UnknownInsight: there is none.
        """
        with self.database.reading() as connection:
            found = self._read(connection, [insight_id])
        if insight_id not in found:
            raise UnknownInsight(f"there is no insight {insight_id!r}; `optwright library list` shows them")
        return found[insight_id][1]

    def insights(
        self, *, status: Status | None = None, track: Track | None = None, label: str = ""
    ) -> tuple[Insight, ...]:
        """All insights, or those of a status, a track, or a label or beginning of one, in the order they came."""
        with self.database.reading() as connection:
            rows = connection.execute(_wanted(status, track, label).order_by(tables.insight.c.number))
            return tuple(Insight.model_validate_json(row.body) for row in rows)

    def counts(self) -> dict[tuple[str, str], int]:
        """How many insights there are, by track and status."""
        columns = tables.insight.c.track, tables.insight.c.status
        with self.database.reading() as connection:
            rows = connection.execute(select(*columns, func.count()).group_by(*columns))
            return {(row[0], row[1]): row[2] for row in rows}

    def search(
        self,
        text: str,
        *,
        status: Status | None = Status.ACTIVE,
        track: Track | None = None,
        label: str = "",
        limit: int = 12,
    ) -> tuple[Hit, ...]:
        """The insights that share the rarest words with a text, the best first (BM25).

        Only the rarest `MOST_TERMS` words count, and only as many as `MOST_DOCUMENTS` insights contain: a common
        word costs much and tells little.
        """
        asked = list(dict.fromkeys(terms(text)))
        with self.database.reading() as connection:
            words = _rarest(vocabulary.frequencies(connection, asked))
            if not words:
                return ()
            matches = self._index.matches(connection, words)
            rows = best(connection, matches, sum(words.values()), _wanted(status, track, label), limit)
        return tuple(_hit(Insight.model_validate_json(body), score, asked) for body, score in rows)

    def events(self, insight_id: str | None = None, *, since: float = 0.0) -> tuple[Event, ...]:
        """The changes of one insight, or of all, in their order."""
        wanted = select(tables.event).where(tables.event.c.at >= since).order_by(tables.event.c.seq)
        if insight_id is not None:
            wanted = wanted.where(tables.event.c.insight_id == insight_id)
        with self.database.reading() as connection:
            return tuple(map(_event, connection.execute(wanted)))

    # -- notes of long runs, and of runs of the agent --------------------------------------------------------------

    def recall(self, run: str) -> dict[str, object]:
        """What a long run has noted so far, by key."""
        wanted = select(tables.journal.c.key, tables.journal.c.body).where(tables.journal.c.run == run)
        with self.database.reading() as connection:
            return {row.key: json.loads(row.body) for row in connection.execute(wanted)}

    def note(self, run: str, key: str, value: object) -> None:
        """Keep a result of a long run, so that it is not paid for twice."""
        with self.database.writing() as connection:
            chosen = (tables.journal.c.run == run) & (tables.journal.c.key == key)
            connection.execute(delete(tables.journal).where(chosen))
            connection.execute(insert(tables.journal).values(run=run, key=key, body=json.dumps(value)))

    def observe(self, question: str, formulation: str, used: Sequence[str]) -> None:
        """Keep a verified run of the agent as material for learning."""
        row = {"question": question, "formulation": formulation, "used": json.dumps(list(used))}
        with self.database.writing() as connection:
            connection.execute(insert(tables.observation).values(at=self._clock(), **row))

    def observations(self) -> int:
        """How many verified runs were noted."""
        with self.database.reading() as connection:
            return connection.execute(select(func.count()).select_from(tables.observation)).scalar_one()

    def _create(self, connection: Connection) -> None:
        tables.metadata.create_all(connection)
        version = self._version(connection)
        if version is None:
            connection.execute(insert(tables.meta).values(schema_version=tables.SCHEMA_VERSION))
        elif version < tables.SCHEMA_VERSION:
            vocabulary.recount(connection)
            connection.execute(update(tables.meta).values(schema_version=tables.SCHEMA_VERSION))
        self._index.create(connection)

    def _check(self, connection: Connection) -> None:
        if self._version(connection) != tables.SCHEMA_VERSION:
            raise StoreError(
                f"the library {self.url} was written by an older Optwright; open it once where it can be written"
            )

    def _version(self, connection: Connection) -> int | None:
        version = connection.execute(select(tables.meta.c.schema_version)).scalar()
        if version is not None and version > tables.SCHEMA_VERSION:
            raise StoreError(f"the library {self.url} was written by a newer Optwright; update this one")
        return version

    def _read(
        self, connection: Connection, ids: Sequence[str], *, lock: bool = False
    ) -> dict[str, tuple[int, Insight]]:
        found = {}
        for chunk in _chunks(ids):
            columns = tables.insight.c.number, tables.insight.c.id, tables.insight.c.body
            wanted = select(*columns).where(tables.insight.c.id.in_(chunk)).order_by(tables.insight.c.number)
            for row in connection.execute(wanted.with_for_update() if lock else wanted):
                found[row.id] = (row.number, Insight.model_validate_json(row.body))
        return found

    @staticmethod
    def _numbers(connection: Connection, ids: Sequence[str]) -> dict[str, int]:
        numbers = {}
        for chunk in _chunks(ids):
            columns = tables.insight.c.id, tables.insight.c.number
            for row in connection.execute(select(*columns).where(tables.insight.c.id.in_(chunk))):
                numbers[row.id] = row.number
        return numbers


def _wanted(status: Status | None, track: Track | None, label: str) -> Select[tuple[int, str]]:
    wanted = select(tables.insight.c.number, tables.insight.c.body)
    if status is not None:
        wanted = wanted.where(tables.insight.c.status == status.value)
    if track is not None:
        wanted = wanted.where(tables.insight.c.track == track)
    if label:
        of_label = select(tables.insight_label.c.number).where(
            tables.insight_label.c.label.startswith(label, autoescape=True)
        )
        wanted = wanted.where(tables.insight.c.number.in_(of_label))
    return wanted


def _hit(one: Insight, score: float, asked: Sequence[str]) -> Hit:
    own = frozenset(indexed_words(one))
    return Hit(one, score, tuple(word for word in asked if word in own))


def _rarest(frequencies: dict[str, int]) -> dict[str, int]:
    chosen: dict[str, int] = {}
    for word, count in sorted(frequencies.items(), key=lambda item: (item[1], item[0]))[:MOST_TERMS]:
        if chosen and sum(chosen.values()) + count > MOST_DOCUMENTS:
            break
        chosen[word] = count
    return chosen


def _event(row: Row[tuple[object, ...]]) -> Event:
    return Event(row.seq, row.at, row.author, row.note, Insight.model_validate_json(row.body))


def _chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
