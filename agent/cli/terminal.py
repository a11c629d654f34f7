"""What every command prints with: safe text, plain or rich, to the right stream."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def safe(text: object) -> str:
    """The text without signs that command a terminal or turn its writing around.

    Words of users, data files and language models pass through here before they reach a terminal.

    >>> safe("ok" + chr(27) + "[2J")
    'ok\N{REPLACEMENT CHARACTER}[2J'
    """
    return "".join(sign if sign.isprintable() or sign == "\n" else _stand_in(sign) for sign in str(text))


def _stand_in(sign: str) -> str:
    return " " if sign == "\t" else REPLACEMENT


def plain(text: object, style: str = "") -> Text:
    """Safe text that rich prints as it stands: brackets are no markup."""
    return Text(safe(text), style=style)


def out() -> Console:
    """The console for results."""
    return Console(file=sys.stdout, highlight=False, emoji=False, markup=False)


def err() -> Console:
    """The console for progress, notes and errors."""
    return Console(file=sys.stderr, highlight=False, emoji=False, markup=False)


def print_json(value: Mapping[str, Any] | Sequence[Any]) -> None:
    """One JSON value on standard output; ASCII, so that no terminal or locale can stumble over it."""
    sys.stdout.write(json.dumps(value, allow_nan=False) + "\n")
    sys.stdout.flush()


def print_error(message: str, hint: str = "") -> None:
    """An error in red and what to do about it, on standard error."""
    console = err()
    console.print(Text.assemble(("error: ", "bold red"), (safe(message), "red")), soft_wrap=True)
    if hint:
        console.print(plain(hint), soft_wrap=True)
