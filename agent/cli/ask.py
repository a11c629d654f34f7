"""``optwright ask``: a question about the last answer of a session."""

from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli import terminal
from agent.cli.exits import ExitCode
from agent.cli.options import AsJson, Verbose
from agent.cli.solve import EXIT_CODES

if TYPE_CHECKING:
    from agent.followup import FollowUp


def ask(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Such as: what if flour drops to 30?")],
    session: Annotated[str, typer.Option("--session", help="The session whose answer is meant.")],
    time_limit: Annotated[float, typer.Option("--time-limit", help="Seconds that a solver may take.")] = 60.0,
    as_json: AsJson = False,
    verbose: Verbose = False,  # noqa: ARG001
) -> None:
    """Ask about the answer of a session: what if, why not more, which limit hurts, other plans.

    The language model only says which question it is; every number comes from a solver and is verified.
    """
    import agent
    from agent.llm import connect
    from agent.llm.progress import RichProgress
    from agent.settings import load

    settings = load()
    with closing(connect(settings, RichProgress(terminal.err()))) as model:
        answer = agent.ask(text, session, model=model, time_limit=time_limit, settings=settings)
    if as_json:
        terminal.print_json(_json(answer))
    else:
        _print(answer)
    raise typer.Exit(EXIT_CODES[answer.solution.status] if answer.solution else ExitCode.ANSWERED)


def _print(answer: "FollowUp") -> None:
    terminal.err().print(terminal.plain(f"Understood as: {answer.understood}", "dim"))
    terminal.out().print(terminal.plain(answer.text), soft_wrap=True)


def _json(answer: "FollowUp") -> dict[str, Any]:
    return {
        "kind": answer.kind,
        "understood": answer.understood,
        "text": answer.text,
        "solution": answer.solution.to_dict() if answer.solution else None,
        "plans": [{"objective": plan.objective, "values": plan.values} for plan in answer.plans],
        "calls": answer.ledger.calls,
    }
