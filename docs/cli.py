"""The reference of the command line, from its own help texts."""

from collections.abc import Iterator
from typing import Any

import typer

from agent.cli.app import EPILOG, app

_INTRO = """# Command line

Standard output holds the result and nothing else; progress, notes and errors go to standard error.
With `--json`, standard output is one JSON object, also for an error:

```json
{"status": "failed", "objective": null, "error": {"type": "QuestionError", "message": "..."}}
```

| Exit code | Meaning |
| --- | --- |
"""


def page() -> str:
    """The page."""
    group: Any = typer.main.get_command(app)
    parts = [_INTRO + _exit_codes(), _command("optwright", group)]
    with group.make_context("optwright", [], resilient_parsing=True) as context:
        parts += [_command(name, command) for name, command in _commands("optwright", group, context)]
    return "\n\n".join(parts)


def _commands(prefix: str, group: Any, context: Any) -> Iterator[tuple[str, Any]]:
    """Each command with its full name; of a group of commands, those in it."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if hasattr(command, "list_commands"):
            yield from _commands(f"{prefix} {name}", command, context)
        else:
            yield f"{prefix} {name}", command


def _exit_codes() -> str:
    codes = EPILOG.removeprefix("Exit codes: ").removesuffix(".").split("; ")
    return "\n".join(f"| {code} | {meaning} |" for code, meaning in (entry.split(" ", 1) for entry in codes))


def _command(name: str, command: Any) -> str:
    arguments = [item for item in command.params if item.param_type_name == "argument"]
    options = [item for item in command.params if item.param_type_name == "option"]
    usage = " ".join([name, *(f"[{item.metavar}]" for item in arguments), "[OPTIONS]"])
    text = command.help.strip()
    rows = [f"| `{_cell(item.metavar)}` | | {item.help} |" for item in arguments]
    rows += [f"| {_flags(item)} | {_default(item)} | {item.help} |" for item in options]
    table = "\n".join(["| Option | Default | Meaning |", "| --- | --- | --- |", *rows])
    return f"## {name}\n\n```\n{usage}\n```\n\n{text}\n\n{table}"


def _cell(text: str) -> str:
    """The text where a bar would end a table's cell."""
    return text.replace("|", "\\|")


def _flags(option: Any) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts)
    return f"{names} `{option.metavar}`" if option.metavar else names


def _default(option: Any) -> str:
    is_number = isinstance(option.default, int | float) and not isinstance(option.default, bool)
    return f"`{option.default:g}`" if is_number else ""
