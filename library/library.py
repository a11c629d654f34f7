"""An opened library: advice for the agent, learning and evolution for whoever keeps it."""

import asyncio
import re
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from library import exchange, location, postgres, sqlite
from library.credit import Bar
from library.errors import StoreError, UnusableRun
from library.evolution import Change, Evolver
from library.insight import Status
from library.learning import Effort, Learner, Outcome
from library.meaning import Embed, Meanings
from library.protocol import Advice, Ask, Solver, Track
from library.retrieval import Retrieval, retrieve
from library.store import Store
from library.tasks import Task, fingerprint

SHIPPED = "the library that ships with Optwright"
_RETRIEVAL, _BAR, _EFFORT = Retrieval(), Bar(), Effort()


class Library:
    """Keeps the promises of `ExperienceLibrary`; `store` is the way to its insights."""

    def __init__(self, store: Store, retrieval: Retrieval = _RETRIEVAL, embed: Embed | None = None) -> None:
        self.store, self._retrieval = store, retrieval
        self._meanings = None if embed is None else Meanings(store.database, embed)

    async def retrieve(self, question: str, track: Track, ask: Ask | None = None) -> Sequence[Advice]:
        """The advice for a question, the best first; `ask` judges what applies."""
        return await retrieve(self.store, question, track, ask, self._retrieval, self._meanings)

    async def observe(self, question: str, formulation: str, used: Sequence[str]) -> None:
        """Keep a verified run as material for learning."""
        await asyncio.to_thread(self.store.observe, question, formulation, used)

    async def learn(
        self,
        tasks: Sequence[Task],
        *,
        solver: Solver,
        ask: Ask,
        guard: Sequence[Task] = (),
        run: str = "learn",
        bar: Bar = _BAR,
        effort: Effort = _EFFORT,
        tell: Callable[[Outcome], None] = lambda _: None,
    ) -> tuple[Outcome, ...]:
        """What came of each task; insights that proved themselves are active afterwards.

        Args:
            tasks: what to learn from.
            solver: the agent.
            ask: the teacher's language model.
            guard: tasks on which an insight may do no harm.
            run: a name; a run that was interrupted goes on under it, and pays for nothing twice.
            bar: what an insight must show.
            effort: how hard to try.
            tell: is called with each outcome.

        Raises:
            StoreError: the database cannot be written.
            Exception: what `solver` and `ask` raise, such as a spent budget; the journal has what was paid for.
        """
        learner = Learner(
            self.store, solver, ask, run=_named(run), bar=bar, effort=effort, retrieval=self._retrieval
        )
        return await learner.learn(tasks, guard, tell)

    async def evolve(
        self,
        train: Sequence[Task],
        validation: Sequence[Task],
        *,
        solver: Solver,
        ask: Ask,
        run: str = "evolve",
        seeds: int = 2,
        workers: int = 4,
        tell: Callable[[Change], None] = lambda _: None,
    ) -> tuple[Change, ...]:
        """What became of each active insight; labels that nothing carries any more are taken out.

        Args:
            train: tasks on which insights are diagnosed.
            validation: tasks by which changes are judged; none of them may be among the first.
            solver: the agent.
            ask: the language model that judges and rewrites.
            run: a name; a run that was interrupted goes on under it.
            seeds: paired runs on each task.
            workers: attempts side by side.
            tell: is called with each change.

        Raises:
            UnusableRun: a task stands in both parts.
            StoreError: the database cannot be written.
        """
        seen = {task.question for task in train}
        both = [task.id for task in validation if task.question in seen]
        if both:
            raise UnusableRun(
                f"the task {both[0]} is in both parts; a change must be judged on tasks it has not seen"
            )
        evolver = Evolver(
            self.store, solver, ask, run=_named(run), seeds=seeds, workers=workers, retrieval=self._retrieval
        )
        changes = await evolver.evolve(train, validation, tell)
        self.store.prune()
        return changes

    def has_learned_from(self, question: str) -> bool:
        """Whether an insight was learned from a question with these words, whatever its numbers."""
        mark = fingerprint(question)
        return any(mark in insight.provenance.fingerprints for insight in self.store.insights())

    def unreachable(self) -> tuple[str, ...]:
        """Ids of active insights that no search can find or whose label is unknown: none, always."""
        known = {one.label for one in self.store.taxonomy()}
        lost = []
        for insight in self.store.insights(status=Status.ACTIVE):
            hits = self.store.search(insight.condition, track=insight.track, limit=self._retrieval.candidates)
            is_found = any(hit.insight.id == insight.id for hit in hits)
            if not is_found or not set(insight.labels) <= known:
                lost.append(insight.id)
        return tuple(lost)

    def close(self) -> None:
        """Free the connections."""
        self.store.close()


def open_library(
    url: str | None = None, *, begins_with_shipped: bool = False, embed: Embed | None = None
) -> Library:
    """The library at a URL: ``sqlite:///PATH`` or ``postgresql://USER:PASSWORD@HOST/DATABASE``.

    Without one, at ``OPTWRIGHT_LIBRARY_URL``, and without that in a file in the user's data folder.

    Args:
        url: where it is kept.
        begins_with_shipped: whether a new file begins as a copy of the library that ships; the one in the user's
            data folder does.
        embed: vectors of texts, for a search by meaning beside the one by words.

    Raises:
        StoreError: the URL is of another kind, or the database cannot be used.
    """
    chosen = url or location.configured_url()
    if chosen is None:
        chosen, begins_with_shipped = f"sqlite:///{location.default_file()}", True
    library = Library(_store(chosen), embed=embed)
    if begins_with_shipped and not library.store.counts():
        exchange.take_in(library.store, shipped(), author="optwright", source=SHIPPED)
    return library


def shipped() -> exchange.Contents:
    """What ships with the package."""
    text = (files("library") / "data" / "library.json").read_text(encoding="utf-8")
    return exchange.loads(text, SHIPPED)


def _store(text: str) -> Store:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise StoreError(
            f"the URL of the library, {location.shown(text)}, cannot be read; write sqlite:///PATH or "
            "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
        ) from None
    if url.get_backend_name() == "sqlite":
        return Store(sqlite.connect(_path(url)), sqlite.SqliteIndex())
    if url.get_backend_name() == "postgresql":
        if text.count("@") > 1:  # what follows the first would be taken for the host, and be named in errors
            raise StoreError(
                f"the URL of the library, {location.shown(text)}, has more than one @; write %40 for those of a name "
                "or password"
            )
        return Store(postgres.connect(url), postgres.PostgresIndex())
    raise StoreError(f"a library is kept in sqlite:///PATH or postgresql://..., not in {url.drivername}")


def _path(url: URL) -> Path:
    if not url.database or url.database == ":memory:":
        raise StoreError(
            "a library in SQLite needs a file: sqlite:///PATH (four slashes for an absolute path)"
        )
    return Path(url.database).expanduser()


def _named(run: str) -> str:
    if not re.fullmatch(r"[\w.:-]{1,64}", run):
        raise UnusableRun(
            f"the name of a run is letters, digits, dots and dashes, at most 64; this is {run!r}"
        )
    return run
