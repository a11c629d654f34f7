"""The format of a file, and a file taken into a library."""

import json
from collections import Counter
from enum import StrEnum
from typing import assert_never

from library.errors import ExchangeError
from library.exchange import alphaopt, markdown, own
from library.exchange.contents import Contents
from library.insight import Insight
from library.store import Store


class Format(StrEnum):
    """What can be written; `alphaopt-taxonomy` is the second file of that format."""

    JSON = "json"
    ALPHAOPT = "alphaopt"
    ALPHAOPT_TAXONOMY = "alphaopt-taxonomy"
    MARKDOWN = "markdown"


def dumps(contents: Contents, form: Format) -> str:
    """The text of a file with these contents."""
    match form:
        case Format.JSON:
            return own.write(contents)
        case Format.ALPHAOPT:
            return alphaopt.write_library(contents.insights)
        case Format.ALPHAOPT_TAXONOMY:
            return alphaopt.write_taxonomy(contents.taxonomy)
        case Format.MARKDOWN:
            return markdown.write(contents.insights)
        case _:
            assert_never(form)


def loads(text: str, source: str) -> Contents:
    """What the text of a file holds, in whichever format it is.

    Raises:
        ExchangeError: no known format, or an entry is wrong; names the file and the entry.
    """
    if text.lstrip().startswith(("#", "<!--")):
        return markdown.read(text, source)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ExchangeError(f"{source} is neither JSON nor a library in Markdown: {error}") from None
    if isinstance(value, list):
        return alphaopt.read_library(value, source)
    if isinstance(value, dict):
        return (
            own.read(text, source)
            if value.get("format") == own.FORMAT
            else alphaopt.read_taxonomy(value, source)
        )
    raise ExchangeError(f"{source} holds a single {type(value).__name__}; a library is a list or an object")


def take_in(store: Store, contents: Contents, *, author: str, source: str) -> tuple[Insight, ...]:
    """The insights that are new or changed by taking a file in; what is there and the same is left alone.

    Raises:
        ExchangeError: the same id stands twice.
        StoreError: the database cannot be written; nothing was taken in.
    """
    named = [i.id for i in contents.insights if i.id]
    (name, count), *_ = [*Counter(named).most_common(1), ("", 0)]
    if count > 1:
        raise ExchangeError(f"{source}: the id {name} stands twice; give each insight its own")
    there = {insight.id: insight for insight in store.insights()} if named else {}
    changed = [_merged(i, there.get(i.id)) for i in contents.insights]
    store.define(contents.taxonomy)
    fresh = [insight for insight in changed if insight != there.get(insight.id)]
    return store.put(fresh, author=author, note=f"from {source}") if fresh else ()


def _merged(read: Insight, stored: Insight | None) -> Insight:
    """What was read, with the version of what is stored; fields that its format leaves out stay as they are."""
    if stored is None:
        return read.model_copy(update={"version": 0})
    given = {name: getattr(read, name) for name in read.model_fields_set - {"version"}}
    return stored.model_copy(update=given)
