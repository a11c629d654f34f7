"""How many insights contain each word: what makes a word rare, counted as insights change."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection, select, text

from library import tables
from library.indexing import indexed_words
from library.insight import Insight

Change = tuple[int, Insight, Insight | None]
"""An insight's number, the insight as it is now, and as it was before."""

_ADD = text(
    "INSERT INTO insight_word (word, insights) VALUES (:word, :insights) "
    "ON CONFLICT (word) DO UPDATE SET insights = insight_word.insights + excluded.insights"
)


def count(connection: Connection, changes: Sequence[Change]) -> None:
    """Nothing; the words of changed insights are counted anew."""
    counts = Counter[str]()
    for _, now, before in changes:
        counts.update(set(indexed_words(now)))
        if before is not None:
            counts.subtract(set(indexed_words(before)))
    rows = [{"word": word, "insights": number} for word, number in sorted(counts.items()) if number]
    if rows:
        connection.execute(_ADD, rows)


def frequencies(connection: Connection, words: Sequence[str]) -> dict[str, int]:
    """In how many insights each of these words occurs; words that occur nowhere are left out."""
    table = tables.word
    wanted = select(table).where(table.c.word.in_(words), table.c.insights > 0)
    return {row.word: row.insights for row in connection.execute(wanted)}


def recount(connection: Connection) -> None:
    """Nothing; all insights are counted, for a library that was written before words were."""
    columns = tables.insight.c.number, tables.insight.c.body
    rows = connection.execute(select(*columns))
    count(connection, [(row.number, Insight.model_validate_json(row.body), None) for row in rows])
