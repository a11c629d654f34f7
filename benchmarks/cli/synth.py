"""``optwright bench synth optmath`` and ``optwright bench synth resocratic``."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli import terminal
from agent.cli.exits import Interrupted
from agent.cli.options import AsJson, Verbose

if TYPE_CHECKING:
    from benchmarks.synth.attempts import Road

app = typer.Typer(
    name="synth",
    add_completion=False,
    no_args_is_help=True,
    help="Make new problems whose answers a solver has verified.",
)
MAX_ATTEMPTS_PER_TASK = 10

_Wanted = Annotated[int, typer.Option("--n", min=1, metavar="N", help="Tasks to accept.")]
_Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of attempts and sets.")]
_Attempts = Annotated[
    int | None,
    typer.Option(
        "--attempts", min=1, metavar="M", help="Most attempts, earlier ones included; default: 10 a task."
    ),
]
_Samples = Annotated[
    int,
    typer.Option("--samples", min=1, max=99, metavar="K", help="Formulations that vote in the forward pass."),
]
_Seed = Annotated[int, typer.Option("--seed", metavar="S", help="Seed of what is drawn.")]
_Model = Annotated[
    str | None,
    typer.Option("--model", metavar="M", help="Model to ask of the endpoint, or a .gguf file to load."),
]
_Workers = Annotated[int, typer.Option("--workers", min=1, metavar="W", help="Attempts side by side.")]


@app.command()
def optmath(
    n: _Wanted,
    out: _Out,
    attempts: _Attempts = None,
    samples: _Samples = 1,
    seed: _Seed = 0,
    model: _Model = None,
    workers: _Workers = 2,
    as_json: AsJson = False,
    verbose: Verbose = False,  # noqa: ARG001
) -> None:
    """Tell generated formulations in words, and accept what the agent answers rightly from the words alone.

    Attempts are on disk at once: run the same command again after an interruption, and it goes on.
    """
    _make("optmath", n, out, attempts, samples, seed, model, workers, as_json=as_json)


@app.command()
def resocratic(
    n: _Wanted,
    out: _Out,
    attempts: _Attempts = None,
    samples: _Samples = 1,
    seed: _Seed = 0,
    model: _Model = None,
    workers: _Workers = 2,
    as_json: AsJson = False,
    verbose: Verbose = False,  # noqa: ARG001
) -> None:
    """Let the language model build formulations step by step, then tell them; accept as `optmath` does.

    Linear and nonlinear, with and without tables, in turn.
    """
    _make("resocratic", n, out, attempts, samples, seed, model, workers, as_json=as_json)


def _make(
    road: "Road",
    wanted: int,
    out: Path,
    attempts: int | None,
    samples: int,
    seed: int,
    model: str | None,
    workers: int,
    *,
    as_json: bool,
) -> None:
    from contextlib import closing

    from agent.llm import connect
    from agent.llm.progress import RichProgress
    from agent.settings import load
    from benchmarks.cli.progress import ScoreBar
    from benchmarks.runs import RunFolder
    from benchmarks.synth import making
    from benchmarks.synth.attempts import Outcome
    from benchmarks.synth.export import export

    most = attempts or MAX_ATTEMPTS_PER_TASK * wanted
    with (
        RunFolder(out).alone(),
        closing(connect(load().with_model(model), RichProgress(terminal.err()))) as chat,
    ):
        plan = making.Plan(road=road, seed=seed, samples=samples, model=chat.name)
        making.begin(out, plan)
        done = list(making.journal(out))
        accepted = sum(attempt.outcome is Outcome.ACCEPTED for attempt in done)
        bar = ScoreBar(road, most, len(done), accepted, "accepted", is_quiet=as_json)
        work = making.make(
            out,
            plan,
            chat,
            wanted=wanted,
            most=most,
            workers=workers,
            tell=lambda attempt: bar.show(attempt.outcome is Outcome.ACCEPTED),
        )
        try:
            with bar:
                asyncio.run(work)
        except KeyboardInterrupt:
            raise Interrupted(f"interrupted; the same command goes on in {out}") from None
        summary = export(out, plan, making.journal(out))
    if as_json:
        terminal.print_json(summary)
    else:
        _print(summary, out)


def _print(summary: dict[str, Any], out: Path) -> None:
    console = terminal.out()
    head = (
        f"{summary['accepted']} accepted of {summary['attempts']} attempts ({summary['accept_rate']:.1%}), "
        f"{summary['hard']} hard, {summary['duplicates']} repetitions left out; written to {out}"
    )
    console.print(terminal.plain(head, "bold"), soft_wrap=True)
    for reason, count in summary["reasons"].items():
        console.print(terminal.plain(f"{count:>6}  {reason}"), soft_wrap=True)
