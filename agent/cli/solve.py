"""``optwright solve``."""

from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli import terminal
from agent.cli.exits import ExitCode, Interrupted
from agent.cli.options import (
    AsJson,
    BudgetCalls,
    BudgetMoney,
    BudgetSeconds,
    BudgetTokens,
    ModelName,
    Verbose,
    settings_with,
)
from agent.cli.question import read_question
from agent.errors import AgentError, ModelReplyInvalid, ModelUnavailable, SessionError, UserError

if TYPE_CHECKING:
    from agent.settings import Settings
    from agent.solution import Solution

EXIT_CODES = {
    "optimal": ExitCode.ANSWERED,
    "feasible": ExitCode.ANSWERED,
    "infeasible": ExitCode.NO_OPTIMUM,
    "unbounded": ExitCode.NO_OPTIMUM,
    "unsure": ExitCode.UNSURE,
    "failed": ExitCode.ERROR,
}


class Show(StrEnum):
    """What to print of the formulation."""

    FORMULATION = "formulation"
    LATEX = "latex"
    MARKDOWN = "markdown"
    PYOMO = "pyomo"


def solve(
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="TEXT|FILE|-",
            help="The problem in words, the path of a file that holds it, or - for standard input. "
            "Left out with --session: go on with that session, with its data, samples and time limit.",
        ),
    ] = None,
    data: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Table to use: CSV, XLSX or JSON. Can be given several times."),
    ] = None,
    samples: Annotated[
        int,
        typer.Option(min=1, max=99, metavar="K", help="Independent formulations that vote on the answer."),
    ] = 1,
    time_limit: Annotated[float, typer.Option(metavar="S", help="Seconds that a solver may take.")] = 60.0,
    show: Annotated[
        Show | None,
        typer.Option(
            metavar="WHAT",
            help="Print formulation, latex, markdown or pyomo instead of the answer, which then goes to "
            "standard error.",
        ),
    ] = None,
    session: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Keep the run on disk under this name, so that it can be resumed."),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Profile that `optwright tune` has saved: NAME, NAME@VERSION or a file."
        ),
    ] = None,
    model: ModelName = None,
    budget_calls: BudgetCalls = None,
    budget_tokens: BudgetTokens = None,
    budget_seconds: BudgetSeconds = None,
    budget_money: BudgetMoney = None,
    allow_weak_sandbox: Annotated[
        bool,
        typer.Option(
            "--allow-weak-sandbox", help="Run written programs although sandbox layers are missing."
        ),
    ] = False,
    as_json: AsJson = False,
    verbose: Verbose = False,  # noqa: ARG001
) -> None:
    """Solve an optimization problem told in words, and check the answer.

    An argument that is the path of an existing file is read; any other is the text itself.
    """
    from agent.llm import Budget

    settings = settings_with(model, allow_weak_sandbox=allow_weak_sandbox)
    budget = Budget(calls=budget_calls, tokens=budget_tokens, seconds=budget_seconds, money=budget_money)
    options = {
        "samples": samples,
        "time_limit": time_limit,
        "session": session,
        "profile": profile,
        "budget": None if budget == Budget() else budget,
    }
    question = _question(text, data, session)
    try:
        solution = _run(question, data, settings, is_quiet=as_json, **options)
    except KeyboardInterrupt:
        _stop_engines()
        raise _with_way_on(Interrupted("interrupted"), session, settings) from None
    except (ModelUnavailable, ModelReplyInvalid) as error:
        _with_way_on(error, session, settings)
        raise
    _print(solution, show, as_json=as_json)
    raise typer.Exit(EXIT_CODES[solution.status])


def _question(text: str | None, data: list[Path] | None, session: str | None) -> str | None:
    if text is not None:
        return read_question(text)
    if session is None:
        raise UserError("there is no question; give it as text or file, or name the --session to go on with")
    if data:
        raise UserError(
            "a session goes on with the data it was started with; leave --data out, or give the question"
        )
    return None


def _run(
    question: str | None, data: list[Path] | None, settings: "Settings", *, is_quiet: bool, **options: Any
) -> "Solution":
    """The solution, with the nodes shown as they run."""
    import agent
    from agent.cli.progress import NodeProgress
    from agent.data import load as load_tables
    from agent.llm import connect
    from agent.llm.progress import RichProgress
    from agent.nodes.intake import clean

    tables = load_tables(data)
    if question is not None:
        clean(question)  # what cannot be solved is refused before a language model is fetched
    with (
        closing(connect(settings, RichProgress(terminal.err()))) as model,
        NodeProgress(is_quiet=is_quiet) as progress,
    ):
        for part in agent.stream(question, tables, settings=settings, model=model, **options):
            if isinstance(part, agent.Proposal):
                raise SessionError(
                    "this session waits for its formulation to be confirmed, where it was asked"
                )
            if isinstance(part, agent.Solution):
                solution = part
            else:
                progress.show(part)
    return solution


def _stop_engines() -> None:
    """End the engines' processes, which would otherwise be waited for."""
    from solvers import sandbox

    sandbox.close_shared()


def _with_way_on(error: AgentError, session: str | None, settings: "Settings") -> AgentError:
    """The error with a note on how to resume the session it ended, where that was begun."""
    from agent.sessions import Sessions

    if session is not None and Sessions(settings.state_dir).has(session):
        error.add_note(f'Go on with: optwright solve --session "{session}"')
    return error


def _print(solution: "Solution", show: Show | None, *, as_json: bool) -> None:
    from agent.cli.answer import print_solution

    shown = "" if show is None else _shown(solution, show)
    if as_json:
        extra: dict[str, Any] = {} if show is None or show is Show.FORMULATION else {show.value: shown}
        if solution.status == "failed":
            extra["error"] = {"type": "NoAnswer", "message": solution.reason}
        terminal.print_json(solution.to_dict() | extra)
    elif show is None:
        print_solution(solution, terminal.out())
    else:
        print_solution(solution, terminal.err())
        typer.echo(shown)


def _shown(solution: "Solution", show: Show) -> str:
    if solution.formulation is None:
        raise AgentError(f"there is no formulation to show: {solution.reason}")
    match show:
        case Show.FORMULATION:
            return solution.formulation.model_dump_json(indent=2, exclude_defaults=True)
        case Show.LATEX:
            return solution.latex()
        case Show.MARKDOWN:
            return solution.markdown()
        case Show.PYOMO:
            return solution.script()
