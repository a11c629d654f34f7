"""A run's folder: what was asked of whom, the answers as they came, and what is left to do."""

import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import ValidationError, field_validator

from agent._version import __version__
from benchmarks.answering import Answer, Frozen, Setup, Task
from benchmarks.datasets.records import Dataset
from benchmarks.engines import Engine
from benchmarks.errors import RunError, StorageError
from benchmarks.journal import Journal
from library import location

_PACKAGES = ("pyomo", "highspy", "pyscipopt", "ortools", "openai", "langgraph", "pydantic", "xllamacpp")
_IDENTITY = ("set", "digest", "setup", "version")


class RunConfig(Frozen):
    """What a run is; kept as ``run.json``.

    Attributes:
        set: the set's name, read from `path`, whose SHA-256 is `digest`.
        limit: only so many of its first problems; None for all.
        setup: how questions are answered, its library's URL without secrets. The seeds are the agent's own: 0 for each
            first sample.
        engine: where they are answered.
        version: of Optwright; a run is not gone on with by another.
        learned_from: ids of problems that the experience library had seen before the run, or before it was gone on
            with.
    """

    set: str
    path: Path
    digest: str
    limit: int | None
    setup: Setup
    engine: str = "local"
    version: str = __version__
    python: str
    machine: str
    packages: dict[str, str]
    started: str
    learned_from: tuple[str, ...] = ()

    @field_validator("setup")
    @classmethod
    def _without_secrets(cls, setup: Setup) -> Setup:
        return setup.model_copy(update={"library": location.shown(setup.library)})

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        setup: Setup,
        limit: int | None = None,
        engine: str = "local",
        learned_from: Sequence[str] = (),
    ) -> "RunConfig":
        """The configuration of a run that begins now, on this machine."""
        return cls(
            set=dataset.name,
            path=dataset.path.resolve(),
            digest=dataset.digest,
            limit=limit,
            setup=setup,
            engine=engine,
            python=platform.python_version(),
            machine=platform.platform(),
            packages=dict(_versions()),
            learned_from=tuple(learned_from),
            started=datetime.now(UTC).isoformat(timespec="seconds"),
        )


def _versions() -> Iterator[tuple[str, str]]:
    for package in _PACKAGES:
        try:
            yield package, version(package)
        except PackageNotFoundError:
            continue


class RunFolder:
    """The folder of one run: ``run.json``, and ``answers.jsonl`` with a line for each answered question."""

    def __init__(self, path: Path) -> None:
        """The folder at `path`, which need not exist yet."""
        self.path = path
        self.journal = Journal(path / "answers.jsonl", Answer)

    @property
    def config(self) -> RunConfig:
        """What the run is.

        Raises:
            RunError: the folder holds no run.
        """
        path = self.path / "run.json"
        try:
            return RunConfig.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            raise RunError(f"{self.path} holds no run: there is no run.json") from None
        except (OSError, ValidationError) as error:
            raise RunError(f"{path} cannot be read: {str(error).splitlines()[0]}") from None

    def begin(self, config: RunConfig) -> RunConfig:
        """The run's configuration, on disk: a new one, or that of the run which is gone on with.

        Raises:
            RunError: the folder holds another run; the text says in what they differ.
            StorageError: the folder cannot be written.
        """
        if (self.path / "run.json").exists():
            before = self.config
            _check_same(before, config, self.path)
            seen = dict.fromkeys((*before.learned_from, *config.learned_from))
            config = before.model_copy(update={"limit": config.limit, "learned_from": tuple(seen)})
        replace_text(self.path / "run.json", config.model_dump_json(indent=2) + "\n")
        return config

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Holds the folder, which is made if need be, for this process.

        Raises:
            RunError: another process is at work on it.
            StorageError: it cannot be made or written.
        """
        lock = FileLock(self.path / ".lock", timeout=0)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except Timeout:
            raise RunError(
                f"another process is writing to {self.path}; wait for it, or take another --out"
            ) from None
        except OSError as error:
            raise StorageError(f"{self.path} cannot be written: {error.strerror}") from None
        try:
            yield
        finally:
            lock.release()

    def answers(self) -> dict[str, Answer]:
        """The latest answer to each question that has one."""
        return {answer.id: answer for answer in self.journal}


def _check_same(before: RunConfig, now: RunConfig, path: Path) -> None:
    old, new = before.model_dump(), now.model_dump()
    for name in _IDENTITY:
        if old[name] != new[name]:
            raise RunError(
                f"{path} holds a run with {name} {old[name]}, not {new[name]}; give the same, or take another --out"
            )


def replace_text(path: Path, text: str) -> None:
    """Write a file, in a folder that is made if need be, so that a crash leaves the old one or the new one.

    Lone surrogates become question marks.

    Raises:
        StorageError: it cannot be written.
    """
    draft = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8", errors="replace")
        draft.replace(path)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}") from None


async def run(
    folder: RunFolder,
    tasks: Sequence[Task],
    setup: Setup,
    engine: Engine,
    *,
    workers: int = 2,
    tell: Callable[[Answer], None] | None = None,
) -> None:
    """Answer every task that has no final answer in the folder, each put on disk before it counts as done.

    Args:
        folder: begun, and held by this process.
        tasks: in the order in which they are taken up.
        setup: how they are answered.
        engine: where.
        workers: tasks side by side.
        tell: called with each new answer once it is on disk.

    Raises:
        StorageError: an answer could not be written; running the same again goes on.
        ConfigError: no question can be answered with these settings.
    """
    done = {answer.id for answer in folder.journal if answer.is_final}
    left = [task for task in tasks if task.id not in done]
    if not left:
        return
    async with aclosing(engine(left, setup, workers)) as answers:
        async for answer in answers:
            folder.journal.append(answer)
            if tell is not None:
                tell(answer)
