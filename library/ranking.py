"""The best matches of a search that are wanted ones: the same for both kinds of databases."""

from collections.abc import Sequence

from sqlalchemy import Connection, Select, select

ROOM = 8
"""So many times the matches asked for are looked up first."""


def best(
    connection: Connection,
    matches: Select[tuple[int, float]],
    most: int,
    wanted: Select[tuple[int, str]],
    limit: int,
) -> Sequence[tuple[str, float]]:
    """Bodies and scores of the best matches among the wanted insights.

    The best by words alone are looked up first; all are only where too few of those are wanted ones, since to look up
    an insight costs as much as to rank it.

    Args:
        connection: of the library.
        matches: numbers and scores, named so.
        most: how many matches there are at most.
        wanted: numbers and bodies, named so.
        limit: how many are asked for.
    """
    first = _among(connection, matches, ROOM * limit, wanted, limit)
    if len(first) == limit or most <= ROOM * limit:
        return first
    return _among(connection, matches, None, wanted, limit)


def _among(
    connection: Connection,
    matches: Select[tuple[int, float]],
    count: int | None,
    wanted: Select[tuple[int, str]],
    limit: int,
) -> Sequence[tuple[str, float]]:
    """The same among the first so many matches."""
    scored = matches.subquery()
    nearest = select(scored).order_by(scored.c.score.desc(), scored.c.number).limit(count).subquery()
    chosen = wanted.subquery()
    found = (
        select(chosen.c.body, nearest.c.score)
        .join_from(nearest, chosen, chosen.c.number == nearest.c.number)
        .order_by(nearest.c.score.desc(), nearest.c.number)
        .limit(limit)
    )
    return [(row.body, row.score) for row in connection.execute(found)]
