"""``optwright doctor``."""

import typer

from agent.cli import terminal
from agent.cli.exits import ExitCode
from agent.cli.options import AsJson, Verbose

_STYLES = {"ok": "green", "warning": "yellow", "broken": "red"}


def doctor(
    as_json: AsJson = False,
    verbose: Verbose = False,  # noqa: ARG001
) -> None:
    """Check what Optwright needs: language model, solvers, sandbox, folders.

    The exit code is 1 if something needed is broken.
    """
    from agent import doctor as examination
    from agent.settings import load

    console = terminal.out()
    checks = []
    for check in examination.examine(load()):
        checks.append(check)
        if not as_json:
            line = terminal.plain(f"{check.state:<8} ", _STYLES[check.state])
            console.print(
                line.append(terminal.plain(f"{check.name}: {check.text}", "default")), soft_wrap=True
            )
    is_healthy = examination.is_healthy(checks)
    if as_json:
        terminal.print_json(
            {"healthy": is_healthy, "checks": [check.model_dump(mode="json") for check in checks]}
        )
    raise typer.Exit(ExitCode.ANSWERED if is_healthy else ExitCode.ERROR)
