"""A model under a budget."""

import asyncio

import pytest

from agent.errors import BudgetExceeded, ModelUnavailable
from agent.llm import Budget, Call, Ledger, Message, Meter, ScriptedModel

ASK = [Message("user", "hello")]


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_calls_are_written_down_with_their_role() -> None:
    meter = Meter(ScriptedModel(["a b c", "d"], cost=0.5))
    meter.complete("formulate", ASK)
    meter.complete("explain", ASK)
    assert [(call.role, call.completion_tokens, call.cost, call.ok) for call in meter.ledger.entries] == [
        ("formulate", 3, 0.5, True),
        ("explain", 1, 0.5, True),
    ]


async def test_options_reach_the_model() -> None:
    model = ScriptedModel(['{"a": 1}'])
    await Meter(model).acomplete("r", ASK, schema={}, temperature=0.5, seed=3, max_tokens=7, timeout_s=9)
    (request,) = model.requests
    assert (request.temperature, request.seed, request.max_tokens, request.timeout_s) == (0.5, 3, 7, 9)


async def test_failures_are_written_down_too() -> None:
    meter = Meter(ScriptedModel([ModelUnavailable("down")]))
    with pytest.raises(ModelUnavailable):
        await meter.acomplete("r", ASK)
    (call,) = meter.ledger.entries
    assert (call.ok, call.tokens, call.model) == (False, 0, "scripted")


async def test_cancelled_calls_are_written_down_and_release_their_place() -> None:
    meter = Meter(ScriptedModel(lambda request: "x", delay_s=30), Budget(calls=2))
    task = asyncio.create_task(meter.acomplete("r", ASK))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert meter.ledger.calls == 1
    assert meter.remaining().calls == 1


async def test_tasks_side_by_side_do_not_pass_the_limit_of_calls() -> None:
    model = ScriptedModel(lambda request: "x", delay_s=0.01)
    meter = Meter(model, Budget(calls=3))
    outcomes = await asyncio.gather(*(meter.acomplete("r", ASK) for _ in range(10)), return_exceptions=True)
    assert len(model.requests) == meter.ledger.calls == 3
    assert sum(isinstance(outcome, BudgetExceeded) for outcome in outcomes) == 7


def test_the_budget_is_checked_before_the_call() -> None:
    model = ScriptedModel(lambda request: "x " * 50)
    meter = Meter(model, Budget(tokens=60))
    meter.complete("r", ASK)
    meter.complete("r", ASK)
    with pytest.raises(BudgetExceeded, match="tokens"):
        meter.complete("r", ASK)
    assert len(model.requests) == 2


@pytest.mark.parametrize(("asked", "given"), [(None, 4.0), (2.0, 2.0), (60.0, 4.0)])
def test_a_call_gets_no_more_time_than_is_left(asked: float | None, given: float) -> None:
    clock, model = Clock(), ScriptedModel(["x"])
    meter = Meter(model, Budget(seconds=10), clock=clock)
    clock.now += 6
    meter.complete("r", ASK, timeout_s=asked)
    assert model.requests[0].timeout_s == given


def test_time_runs_out() -> None:
    clock = Clock()
    meter = Meter(ScriptedModel(["x"]), Budget(seconds=10), clock=clock)
    clock.now += 10
    with pytest.raises(BudgetExceeded, match="seconds is spent: 10 used, 10 allowed"):
        meter.complete("r", ASK)


def test_a_resumed_run_goes_on_counting() -> None:
    before = Ledger(entries=(Call(role="r", model="m", prompt_tokens=5, completion_tokens=5, seconds=1),))
    meter = Meter(ScriptedModel(["x"]), Budget(calls=2, seconds=10), spent=before, elapsed_s=4, clock=Clock())
    assert meter.remaining() == Budget(calls=1, seconds=6)
    meter.complete("r", ASK)
    with pytest.raises(BudgetExceeded):
        meter.complete("r", ASK)


def test_a_call_that_the_budget_cut_off_is_no_fault_of_the_model() -> None:
    clock = Clock()

    def hang(request: object) -> ModelUnavailable:
        clock.now += 10
        return ModelUnavailable("timed out")

    meter = Meter(ScriptedModel(hang), Budget(seconds=10), clock=clock)
    with pytest.raises(BudgetExceeded, match="seconds is spent"):
        meter.complete("r", ASK)
    assert meter.ledger.calls == 1
