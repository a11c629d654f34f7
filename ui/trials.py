"""Runs over sets of problems from the app: begun, gone on with, and read again from their folders."""

import hashlib
import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

from agent.errors import AgentError, UserError
from agent.experience import NONE
from agent.llm import ChatModel
from benchmarks import datasets, runs
from benchmarks.answering import Answer, Setup, Task, served_model
from benchmarks.datasets import Card, Dataset
from benchmarks.engines.local import answers_by
from benchmarks.errors import DatasetError, RunError
from benchmarks.experience import learned_from
from benchmarks.reporting import report_of
from benchmarks.runs import RunConfig, RunFolder
from benchmarks.scoring.report import Report
from benchmarks.scoring.score import Verdict, judge
from library import ExperienceLibrary, NullLibrary
from ui.desk import Desk
from ui.jobs import Job, Jobs
from ui.model import connected

UPLOADED = "jsonl"
"""The name of sets that are files of the user's own."""
_NAME = re.compile(r"[\w-]+")


def sets_here(desk: Desk) -> list[Card]:
    """The sets that are on this machine."""
    return [card for card in map(datasets.card, datasets.names()) if _is_here(desk, card.name)]


def _is_here(desk: Desk, name: str) -> bool:
    try:
        return datasets.local_path(name, desk.settings).exists()
    except DatasetError:
        return False


def uploaded_set(desk: Desk, content: bytes, file_name: str) -> Dataset:
    """A set of the user's own, kept with the desk so that its runs can be gone on with.

    Raises:
        DatasetError: not one problem can be read.
        UserError: its problems name files, which are not the browser's to name.
    """
    ending = ".csv" if file_name.lower().endswith(".csv") else ".jsonl"
    path = desk.settings.state_dir / "sets" / f"{hashlib.sha256(content).hexdigest()[:16]}{ending}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    try:
        found = datasets.load(UPLOADED, path)
        if any(record.data for record in found):
            raise UserError(
                f"problems of {file_name} name data files; put the set on this machine and use `optwright bench run`"
            )
    except AgentError:
        path.unlink(missing_ok=True)
        raise
    return found


def folders(desk: Desk) -> list[RunFolder]:
    """The run folders, the newest first: those of the app and, for the one user of a machine, those in ``runs/``."""
    places = [_place(desk)] if desk.is_shared else [_place(desk), Path("runs")]
    found = [path.parent for place in places for path in place.glob("*/run.json")]
    return [RunFolder(path) for path in sorted(found, key=lambda path: -(path / "run.json").stat().st_mtime)]


def new_folder(desk: Desk, name: str) -> RunFolder:
    """A folder for a new run, named after its set and the time."""
    label = "-".join(_NAME.findall(name)) or UPLOADED
    return RunFolder(_place(desk) / f"{label}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid4().hex[:4]}")


def setup_of(desk: Desk, samples: int, *, draws_on_library: bool) -> Setup:
    """How questions are answered, by what the desk has chosen."""
    chosen = desk.preferences
    is_limited = any(value is not None for value in chosen.budget.model_dump().values())
    return Setup(
        samples=samples,
        time_limit_s=chosen.time_limit_s,
        model=served_model(desk.model_settings),
        library=desk.library.store.url if draws_on_library else NONE,  # without its password
        budget=chosen.budget if is_limited else None,
    )


def start(
    desk: Desk,
    jobs: Jobs,
    folder: RunFolder,
    dataset: Dataset,
    setup: Setup,
    limit: int | None,
    workers: int = 2,
) -> Job:
    """The run at work in its folder; one that was begun before is gone on with.

    Raises:
        RunError: the folder holds another run, or another process is at work on it.
        UserError: it is at work already, or too much else is.
    """
    records = {record.id: record for record in dataset.records[:limit]}
    experience = _experience(desk, setup)
    seen = learned_from(experience, list(records.values()))
    wanted = RunConfig.of(dataset, setup, limit, learned_from=seen)

    async def work(job: Job) -> None:
        def tell(answer: Answer) -> None:
            verdicts.append(judge(answer, records[answer.id]))
            job.lines.append(f"{answer.id}: {verdicts[-1].value}")
            rights = verdicts.count(Verdict.RIGHT)
            job.score = f"{rights} of {len(verdicts)} right, {rights / len(verdicts):.1%}"

        verdicts: list[Verdict] = []
        with folder.alone():
            for answer in folder.answers().values():
                if answer.is_final and answer.id in records:
                    tell(answer)
            async with connected(desk.model_settings, job) as model:
                tasks = [Task.of(record) for record in records.values()]
                engine = _Engine(model, experience)
                await runs.run(folder, tasks, config.setup, engine, workers=workers, tell=tell)

    with folder.alone():  # so that the run is there to be seen, or refused, at once
        config = folder.begin(wanted)
    return jobs.begin(desk, Job(folder.path.name, len(records)), work)


def go_on(desk: Desk, jobs: Jobs, folder: RunFolder) -> Job:
    """A run that was stopped, or broke off, at work again.

    Raises:
        RunError: another model answers now, or the run drew on another library.
        DatasetError: its set is not there any more.
    """
    config = folder.config
    dataset = datasets.load(config.set, config.path)
    setup = config.setup.model_copy(update={"model": served_model(desk.model_settings)})
    return start(desk, jobs, folder, dataset, setup, config.limit)


def _experience(desk: Desk, setup: Setup) -> ExperienceLibrary:
    """The library that a run draws on."""
    if setup.library == NONE:
        return NullLibrary()
    if setup.library != desk.library.store.url:
        raise RunError(
            f"the run draws on the library {setup.library}, and {desk.library.store.url} is open here"
        )
    return desk.library


def report(folder: RunFolder) -> Report:
    """The report of a run as it stands; worked out anew only where an answer has come.

    Raises:
        RunError: the folder holds no run, or its set has changed.
        DatasetError: its set is not there any more.
    """
    answers = folder.path / "answers.jsonl"
    return _report(folder.path, answers.stat().st_size if answers.exists() else 0)


@lru_cache(maxsize=16)
def _report(path: Path, size: int) -> Report:  # noqa: ARG001  # the size tells whether an answer has come
    return report_of(path)


def _place(desk: Desk) -> Path:
    return desk.settings.state_dir / "runs"


@dataclass(frozen=True, slots=True)
class _Engine:
    """Answers by a model and a library that are open already."""

    model: ChatModel
    library: ExperienceLibrary

    def __call__(self, tasks: Sequence[Task], setup: Setup, workers: int) -> AsyncGenerator[Answer]:
        return answers_by(self.model, self.library, tasks, setup, workers)
