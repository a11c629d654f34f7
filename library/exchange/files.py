"""The format of a file, and a file taken into a library."""

import json
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from library.errors import ExchangeError
from library.exchange import alphaopt, markdown, own
from library.exchange.contents import Contents
from library.insight import Insight, Label
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


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of taking a file in.

    Attributes:
        insights: those that are new or changed, as they are stored now.
        older: ids of those left alone: the file has them as they were before their latest changes here.
        labels: those that are new, or mean something else now.
    """

    insights: tuple[Insight, ...]
    older: tuple[str, ...]
    labels: tuple[Label, ...]


def take_in(store: Store, contents: Contents, *, author: str, source: str, overwrites: bool = False) -> Taken:
    """What is new or changed by taking a file in; what is there and the same, or newer, is left alone.

    Args:
        store: takes it in.
        contents: of the file.
        author: for the history.
        source: the file's name, for the history and errors.
        overwrites: whether what is newer gives way all the same.

    Raises:
        ExchangeError: the same id stands twice.
        StoreError: the database cannot be written; nothing was taken in.
    """
    named = [i.id for i in contents.insights if i.id]
    (name, count), *_ = [*Counter(named).most_common(1), ("", 0)]
    if count > 1:
        raise ExchangeError(f"{source}: the id {name} stands twice; give each insight its own")
    there = {insight.id: insight for insight in store.insights()}
    words = {_words(insight) for insight in there.values()}
    fresh, older = [], []
    for read in contents.insights:
        stored = there.get(read.id)
        merged = _merged(read, stored)
        if merged == stored or (stored is None and _words(read) in words):
            continue
        if stored is not None and not overwrites and _is_older(read, stored, store):
            older.append(read.id)
        else:
            fresh.append(merged)
    known = {one.label: one for one in store.taxonomy()}
    store.define(one for one in contents.taxonomy if one.has_words or one.label not in known)
    changed = store.put(fresh, author=author, note=f"from {source}") if fresh else ()
    labels = (one.label for one in store.taxonomy() if one != known.get(one.label))
    return Taken(changed, tuple(older), tuple(labels))


def _words(insight: Insight) -> tuple[object, ...]:
    """By which an insight is known that comes without its id: new ones, and ours in AlphaOPT's format."""
    return insight.status, insight.labels, insight.condition, insight.explanation, insight.example


def _merged(read: Insight, stored: Insight | None) -> Insight:
    """What was read, with the version of what is stored; fields that its format leaves out stay as they are."""
    if stored is None:
        return read.model_copy(update={"version": 0})
    given = {name: getattr(read, name) for name in read.model_fields_set - {"version"}}
    for name in ("evidence", "provenance"):
        if name in given:
            part = {inner: getattr(given[name], inner) for inner in given[name].model_fields_set}
            given[name] = getattr(stored, name).model_copy(update=part)
    return stored.model_copy(update=given)


def _is_older(read: Insight, stored: Insight, store: Store) -> bool:
    """Whether a file has an insight as it was before.

    An export of this library says so by its version. Other formats and libraries do not count as this one does, so
    there it is what was read that must have been the insight once.
    """
    if 0 < read.version <= stored.version:
        return read.version < stored.version
    return any(_merged(read, event.insight) == event.insight for event in store.events(stored.id))
