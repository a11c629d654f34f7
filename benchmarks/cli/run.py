"""``optwright bench run``."""

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.exits import Interrupted
from agent.cli.options import AsJson, Verbose

if TYPE_CHECKING:
    from benchmarks.answering import Setup
    from benchmarks.datasets import Dataset
    from benchmarks.runs import RunConfig, RunFolder


class EngineName(StrEnum):
    """Where questions are answered."""

    LOCAL = "local"
    RAY = "ray"


def run(
    name: Annotated[str, typer.Argument(metavar="SET", help="One of `optwright bench list`.")],
    data: Annotated[
        Path | None, typer.Option(metavar="PATH", help="The set's file or folder; default: the fetched one.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Only the first problems of the set.")
    ] = None,
    samples: Annotated[
        int, typer.Option(min=1, max=99, metavar="K", help="Independent formulations that vote.")
    ] = 1,
    model: Annotated[
        str | None, typer.Option(metavar="M", help="Model to ask of the endpoint, or a .gguf file to load.")
    ] = None,
    library: Annotated[
        str, typer.Option(metavar="L", help="Experience library to draw on; none for no library.")
    ] = "none",
    workers: Annotated[int, typer.Option(min=1, metavar="W", help="Questions side by side.")] = 2,
    time_limit: Annotated[
        float, typer.Option(min=0.1, metavar="S", help="Seconds that a solver may take.")
    ] = 60.0,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the run; default: runs/SET.")
    ] = None,
    engine: Annotated[
        EngineName, typer.Option(metavar="ENGINE", help="local, or ray for a Ray cluster.")
    ] = EngineName.LOCAL,
    as_json: AsJson = False,
    verbose: Verbose = False,  # noqa: ARG001
) -> None:
    """Answer the problems of a set and score the answers.

    Each answer is on disk before it counts as done: run the same command again after an interruption, and it goes on
    with what is left. The agent sees the question and its data files, never the key.
    """
    from agent.settings import load as load_settings
    from benchmarks.answering import Setup, served_model
    from benchmarks.datasets import load
    from benchmarks.experience import learned_from, opened
    from benchmarks.runs import RunConfig, RunFolder

    dataset = load(name, data)
    served = served_model(load_settings().with_model(model))
    setup = Setup(samples=samples, time_limit_s=time_limit, model=served, library=library)
    folder = RunFolder(out or Path("runs") / name)
    seen = learned_from(opened(library), dataset.records[:limit])
    with folder.alone():
        config = folder.begin(RunConfig.of(dataset, setup, limit, engine.value, seen))
        _answer(folder, config, setup, dataset, workers, is_quiet=as_json)
    _print(folder.path, dataset.path, as_json=as_json)


def _answer(
    folder: "RunFolder",
    config: "RunConfig",
    setup: "Setup",
    dataset: "Dataset",
    workers: int,
    *,
    is_quiet: bool,
) -> None:
    """Answer what is left, with the running score on standard error.

    The setup is given beside the configuration, whose library URL has no password to open it with.
    """
    from benchmarks import runs
    from benchmarks.answering import Answer, Task
    from benchmarks.cli.progress import ScoreBar
    from benchmarks.engines import engine
    from benchmarks.scoring.score import Verdict, judge
    from solvers import sandbox

    records = {record.id: record for record in dataset.records[: config.limit]}
    before = [answer for answer in folder.answers().values() if answer.is_final and answer.id in records]

    def is_right(answer: Answer) -> bool:
        return judge(answer, records[answer.id]) is Verdict.RIGHT

    bar = ScoreBar(config.set, len(records), len(before), sum(map(is_right, before)), is_quiet=is_quiet)
    tasks = [Task.of(record) for record in records.values()]
    work = runs.run(
        folder,
        tasks,
        setup,
        engine(config.engine),
        workers=workers,
        tell=lambda answer: bar.show(is_right(answer)),
    )

    async def stoppable() -> None:
        try:
            await work
        except asyncio.CancelledError:
            sandbox.close_shared()  # engines at work would be waited for
            raise

    try:
        with bar:
            asyncio.run(stoppable())
    except KeyboardInterrupt:
        raise Interrupted(f"interrupted; the same command goes on with the run in {folder.path}") from None


def _print(folder: Path, data: Path, *, as_json: bool) -> None:
    from benchmarks.cli.reports import print_report, telling_what_is_not_written
    from benchmarks.reporting import report_of, write

    found = report_of(folder, data)
    print_report(found, folder, as_json=as_json)
    with telling_what_is_not_written():
        write(found, folder)
