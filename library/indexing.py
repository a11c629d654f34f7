"""What a search looks into."""

from collections.abc import Iterator

from library.insight import Insight
from library.terms import terms


def indexed_words(one: Insight) -> Iterator[str]:
    """The stemmed words of an insight's labels, condition and explanation; not of its example, which is code."""
    for label in one.labels:
        yield from terms(f"{label.group} {label.name}")
    yield from terms(one.condition)
    yield from terms(one.explanation)
