"""Options that several commands share."""

import logging
from typing import Annotated

import typer

_LOGGERS = ("agent", "library", "solvers")


def _set_verbose(is_verbose: bool) -> bool:
    """Shows the packages' own log records, tracebacks of errors among them, on standard error."""
    level = logging.DEBUG if is_verbose else logging.NOTSET
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(level)
    if is_verbose:
        logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    return is_verbose


AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on standard output and nothing else.")
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        envvar="OPTWRIGHT_DEBUG",
        callback=_set_verbose,
        is_eager=True,
        help="Say on standard error what goes on, with the traceback of an error.",
    ),
]
