"""Where every command ends: exit codes, and errors as one line or one JSON object."""

import logging
import sys
from collections.abc import Sequence
from enum import IntEnum
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer
from typer.core import TyperGroup

from agent.cli import terminal
from agent.errors import AgentError

ISSUES_HINT = (
    "This is a fault of Optwright. Please report it with the command you gave and what "
    "`OPTWRIGHT_DEBUG=1` prints when you give it again."
)
_ADDED_COMMANDS = "optwright.commands"
_log = logging.getLogger(__name__)


class ExitCode(IntEnum):
    """What a command's end means; `EPILOG` in `agent.cli.app` says it to users."""

    ANSWERED = 0
    ERROR = 1
    NO_OPTIMUM = 2
    UNSURE = 3
    INTERRUPTED = 130


class Interrupted(AgentError):
    """The user pressed Ctrl-C; the text says how to go on."""


class Commands(TyperGroup):
    """The commands of this package and those added by others, with every error caught and told."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of all commands."""
        return [*super().list_commands(ctx), *sorted(_added())]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name; one added by another package is imported now."""
        found = super().get_command(ctx, cmd_name)
        if found is None and cmd_name in _added():
            found = typer.main.get_command(_added()[cmd_name].load())
            found.name = cmd_name
        return found

    def main(self, args: Sequence[str] | None = None, *positional: Any, **options: Any) -> Any:
        """Runs a command and leaves the process with its exit code."""
        given = sys.argv[1:] if args is None else list(args)
        wants_json = "--json" in given
        options["standalone_mode"] = False
        try:
            code = super().main(given, *positional, **options)
        except (KeyboardInterrupt, typer.Abort):
            code = _tell(Interrupted("interrupted"), wants_json=wants_json)
        except Exception as error:
            code = _tell(error, wants_json=wants_json)
        sys.exit(int(code or 0))


def _added() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=_ADDED_COMMANDS)}


def _tell(error: Exception, *, wants_json: bool) -> ExitCode:
    """Prints an error for people or as JSON; the exit code that goes with it."""
    kind, message, hint = _described(error)
    if wants_json:
        details = {"type": kind, "message": f"{message}\n{hint}".strip()}
        terminal.print_json({"status": "failed", "objective": None, "error": details})
    elif message:
        terminal.print_error(message, hint)
    _log.debug("what led to this error", exc_info=error)
    return ExitCode.INTERRUPTED if isinstance(error, Interrupted) else ExitCode.ERROR


def _described(error: Exception) -> tuple[str, str, str]:
    """An error's name, text and hint for the user."""
    if isinstance(error, AgentError):
        return type(error).__name__, str(error), "\n".join(getattr(error, "__notes__", ()))
    if isinstance(error, typer.TyperException):
        return _described_usage(error)
    kind = type(error).__name__
    return "UnexpectedError", f"something unexpected went wrong ({kind}: {error})", ISSUES_HINT


def _described_usage(error: typer.TyperException) -> tuple[str, str, str]:
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":  # its text is the help, which is printed already
        return "UsageError", "", ""
    command = context.command_path if context else "optwright"
    return "UsageError", error.format_message(), f"Try `{command} --help`."
