"""``optwright tune``: better instructions and settings for the agent, or for a workflow of the user's own."""

import random
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli import terminal
from agent.cli.exits import Interrupted
from agent.cli.options import AsJson, Verbose
from agent.cli.solve import settings_with
from agent.errors import UserError, WorkflowError

if TYPE_CHECKING:
    from agent.llm import ChatModel
    from agent.settings import Settings
    from agent.workflow import Optimizer, Result

DEFAULT_RUN_LIMIT_S = 900.0


class By(StrEnum):
    """Who proposes."""

    OPTOPRIME = "optoprime"
    OPRO = "opro"
    TEXTGRAD = "textgrad"
    GEPA = "gepa"
    BLACKBOX = "blackbox"


def tune(
    data: Annotated[
        Path, typer.Option(metavar="FILE", help="JSONL; for the agent, objects with `question` and `answer`.")
    ],
    workflow: Annotated[
        str | None,
        typer.Argument(
            metavar="MODULE:OBJECT", help="A workflow of your own; left out, the agent itself is tuned."
        ),
    ] = None,
    profile: Annotated[
        str, typer.Option(metavar="NAME", help="Name under which an accepted profile is saved for `solve`.")
    ] = "tuned",
    score: Annotated[
        str | None,
        typer.Option(
            metavar="MODULE:FUNCTION", help="Of your own workflow: takes output and item, gives a number."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Of your own workflow: JSON file for the best values.")
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Change this parameter only. Can be given several times."),
    ] = None,
    by: Annotated[
        By, typer.Option(metavar="WHO", help="optoprime, opro, textgrad, gepa or blackbox.")
    ] = By.OPTOPRIME,
    budget_calls: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Most runs of the workflow and calls of the model together."),
    ] = None,
    budget_tokens: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Most tokens, read and written.")
    ] = None,
    budget_seconds: Annotated[
        float | None, typer.Option(min=0, metavar="S", help="Most seconds for the whole run.")
    ] = None,
    budget_money: Annotated[
        float | None, typer.Option(min=0, metavar="AMOUNT", help="Most money; needs the model's price.")
    ] = None,
    minibatch: Annotated[
        int, typer.Option(min=1, metavar="N", help="Training items that a proposal is made from.")
    ] = 4,
    workers: Annotated[int, typer.Option(min=1, max=64, metavar="N", help="Runs side by side.")] = 2,
    journal: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keep the run here; the same command goes on where it ended."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Model to ask of the endpoint, or a .gguf file to load."),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the split of the data and all choices.")] = 0,
    as_json: AsJson = False,
    verbose: Verbose = False,  # noqa: ARG001
) -> None:
    """Improve a workflow on examples, and prove it on examples that were set aside.

    The data are split by chance into three equal parts: for proposals, for choosing, and untouched until the end.
    What passes the paired test is saved: of the agent as a profile for `solve --profile`, of your own workflow as
    values in a JSON file.
    """
    from agent.llm import Budget, connect
    from agent.llm.progress import RichProgress

    budget = Budget(calls=budget_calls, tokens=budget_tokens, seconds=budget_seconds, money=budget_money)
    if budget == Budget():
        raise UserError(
            "tuning needs a budget; give --budget-calls, --budget-tokens, --budget-seconds or --budget-money"
        )
    settings = settings_with(model, allow_weak_sandbox=False)
    options: dict[str, Any] = {
        "budget": budget,
        "optimizer": _optimizer(by),
        "minibatch": minibatch,
        "concurrency": workers,
        "journal": journal,
        "seed": seed,
        "time_limit_s": DEFAULT_RUN_LIMIT_S,
        "watch": _Watch(is_quiet=as_json),
    }
    with closing(connect(settings, RichProgress(terminal.err()))) as chat:
        try:
            if workflow is None:
                result, saved = _tune_agent(chat, settings, data, only or [], profile, seed, options)
            else:
                result, saved = _tune_own(workflow, score, out, data, chat, seed, options)
        except KeyboardInterrupt:
            way_on = f"; the same command with --journal {journal} goes on" if journal else ""
            raise Interrupted(f"interrupted{way_on}") from None
    _print(result, saved, as_json=as_json)


