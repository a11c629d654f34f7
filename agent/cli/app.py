"""The command ``optwright`` and its commands; what they need is imported when they run."""

from typing import Annotated

import typer

from agent._version import __version__
from agent.cli import ask, doctor, library, library_edits, library_growth, serve, solve, tune, workflow
from agent.cli.exits import Commands

EPILOG = (
    "Exit codes: 0 answered (optimal or feasible); 1 an error, or no answer; "
    "2 infeasible or unbounded; 3 unsure; 130 interrupted."
)

app = typer.Typer(
    name="optwright",
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    epilog=EPILOG,
)
app.command("solve", epilog=EPILOG)(solve.solve)
app.command("ask")(ask.ask)
app.command("tune")(tune.tune)
app.add_typer(workflow.app, name="workflow")
app.command("doctor")(doctor.doctor)
for _part in (library_edits, library_growth):  # their commands add themselves to the group
    assert _part.app is library.app
app.add_typer(library.app, name="library")
app.command("serve")(serve.serve)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(f"optwright {__version__}")
        raise typer.Exit


@app.callback()
def optwright(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """Optimization problems in words become typed formulations, Pyomo models and verified optima."""


def main() -> None:
    """What the console script runs."""
    app()
