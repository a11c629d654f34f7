"""Search by meaning: vectors of insights beside the insights, compared with a question's by their cosine."""

import asyncio
import threading
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from sqlalchemy import and_, func, select

from library import tables
from library.database import Database
from library.errors import EmbeddingUnavailable
from library.insight import Insight, Status
from library.protocol import Track

PER_SEARCH = 256
"""Insights that get their vector during one search: a library just imported is embedded over its first questions."""
PER_REQUEST = 64


class Embed(Protocol):
    """A language model's vectors of texts."""

    @property
    def model(self) -> str:
        """Its name; vectors of different models are kept apart."""
        ...

    async def __call__(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """A vector for each text, all of the same length.

        Raises:
            EmbeddingUnavailable: there are none to be had.
        """
        ...


class Near(NamedTuple):
    """An insight and the cosine of its vector with the question's."""

    insight: Insight
    cosine: float


class _Table(NamedTuple):
    stamp: tuple[int, int]
    numbers: np.ndarray
    vectors: np.ndarray


class Meanings:
    """The vectors of active insights; safe to use from several tasks and threads."""

    def __init__(self, database: Database, embed: Embed) -> None:
        self._database, self._embed = database, embed
        self._lock = threading.Lock()
        self._tables: dict[Track, _Table] = {}

    async def nearest(self, question: str, track: Track, limit: int) -> tuple[Near, ...]:
        """The insights closest in meaning, the closest first.

        Raises:
            EmbeddingUnavailable: no vectors are to be had.
            StoreError: the database cannot be used.
        """
        missing = [] if self._database.is_read_only else await asyncio.to_thread(self._missing, track)
        for start in range(0, len(missing), PER_REQUEST):
            chunk = missing[start : start + PER_REQUEST]
            vectors = await self._vectors([_text(insight) for _, insight in chunk])
            await asyncio.to_thread(self._keep, chunk, vectors)
        (asked,) = await self._vectors([question])
        return await asyncio.to_thread(self._closest, asked, track, limit)

    async def _vectors(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors, one a row."""
        rows = await self._embed(texts)
        if len(rows) != len(texts) or len({len(row) for row in rows}) > 1:
            raise EmbeddingUnavailable(f"the embedding model {self._embed.model} gave vectors of no use")
        vectors = np.asarray(rows, np.float32)
        if not np.isfinite(vectors).all():
            raise EmbeddingUnavailable(f"the embedding model {self._embed.model} gave numbers that are none")
        sizes = np.linalg.norm(vectors, axis=1, keepdims=True)
        units: np.ndarray = vectors / np.maximum(sizes, np.finfo(np.float32).tiny)
        return units

    def _missing(self, track: Track) -> list[tuple[int, Insight]]:
        """Active insights whose present wording has no vector yet, with their numbers."""
        one, vector = tables.insight.c, tables.embedding.c
        is_there = and_(
            vector.number == one.number, vector.version == one.version, vector.model == self._embed.model
        )
        wanted = (
            select(one.number, one.body)
            .outerjoin(tables.embedding, is_there)
            .where(one.status == Status.ACTIVE.value, one.track == track, vector.number.is_(None))
            .order_by(one.number)
            .limit(PER_SEARCH)
        )
        with self._database.reading() as connection:
            return [(row.number, Insight.model_validate_json(row.body)) for row in connection.execute(wanted)]

    def _keep(self, chunk: Sequence[tuple[int, Insight]], vectors: np.ndarray) -> None:
        vector = tables.embedding.c
        numbers = [number for number, _ in chunk]
        rows = [
            {
                "number": number,
                "version": insight.version,
                "model": self._embed.model,
                "vector": row.tobytes(),
            }
            for (number, insight), row in zip(chunk, vectors, strict=True)
        ]
        with self._database.writing() as connection:
            old = tables.embedding.delete().where(
                vector.number.in_(numbers), vector.model == self._embed.model
            )
            connection.execute(old)
            connection.execute(tables.embedding.insert(), rows)

    def _closest(self, asked: np.ndarray, track: Track, limit: int) -> tuple[Near, ...]:
        known = self._known(track)
        if not len(known.numbers) or known.vectors.shape[1] != len(asked):
            return ()
        cosines = known.vectors @ asked
        best = np.argsort(-cosines, kind="stable")[:limit]
        scores = {int(known.numbers[place]): float(cosines[place]) for place in best}
        wanted = select(tables.insight.c.number, tables.insight.c.body).where(
            tables.insight.c.number.in_(scores)
        )
        with self._database.reading() as connection:
            found = [
                Near(Insight.model_validate_json(row.body), scores[row.number])
                for row in connection.execute(wanted)
            ]
        return tuple(sorted(found, key=lambda near: -near.cosine))

    def _known(self, track: Track) -> _Table:
        """All vectors of a track, read again when something has changed."""
        one, vector = tables.insight.c, tables.embedding.c
        with self._lock, self._database.reading() as connection:
            changes = connection.execute(select(func.max(tables.event.c.seq))).scalar() or 0
            kept = connection.execute(select(func.count()).select_from(tables.embedding)).scalar() or 0
            known = self._tables.get(track)
            if known is not None and known.stamp == (changes, kept):
                return known
            is_there = and_(vector.number == one.number, vector.version == one.version)
            wanted = (
                select(vector.number, vector.vector)
                .join(tables.insight, is_there)
                .where(
                    one.status == Status.ACTIVE.value, one.track == track, vector.model == self._embed.model
                )
                .order_by(vector.number)
            )
            rows = connection.execute(wanted).all()
            vectors = [np.frombuffer(row.vector, np.float32) for row in rows]
            table = _Table(
                (changes, kept),
                np.array([row.number for row in rows], np.int64),
                np.vstack(vectors) if vectors else np.empty((0, 0), np.float32),
            )
            self._tables[track] = table
            return table


def _text(insight: Insight) -> str:
    """What an insight is about; not its example, which is code."""
    return f"{insight.condition}\n{insight.explanation}"
