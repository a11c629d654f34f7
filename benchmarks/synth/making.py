"""Attempts in a row until enough tasks are accepted, each on disk at once: a run that is stopped goes on."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

from pydantic import ValidationError

import agent
from agent.llm import ChatModel, Ledger, Meter
from benchmarks.answering import Frozen
from benchmarks.errors import RunError
from benchmarks.journal import Journal
from benchmarks.runs import replace_text
from benchmarks.synth import optmath, resocratic
from benchmarks.synth.acceptance import told
from benchmarks.synth.attempts import Attempt, Outcome, Road
from benchmarks.synth.seeds import Refused, Seed


class Plan(Frozen):
    """What is made; kept as ``synth.json``, so that attempts of different plans are not mixed.

    Attributes:
        seed: of all that is drawn.
        samples: formulations that vote in the forward pass.
        model: who tells and answers.
    """

    road: Road
    seed: int = 0
    samples: int = 1
    model: str = ""


class _Maker(NamedTuple):
    kind_of: Callable[[int], tuple[str, int]]
    seed: Callable[[int, Random, Meter], Awaitable[Seed]]


_MAKERS: dict[Road, _Maker] = {
    "optmath": _Maker(optmath.kind_of, optmath.seed),
    "resocratic": _Maker(resocratic.kind_of, resocratic.seed),
}


def journal(folder: Path) -> Journal[Attempt]:
    """The attempts of a folder."""
    return Journal(folder / "attempts.jsonl", Attempt)


def begin(folder: Path, plan: Plan) -> None:
    """Make the folder, or check that it is of the same plan.

    Raises:
        RunError: it holds attempts of another plan, or of one that cannot be read.
    """
    path = folder / "synth.json"
    if path.exists():
        before = _plan(path)
        if before != plan:
            raise RunError(
                f"{folder} holds attempts of another plan ({before}); give the same, or another --out"
            )
    replace_text(path, plan.model_dump_json(indent=2) + "\n")


def _plan(path: Path) -> Plan:
    try:
        return Plan.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        raise RunError(
            f"{path} is no plan that can be read; put back what it held, or take another --out"
        ) from None


async def make(
    folder: Path,
    plan: Plan,
    model: ChatModel,
    *,
    wanted: int,
    most: int,
    workers: int = 2,
    tell: Callable[[Attempt], None] | None = None,
) -> None:
    """Attempt tasks until `wanted` are accepted or `most` were tried, earlier attempts of the folder included.

    Args:
        folder: begun with the same plan.
        plan: what is made.
        model: tells, judges and answers.
        wanted: accepted tasks.
        most: attempts.
        workers: attempts side by side.
        tell: called with each attempt once it is on disk.

    Raises:
        StorageError: an attempt could not be written; running the same again goes on.
        ModelUnavailable: the endpoint gave no answer; the same again goes on.
    """
    attempts = journal(folder)
    done = list(attempts)
    accepted = sum(attempt.outcome is Outcome.ACCEPTED for attempt in done)
    numbers = _left({attempt.number for attempt in done}, most)
    running: set[asyncio.Task[Attempt]] = set()
    try:
        while True:
            while accepted + len(running) < wanted and len(running) < workers:
                number = next(numbers, None)
                if number is None:
                    break
                running.add(asyncio.create_task(attempt_at(number, plan, model)))
            if not running:
                return
            finished, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in finished:
                attempt = task.result()
                attempts.append(attempt)
                accepted += attempt.outcome is Outcome.ACCEPTED
                if tell is not None:
                    tell(attempt)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _left(done: set[int], most: int) -> Iterator[int]:
    return (number for number in range(most) if number not in done)


async def attempt_at(number: int, plan: Plan, model: ChatModel) -> Attempt:
    """The attempt of a number: what is drawn depends on the plan's seed and the number alone.

    Raises:
        ModelUnavailable: the endpoint gave no answer.
    """
    started, meter, maker = time.monotonic(), Meter(model), _MAKERS[plan.road]
    kind, size = maker.kind_of(number)
    attempt = Attempt(
        number=number, road=plan.road, type=kind, size=size, outcome=Outcome.REJECTED, reason="not finished"
    )
    forward = Ledger()
    try:
        seed = await maker.seed(number, Random(f"{plan.road} {plan.seed} {number}"), meter)
        attempt = attempt.with_seed(seed.formulation, seed.objective, seed.features)
        words = await told(seed, meter, number, plan.samples)
        attempt, forward = attempt.model_copy(update=words.fields()), words.ledger
    except Refused as refused:
        attempt = attempt.model_copy(update={"reason": refused.reason, "detail": refused.detail})
    except (agent.ModelReplyInvalid, agent.UserError) as error:
        update = {"outcome": Outcome.ERROR, "reason": type(error).__name__, "detail": str(error)}
        attempt = attempt.model_copy(update=update)
    ledger = meter.ledger + forward
    spent = {"calls": ledger.calls, "tokens": ledger.tokens, "seconds": time.monotonic() - started}
    return attempt.model_copy(update=spent)
