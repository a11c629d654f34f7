"""Words as they are indexed: lower case, stemmed, without the words that every problem has."""

import re
import threading
from collections.abc import Iterator
from functools import lru_cache

import snowballstemmer

_WORD = re.compile(r"[^\W\d_][\w'-]{1,40}")
_STOP_WORDS = """
a about above after all also an and any are as at be because been before being below between both but by can
could did do does doing down during each either every few for from further had has have having he her here
his how i if in into is it its itself just least less like many may might more most must no nor not of off
on once one only or other our out over own per same she should since so some such than that the their them
then there these they this those through to too two under until up upon us use used uses using very was we
were what when where which while who whom whose why will with within without would you your applies apply
example following given insight model problem problems require required requires requiring
"""
_STOP = frozenset(_STOP_WORDS.split())
_stemmer = snowballstemmer.stemmer("english")
_lock = threading.Lock()


def terms(text: str) -> Iterator[str]:
    """The indexed words of a text, in order, with repetitions."""
    for word in _WORD.findall(text.lower()):
        if word not in _STOP:
            yield stem(word)


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of a lower-case word, of letters and digits only."""
    with _lock:  # the stemmer keeps its state in itself
        stemmed: str = _stemmer.stemWord(word.split("'")[0])
    return "".join(filter(str.isalnum, stemmed)) or word


def overlap(a: str, b: str) -> float:
    """How alike two texts are: shared terms over all terms (Jaccard), from 0 to 1."""
    first, second = set(terms(a)), set(terms(b))
    return len(first & second) / len(first | second) if first or second else 0.0
