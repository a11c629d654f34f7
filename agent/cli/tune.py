"""``optwright tune``: better instructions and settings for the agent, or for a workflow of the user's own."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli import terminal
from agent.cli.exits import Interrupted
from agent.cli.models import both_models
from agent.cli.options import (
    AsJson,
    BudgetMoney,
    BudgetSeconds,
    BudgetTokens,
    ModelName,
    Verbose,
    settings_with,
)
from agent.errors import UserError, WorkflowError

if TYPE_CHECKING:
    from agent.llm import ChatModel
    from agent.settings import Settings
    from agent.workflow import Optimizer, Result

Saved = Path | None
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
    budget_tokens: BudgetTokens = None,
    budget_seconds: BudgetSeconds = None,
    budget_money: BudgetMoney = None,
    parts: Annotated[
        str | None,
        typer.Option(
            "--split",
            metavar="A,B,C",
            help="Items for proposals, for choosing, and untouched; default: thirds.",
        ),
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option(
            min=0,
            metavar="BY",
            help="Accept what raises the mean score by more; default: a paired test at 5 %.",
        ),
    ] = None,
    minibatch: Annotated[
        int, typer.Option(min=1, metavar="N", help="Training items that a proposal is made from.")
    ] = 4,
    workers: Annotated[int, typer.Option(min=1, max=64, metavar="N", help="Runs side by side.")] = 2,
    journal: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keep the run here; the same command goes on where it ended."),
    ] = None,
    model: ModelName = None,
    proposer: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Model that proposes; default: OPTWRIGHT_PROPOSER_MODEL, or the one that answers.",
        ),
    ] = None,
    samples: Annotated[
        int,
        typer.Option(min=1, max=99, metavar="K", help="Of the agent: formulations that vote on an answer."),
    ] = 1,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the split of the data and all choices.")] = 0,
    as_json: AsJson = False,
    verbose: Verbose = False,  # noqa: ARG001
) -> None:
    """Improve a workflow on examples, and prove it on examples that were set aside.

    The data are split by chance into three parts: for proposals, for choosing, and untouched until the end, where it is
    scored before and after. What passes the paired test is saved: of the agent as a profile for `solve --profile`, of
    your own workflow as values in a JSON file.
    """
    from agent.cli.progress import StepProgress
    from agent.llm import Budget
    from agent.workflow import Margin

    budget = Budget(calls=budget_calls, tokens=budget_tokens, seconds=budget_seconds, money=budget_money)
    if budget == Budget():
        raise UserError(
            "tuning needs a budget; give --budget-calls, --budget-tokens, --budget-seconds or --budget-money"
        )
    settings = settings_with(model)
    if proposer is not None:
        settings = settings.model_copy(update={"proposer_model": proposer})
    sizes = None if parts is None else _sizes(parts)
    with ExitStack() as stack:
        answering, proposing = both_models(settings, stack)
        options: dict[str, Any] = {
            "model": proposing,
            "budget": budget,
            "optimizer": _optimizer(by),
            "gate": None if margin is None else Margin(margin),
            "minibatch": minibatch,
            "concurrency": workers,
            "journal": journal,
            "seed": seed,
            "time_limit_s": DEFAULT_RUN_LIMIT_S,
            "watch": StepProgress(is_quiet=as_json),
        }
        try:
            if workflow is None:
                result, saved = _tune_agent(
                    answering, settings, data, sizes, only or [], samples, profile, options
                )
            else:
                result, saved = _tune_own(workflow, score, out, data, sizes, options)
        except KeyboardInterrupt:
            way_on = f"; the same command with --journal {journal} goes on" if journal else ""
            raise Interrupted(f"interrupted{way_on}") from None
    _print(result, saved, as_json=as_json)


def _tune_agent(
    chat: "ChatModel",
    settings: "Settings",
    data: Path,
    sizes: Sequence[int] | None,
    only: Sequence[str],
    samples: int,
    name: str,
    options: Mapping[str, Any],
) -> "tuple[Result, Saved]":
    from agent import tuning
    from agent.profiles import Profiles
    from agent.workflow import optimize

    Profiles.check_name(name)
    workflow = tuning.AgentWorkflow(chat, settings, only=only, samples=samples)
    train, validation, test = tuning.split(tuning.read_items(data), sizes, options["seed"])
    parameters = list(workflow.parameters.values())
    result = optimize(workflow, train, validation, test, score=tuning.score, parameters=parameters, **options)
    if not result.is_improved:
        return result, None
    return result, Profiles(settings).save(name, tuning.profile_of(workflow, result, chat.name))


def _tune_own(
    name: str,
    score: str | None,
    out: Path | None,
    data: Path,
    sizes: Sequence[int] | None,
    options: Mapping[str, Any],
) -> "tuple[Result, Saved]":
    from agent import tuning
    from agent.workflow import optimize

    if score is None:
        raise UserError("a workflow of your own needs --score MODULE:FUNCTION")
    if out is not None and not out.absolute().parent.is_dir():
        raise UserError(f"there is no folder {out.parent} to write --out to; make it first")
    items = [item for _, item in tuning.lines_of(data)]
    train, validation, test = tuning.split(items, sizes, options["seed"])
    result = optimize(_imported(name), train, validation, test, score=_imported(score), **options)
    if not result.is_improved or out is None:
        return result, None
    out.write_text(json.dumps(result.values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return result, out


def _sizes(text: str) -> list[int]:
    sizes = [int(part) for part in text.split(",") if part.strip().isdigit()]
    if len(sizes) != 3 or text.count(",") != 2:
        raise UserError(f"--split {text} names no three sizes; write such as --split 12,20,40")
    return sizes


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


def _print(result: "Result", saved: Saved, *, as_json: bool) -> None:
    from agent.workflow.show import account_lines

    if as_json:
        terminal.print_json(result.to_dict() | {"saved": str(saved) if saved else None})
        return
    lines = [str(result), *account_lines(result.ledger)]
    terminal.out().print(terminal.plain("\n".join(lines)), soft_wrap=True)
    if saved is not None:
        terminal.out().print(terminal.plain(f"saved: {saved}"), soft_wrap=True)
