"""The tables, the same for every database."""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

SCHEMA_VERSION = 2
metadata = MetaData()
_Serial = BigInteger().with_variant(Integer, "sqlite")

meta = Table("library_meta", metadata, Column("schema_version", Integer, nullable=False))

insight = Table(
    "insight",
    metadata,
    Column("number", _Serial, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("track", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
)
Index("insight_by_status", insight.c.status, insight.c.track)

insight_label = Table(
    "insight_label",
    metadata,
    Column("number", _Serial, nullable=False),
    Column("label", String(400), nullable=False),
    PrimaryKeyConstraint("label", "number"),
)
Index("insight_label_by_number", insight_label.c.number)

word = Table(
    "insight_word",
    metadata,
    Column("word", String, primary_key=True),
    Column("insights", BigInteger, nullable=False),
)

definition = Table(
    "definition",
    metadata,
    Column("label", String(400), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("body", Text, nullable=False),
)

event = Table(
    "event",
    metadata,
    Column("seq", _Serial, primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False),
    Column("insight_id", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("author", String(200), nullable=False),
    Column("note", Text, nullable=False),
    Column("body", Text, nullable=False),
)
Index("event_by_insight", event.c.insight_id, event.c.version, unique=True)
Index("event_by_time", event.c.at)

embedding = Table(
    "embedding",
    metadata,
    Column("number", _Serial, nullable=False),
    Column("model", String(200), nullable=False),
    Column("version", Integer, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    PrimaryKeyConstraint("number", "model"),
)

journal = Table(
    "journal",
    metadata,
    Column("run", String(64), nullable=False),
    Column("key", String(200), nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("run", "key"),
)

observation = Table(
    "observation",
    metadata,
    Column("seq", _Serial, primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False),
    Column("question", Text, nullable=False),
    Column("formulation", Text, nullable=False),
    Column("used", Text, nullable=False),
)
