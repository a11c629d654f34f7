"""The entry: better parameters for a workflow, with proof that they are better."""

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from agent.errors import BudgetExceeded, WorkflowError
from agent.llm import Budget, ChatModel, Meter, ScriptedModel
from agent.workflow.attempt import Attempts
from agent.workflow.discovery import named, parameters_of
from agent.workflow.evaluation import Evaluator
from agent.workflow.gate import Gate, default_gate
from agent.workflow.journal import Journal, digest
from agent.workflow.optimizers import BlackBox, Optimizer, OptoPrime
from agent.workflow.optimizers.blackbox import is_numeric
from agent.workflow.parameters import Parameter
from agent.workflow.records import Part, Run, Verdict
from agent.workflow.result import Result, compared
from agent.workflow.scoring import ScoreFunction, by_item
from agent.workflow.search import Search
from agent.workflow.standings import Rules, Selection

Watch = Callable[[Run | Verdict], object]


def optimize(
    workflow: Callable[..., Any],
    train: Sequence[Any],
    validation: Sequence[Any] | None = None,
    test: Sequence[Any] | None = None,
    *,
    score: ScoreFunction,
    budget: Budget,
    parameters: Sequence[Parameter] | None = None,
    optimizer: Optimizer | None = None,
    model: ChatModel | None = None,
    gate: Gate | None = None,
    selection: Selection = "items",
    minibatch: int = 3,
    steps: int | None = None,
    target: float | None = None,
    perfect: float | None = None,
    concurrency: int = 1,
    repeats: int = 1,
    time_limit_s: float | None = 600.0,
    failure_score: float | None = None,
    seed: int = 0,
    journal: Path | str | None = None,
    facts: Mapping[str, Any] | None = None,
    watch: Watch = lambda _: None,
) -> Result:
    """Better values for a workflow's parameters; the parameters have them when it returns.

    Args:
        workflow: takes an item, gives an output, plain or a node; may be asynchronous, and may take a ``seed``.
        train: items that optimizers see runs on.
        validation: items that candidates are compared on; default: ``train``, which proves less.
        test: items scored once at the end, before and after.
        score: takes output and item; gives a number (higher is better), a number with feedback, or a ``Score``.
        budget: limits. A call is a run of the workflow or a request to a language model. What the runs on ``test``
            will take, judged by the first runs, is set aside.
        parameters: what may be changed; default: what the workflow reaches, see ``parameters_of``.
        optimizer: who proposes; default: ``BlackBox`` where all parameters are numeric, else ``OptoPrime``.
        model: the language model that optimizers ask.
        gate: what a candidate must pass, against the workflow as it came, to be adopted; default: a paired test at
            5 % where the items can reach it, else any gain of the mean. Of those that pass, the highest mean leads.
        selection: where steps start from, see ``Rules``.
        minibatch: training items a step.
        steps: most steps; default: as the budget allows.
        target: mean validation score at which the search ends.
        perfect: the highest score that an item can have, where there is one. Items that have it are left alone, and
            a candidate is run no further once it cannot be accepted even if all that is left were perfect.
        concurrency: most runs at the same time.
        repeats: runs on each item, with seeds from 0, for workflows that depend on chance.
        time_limit_s: wall seconds after which a run counts as failed; None is no limit and spares quick workflows
            a thread for each run.
        failure_score: what a failed run counts; default: 0, or the lowest score where that is less.
        seed: of all choices.
        journal: a file; the same call on the same file goes on where the last one ended.
        facts: what else must be the same when a journal goes on, as JSON values by name.
        watch: told of each new run and verdict.

    Raises:
        WorkflowError: the arguments do not fit, the score fails on every item, or the journal cannot be used.
        ModelUnavailable: a language model gave no answer; with a journal, the same call goes on from there.
        ConfigError: a setting or an extra is missing.
    """
    _check_items(train, validation, test)
    if budget == Budget() and steps is None:
        raise WorkflowError("without a budget the search would not end; give Budget(calls=...) or steps=")
    _check_counts(minibatch=minibatch, concurrency=concurrency, repeats=repeats)
    _check_time_limit(time_limit_s)
    known = parameters_of(workflow) if parameters is None else named(list(parameters))
    chosen = optimizer or _default_optimizer(known)
    if chosen.needs_model and model is None:
        raise WorkflowError(f"{chosen.name} asks a language model; give one with model=")
    parts: dict[Part, Sequence[Any]] = {
        "train": train,
        "validation": train if validation is None else validation,
        "test": test or (),
    }
    rules = Rules(
        gate=gate or default_gate(len(parts["validation"])),
        selection=selection,
        minibatch=minibatch,
        failure_score=failure_score,
        steps=steps,
        perfect=perfect,
        target=target,
        seed=seed,
        is_validation_apart=validation is not None,
    )
    attempts = Attempts(workflow, score, known, time_limit_s)
    tests = 2 * len(parts["test"]) * repeats
    with Journal(None if journal is None else Path(journal)) as book:
        book.begin(_facts(known, chosen, parts, rules, repeats) | dict(facts or {}))
        meter = Meter(
            model or ScriptedModel([], name="none"),
            _without(budget, tests),
            spent=book.ledger(),
            elapsed_s=book.facts.get("elapsed_s", 0.0),
        )
        try:
            evaluator = Evaluator(
                attempts,
                parts,
                meter,
                book,
                concurrency=concurrency,
                time_limit_s=time_limit_s,
                repeats=repeats,
                on_run=watch,
            )
            sizes = {part: len(items) for part, items in parts.items()}
            search = Search(known, chosen, evaluator, book, meter, sizes, rules, watch)
            runs = search.start()
            if runs:
                meter.budget = _set_aside(budget, runs, tests, concurrency)
                search.run()
            meter.budget = budget
            result = _result(search, failure_score, len(parts["test"]))
        finally:
            attempts.close()
            book.save_calls(meter.ledger, meter.elapsed_s)
    for name, parameter in known.items():
        parameter.set(parameter.kind.decode(result.values[name]))
    return result


