"""Options that several commands share."""

import logging
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from agent.settings import Settings

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
ModelName = Annotated[
    str | None,
    typer.Option("--model", metavar="NAME", help="Model to ask of the endpoint, or a .gguf file to load."),
]
BudgetCalls = Annotated[
    int | None, typer.Option("--budget-calls", min=0, metavar="N", help="Most calls of the language model.")
]
BudgetTokens = Annotated[
    int | None, typer.Option("--budget-tokens", min=0, metavar="N", help="Most tokens, read and written.")
]
BudgetSeconds = Annotated[
    float | None, typer.Option("--budget-seconds", min=0, metavar="S", help="Most seconds for the whole run.")
]
BudgetMoney = Annotated[
    float | None,
    typer.Option("--budget-money", min=0, metavar="AMOUNT", help="Most money; needs the model's price."),
]


def settings_with(model: str | None = None, *, allow_weak_sandbox: bool = False) -> "Settings":
    """The process's settings with what the command line changes."""
    from agent.settings import load

    settings = load().with_model(model)
    return settings.model_copy(update={"allow_weak_sandbox": True}) if allow_weak_sandbox else settings
