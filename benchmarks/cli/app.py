"""The command group and its commands; what they need is imported when they run."""

import typer

from benchmarks.cli import reports, run, sets, synth

app = typer.Typer(
    name="bench",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Score the agent on sets of problems, and make new problems.",
)
app.command("list")(sets.list_sets)
app.command("fetch")(sets.fetch)
app.command("leakage")(sets.leakage)
app.command("run")(run.run)
app.command("report")(reports.report)
app.command("compare")(reports.compare)
app.command("show")(reports.show)
app.add_typer(synth.app, name="synth")
