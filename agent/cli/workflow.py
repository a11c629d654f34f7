"""``optwright workflow``: what an optimization has tried."""

from pathlib import Path
from typing import Annotated

import typer

from agent.cli import terminal
from agent.cli.options import AsJson, Verbose
from agent.errors import WorkflowError

app = typer.Typer(help="Look at what an optimization has tried.", no_args_is_help=True)


@app.callback()
def workflow() -> None:
    """Look at what an optimization has tried."""


@app.command("show")
def show(
    journal: Annotated[Path, typer.Argument(metavar="JOURNAL", help="The file given to --journal.")],
    candidate: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Show this candidate's values and runs.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the candidates' family tree to this SVG file.")
    ] = None,
    as_json: AsJson = False,
    verbose: Verbose = False,  # noqa: ARG001
) -> None:
    """Show every candidate with its parent, scores, feedback and what became of it."""
    from agent.workflow.journal import Journal
    from agent.workflow.show import as_dict, candidate_text, svg, table_text

    if not journal.is_file():
        raise WorkflowError(f"there is no journal {journal}; name the file that was given to --journal")
    with Journal(journal) as book:
        if picture is not None:
            picture.write_text(svg(book), encoding="utf-8")
        if as_json:
            terminal.print_json(as_dict(book))
            return
        text = table_text(book) if candidate is None else candidate_text(book, candidate)
    terminal.out().print(terminal.plain(text), soft_wrap=True)
    if picture is not None:
        terminal.err().print(terminal.plain(f"written: {picture}"), soft_wrap=True)
