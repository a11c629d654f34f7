"""``optwright library learn`` and ``evolve``: long runs with progress, a budget, and a way to go on."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from agent.cli import terminal
from agent.cli.exits import Interrupted
from agent.cli.library import app, opened, read_text
from agent.cli.models import both_models
from agent.cli.options import AsJson, BudgetCalls, BudgetTokens
from agent.errors import AgentError, BudgetExceeded

if TYPE_CHECKING:
    from agent.llm import Ledger
    from agent.practice import Practice
    from library import Ask, Library, Task
    from library.evolution import Change
    from library.learning import Outcome

RunName = Annotated[
    str, typer.Option("--run", metavar="NAME", help="Name of the run; the same name goes on with it.")
]
Workers = Annotated[int, typer.Option(min=1, max=256, help="Attempts side by side.")]


@app.command()
def learn(
    tasks: Annotated[
        Path,
        typer.Argument(
            metavar="TASKS",
            help="JSONL: question, and answer, formulation or correction. No answer enters a prompt.",
        ),
    ],
    guard: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Tasks on which an insight may do no harm.")
    ] = None,
    run: RunName = "learn",
    pairs: Annotated[int, typer.Option(min=1, max=50, help="Paired runs on each source task.")] = 3,
    margin: Annotated[int, typer.Option(min=1, max=50, help="By how many of them it must win.")] = 2,
    workers: Workers = 4,
    budget_calls: BudgetCalls = None,
    budget_tokens: BudgetTokens = None,
    as_json: AsJson = False,
) -> None:
    """Learn insights from tasks; each must prove itself in runs with and without it."""
    from library.credit import Bar
    from library.learning import Effort

    todo = _tasks(tasks)
    others = _tasks(guard) if guard else ()

    async def work(library: "Library", solver: "Practice", ask: "Ask", tell: Callable[[Any], None]) -> Any:
        bar, effort = Bar(pairs=pairs, margin=margin), Effort(workers=workers)
        return await library.learn(
            todo, solver=solver, ask=ask, guard=others, run=run, bar=bar, effort=effort, tell=tell
        )

    _run(work, len(todo), run, _outcome_line, (budget_calls, budget_tokens), as_json=as_json)


@app.command()
def evolve(
    train: Annotated[Path, typer.Option(metavar="FILE", help="JSONL: tasks to diagnose insights on.")],
    validation: Annotated[Path, typer.Option(metavar="FILE", help="JSONL: tasks that judge the changes.")],
    run: RunName = "evolve",
    seeds: Annotated[int, typer.Option(min=1, max=20, help="Paired runs on each task.")] = 2,
    workers: Workers = 4,
    budget_calls: BudgetCalls = None,
    budget_tokens: BudgetTokens = None,
    as_json: AsJson = False,
) -> None:
    """Refine the active insights: better conditions and advice, splits and retirements."""
    parts = _tasks(train), _tasks(validation)

    async def work(library: "Library", solver: "Practice", ask: "Ask", tell: Callable[[Any], None]) -> Any:
        return await library.evolve(
            *parts, solver=solver, ask=ask, run=run, seeds=seeds, workers=workers, tell=tell
        )

    _run(work, None, run, _change_line, (budget_calls, budget_tokens), as_json=as_json)


Results = Sequence["Outcome | Change"]
Work = Callable[["Library", "Practice", "Ask", Callable[[Any], None]], Coroutine[Any, Any, Results]]


def _run(
    work: Work,
    total: int | None,
    run: str,
    line: Callable[[Any], str],
    limits: tuple[int | None, int | None],
    *,
    as_json: bool,
) -> None:
    """Runs long work with a bar, its results as they come, and what it cost."""
    from agent.experience import metered
    from agent.llm import Budget, Meter
    from agent.practice import Practice
    from agent.settings import load
    from solvers.sandbox import shared

    settings = load()
    calls, tokens = limits
    with opened() as library, ExitStack() as stack, _progress() as progress:
        answering, proposing = both_models(settings, stack)
        budget = Budget(calls=calls, tokens=tokens)
        meter = Meter(answering, budget)
        teacher = meter if proposing is answering else Meter(proposing, budget)

        def ledger() -> "Ledger":
            return meter.ledger if teacher is meter else meter.ledger + teacher.ledger

        solver = Practice(meter, shared(allow_weak=settings.allow_weak_sandbox))
        bar = progress.add_task("", total=total, cost="")

        def tell(result: "Outcome | Change") -> None:
            progress.update(bar, advance=1, cost=_cost(ledger()))
            if not as_json:
                progress.console.print(terminal.plain(line(result)), soft_wrap=True)

        try:
            results = asyncio.run(work(library, solver, metered(teacher, "teach"), tell))
        except KeyboardInterrupt:
            raise _resumable(Interrupted("interrupted; what was done is kept"), run) from None
        except BudgetExceeded as error:
            raise _resumable(error, run) from None
    if as_json:
        found = [{name: getattr(one, name) for name in one.__slots__} for one in results]
        terminal.print_json({"results": found, "calls": ledger().calls, "tokens": ledger().tokens})
        return
    counts = Counter(one.verdict for one in results)
    summary = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common()) or "nothing to do"
    terminal.out().print(terminal.plain(f"{summary}; {_cost(ledger())}"))


def _progress() -> Progress:
    columns = (TextColumn("{task.fields[cost]}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=terminal.err(), transient=True)


def _cost(ledger: "Ledger") -> str:
    return f"{ledger.calls} calls, {ledger.tokens:,} tokens"


def _resumable(error: AgentError, run: str) -> AgentError:
    error.add_note(f"Go on by giving the same command again: the run {run!r} pays for nothing twice.")
    return error


def _outcome_line(outcome: "Outcome") -> str:
    return f"{outcome.task}: {outcome.verdict}: {outcome.note}"


def _change_line(change: "Change") -> str:
    return f"{change.insight}: {change.verdict}: {change.note}"


def _tasks(file: Path) -> "tuple[Task, ...]":
    from agent.experience import told_as_ours
    from library.tasks import read_tasks

    with told_as_ours():
        return read_tasks(read_text(file), str(file))