def _tune_agent(
    chat: "ChatModel",
    settings: "Settings",
    data: Path,
    only: Sequence[str],
    name: str,
    seed: int,
    options: dict[str, Any],
) -> "tuple[Result, Path | None]":
    from agent import tuning
    from agent.profiles import Profiles
    from agent.workflow import optimize

    workflow = tuning.AgentWorkflow(chat, settings, only=only)
    train, validation, test = _split(tuning.read_items(data), seed)
    parameters = list(workflow.parameters.values())
    result = optimize(
        workflow, train, validation, test, score=tuning.score, model=chat, parameters=parameters, **options
    )
    if not result.is_improved:
        return result, None
    return result, Profiles(settings).save(name, tuning.profile_of(workflow, result, chat.name))


def _tune_own(
    name: str,
    score: str | None,
    out: Path | None,
    data: Path,
    chat: "ChatModel",
    seed: int,
    options: dict[str, Any],
) -> "tuple[Result, Path | None]":
    import json

    from agent.tuning import lines_of
    from agent.workflow import optimize

    if score is None:
        raise UserError("a workflow of your own needs --score MODULE:FUNCTION")
    items = [item for _, item in lines_of(data)]
    train, validation, test = _split(items, seed)
    result = optimize(_imported(name), train, validation, test, score=_imported(score), model=chat, **options)
    if result.is_improved and out is not None:
        out.write_text(json.dumps(result.values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return result, out if result.is_improved else None


def _split(items: Sequence[Any], seed: int) -> tuple[list[Any], list[Any], list[Any]]:
    """Three equal parts, drawn by chance; what is left over goes to the first."""
    if len(items) < 3:
        raise UserError(f"the data have {len(items)} items; give at least 3, better 30 and more")
    drawn = random.Random(seed).sample(list(items), len(items))
    third = len(items) // 3
    return drawn[: len(drawn) - 2 * third], drawn[len(drawn) - 2 * third : len(drawn) - third], drawn[-third:]


def _imported(name: str) -> Callable[..., Any]:
    """The object of ``module:object``; modules of the working folder are found."""
    module, _, attribute = name.partition(":")
    if not module or not attribute:
        raise UserError(f"`{name}` names nothing; write MODULE:OBJECT, such as pipeline:answer")
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise WorkflowError(f"`{name}` cannot be imported: {error}") from None
    if not callable(found):
        raise WorkflowError(
            f"`{name}` cannot be called; name a function, or a GraphWorkflow for a LangGraph graph"
        )
    return found  # type: ignore[no-any-return]


def _optimizer(by: By) -> "Optimizer":
    from agent.workflow import BlackBox, Opro, OptoPrime, TextGrad

    match by:
        case By.OPTOPRIME:
            return OptoPrime()
        case By.OPRO:
            return Opro()
        case By.TEXTGRAD:
            return TextGrad()
        case By.BLACKBOX:
            return BlackBox()
        case By.GEPA:
            from agent.workflow.optimizers.gepa import Gepa

            return Gepa()


class _Watch:
    """Tells runs and verdicts on standard error."""

    def __init__(self, *, is_quiet: bool) -> None:
        self._console = terminal.err()
        self._is_quiet = is_quiet
        self._runs = 0

    def __call__(self, event: Any) -> None:
        from agent.workflow.records import Verdict

        if self._is_quiet:
            return
        if isinstance(event, Verdict):
            who = "" if event.candidate is None else f" candidate {event.candidate}"
            line = f"step {event.step + 1}: {event.status}{who}: {event.reason}"
            self._console.print(terminal.plain(line), soft_wrap=True)
            return
        self._runs += 1
        if self._console.is_terminal:
            self._console.print(terminal.plain(f"{self._runs} runs", "dim"), end="\r")


def _print(result: "Result", saved: Path | None, *, as_json: bool) -> None:
    if as_json:
        terminal.print_json(result.to_dict() | {"saved": str(saved) if saved else None})
        return
    terminal.out().print(terminal.plain(str(result)), soft_wrap=True)
    if saved is not None:
        terminal.out().print(terminal.plain(f"saved: {saved}"), soft_wrap=True)