def _check_items(train: Sequence[Any], validation: Sequence[Any] | None, test: Sequence[Any] | None) -> None:
    for part in (train, validation, test):
        if part is None:
            continue
        if isinstance(part, Mapping) or not hasattr(part, "__len__") or not hasattr(part, "__getitem__"):
            raise WorkflowError(
                f"items came as {type(part).__name__}; give a list, or what has places as one"
            )
    if not len(train):
        raise WorkflowError("there are no training items; give at least one")
    if validation is not None and not len(validation):
        raise WorkflowError(
            "there are no validation items; give some, or None to compare on the training items"
        )


def _check_counts(**counts: int) -> None:
    for name, count in counts.items():
        if count < 1:
            raise WorkflowError(f"{name} is {count}; it must be at least 1")


def _check_time_limit(seconds: float | None) -> None:
    if seconds is not None and not 0 < seconds < threading.TIMEOUT_MAX:
        raise WorkflowError(f"time_limit_s is {seconds}; give seconds above 0, or None for no limit")


def _default_optimizer(parameters: dict[str, Parameter]) -> Optimizer:
    is_all_numeric = all(is_numeric(parameter.kind) for parameter in parameters.values())
    return BlackBox() if is_all_numeric else OptoPrime()


def _facts(
    parameters: dict[str, Parameter],
    optimizer: Optimizer,
    parts: dict[Part, Sequence[Any]],
    rules: Rules,
    repeats: int,
) -> dict[str, Any]:
    """What must be the same when a run is resumed."""
    return {
        "parameters": {name: str(parameter.kind) for name, parameter in parameters.items()},
        "initial values": {name: parameter.encoded for name, parameter in parameters.items()},
        "optimizer": optimizer.name,
        "data": {part: digest(list(items)) for part, items in parts.items()},
        "gate": str(rules.gate),
        "selection": rules.selection,
        "minibatch": rules.minibatch,
        "perfect": rules.perfect,
        "repeats": repeats,
        "seed": rules.seed,
    }


def _without(budget: Budget, tests: int) -> Budget:
    """The budget less the runs of the test part, as long as it is not known what a run costs."""
    if budget.calls is None:
        return budget
    if budget.calls <= tests:
        raise WorkflowError(
            f"the budget of {budget.calls} calls does not even cover the {tests} runs of the test"
        )
    return budget.model_copy(update={"calls": budget.calls - tests})


def _set_aside(budget: Budget, runs: Sequence[Run], tests: int, concurrency: int) -> Budget:
    """The budget less what the test part will cost, judged by the first runs, and those in flight when it begins."""
    each = (tests + concurrency) / len(runs) if tests else 0.0
    costs = {
        "calls": math.ceil(each * sum(run.calls for run in runs)),
        "tokens": math.ceil(each * sum(run.tokens for run in runs)),
        "seconds": each * sum(run.seconds for run in runs) / concurrency,
        "money": each * sum(run.cost for run in runs),
    }
    limits = {name: limit for name, limit in budget.model_dump().items() if limit is not None}
    return Budget(**{name: max(0, limit - costs[name]) for name, limit in limits.items()})


def _result(search: Search, failure_score: float | None, test_items: int) -> Result:
    """The result, with the test part scored now."""
    first, best = search.candidates[0], search.best
    validation = test = None
    if search.verdicts:  # the start was scored
        before, after = (search.standings.vector(each.number) for each in (first, best))
        validation = compared(before, after, failure_score)
    if test_items:
        try:
            runs = [search.evaluator.evaluate(each, "test", range(test_items)) for each in (first, best)]
            before, after = (list(by_item(each).values()) for each in runs)
            test = compared(before, after, failure_score)
        except BudgetExceeded as spent:
            search.notes.append(f"the test part was not scored to its end: {spent}")
    return Result(
        values=best.values,
        initial=first.values,
        validation=validation,
        test=test,
        verdicts=tuple(search.verdicts),
        ledger=search.meter.ledger,
        seconds=search.meter.elapsed_s,
        notes=tuple(search.notes),
    )
