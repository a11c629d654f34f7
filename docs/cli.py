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
    return "\n\n".join([_INTRO + _exit_codes(), *_commands("optwright", typer.main.get_command(app))])


def _commands(name: str, command: Any) -> Iterator[str]:
    """The command, and below a group its commands."""
    yield _command(name, command)
    if hasattr(command, "list_commands"):
        with command.make_context(name, [], resilient_parsing=True) as context:
            for below in command.list_commands(context):
                yield from _commands(f"{name} {below}", command.get_command(context, below))


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
    parts = [f"## {name}", f"```\n{usage}\n```", text, *([table] if rows else [])]
    return "\n\n".join(parts)


def _cell(text: str) -> str:
    """The text where a bar would end a table's cell."""
    return text.replace("|", "\\|")


def _flags(option: Any) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts)
    return f"{names} `{option.metavar}`" if option.metavar else names


def _default(option: Any) -> str:
    is_number = isinstance(option.default, int | float) and not isinstance(option.default, bool)
    return f"`{option.default:g}`" if is_number else ""
