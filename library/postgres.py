"""A library in a PostgreSQL database: word vectors under a GIN index."""

import math
from collections.abc import Sequence

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    Index,
    Integer,
    MetaData,
    Select,
    Table,
    cast,
    column,
    create_engine,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY, TSVECTOR
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import URL

from library.database import Database
from library.errors import StoreError
from library.indexing import indexed_words
from library.location import shown
from library.vocabulary import Change

_LOCK = 0x0971_0001  # arbitrary; all writers of this schema take it, one at a time
_K1, _B, _USUAL_LENGTH = 1.2, 0.75, 60.0

_metadata = MetaData()
_words = Table(
    "insight_terms",
    _metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("terms", TSVECTOR, nullable=False),
    Column("length", Integer, nullable=False),
)
Index("insight_terms_by_word", _words.c.terms, postgresql_using="gin")


def connect(url: URL) -> Database:
    """The database at a URL.

    Raises:
        StoreError: the driver is not installed.
    """
    try:
        engine = create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    except ImportError as error:
        raise StoreError('a PostgreSQL library needs psycopg: pip install "optwright[postgres]"') from error
    return Database(engine, shown(url.render_as_string(hide_password=False)), _begin)


def _begin(connection: Connection) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


class PostgresIndex:
    """Word vectors, ranked by BM25 with each word counted once a text: vectors keep no cheap counts."""

    def create(self, connection: Connection) -> None:
        """See `WordIndex`."""
        _metadata.create_all(connection)

    def add(self, connection: Connection, changes: Sequence[Change]) -> None:
        """See `WordIndex`."""
        rows = []
        for number, one, _ in changes:
            words = list(indexed_words(one))
            rows.append({"number": number, "terms": " ".join(words), "length": len(words)})
        new = upsert(_words)
        changed = {"terms": new.excluded.terms, "length": new.excluded.length}
        connection.execute(new.on_conflict_do_update(index_elements=["number"], set_=changed), rows)

    def matches(self, connection: Connection, words: dict[str, int]) -> Select[tuple[int, float]]:
        """See `WordIndex`."""
        total = connection.execute(select(func.max(_words.c.number))).scalar_one()
        asked = (
            func.unnest(
                cast([f"'{word}'" for word in words], ARRAY(TSQUERY)),
                cast([_gain(total, count) for count in words.values()], ARRAY(Float)),
            )
            .table_valued(column("word", TSQUERY), column("gain", Float))
            .render_derived()
        )
        damping = 1 + _K1 * (1 - _B + _B * _words.c.length / literal(_USUAL_LENGTH))
        score = (func.sum(asked.c.gain) * (_K1 + 1) / damping).label("score")
        return (
            select(_words.c.number, score)
            .select_from(asked.join(_words, _words.c.terms.op("@@")(asked.c.word)))
            .group_by(_words.c.number, _words.c.length)
        )


def _gain(total: int, count: int) -> float:
    """What a word is worth that `count` of `total` texts contain."""
    return math.log(1 + (total + 0.5) / (count + 0.5))
