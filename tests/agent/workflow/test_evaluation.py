"""Runs of workflows that misbehave: recorded as feedback, or refused with a reason; never a lost run."""

import asyncio
import math
import random
import threading
import time

import pytest

from agent.errors import ModelUnavailable, WorkflowError
from agent.llm import Budget, Call, Ledger, background
from agent.workflow import Margin, Proposer, Score, bundle, charge, node, optimize
from agent.workflow.records import Run


def parameter(value=1.0):
    return node(value, trainable=True, constraint=(0, 10), name="x")


def runs_of(workflow, score, items=(0, 1, 2), **options):
    """The runs of an optimization that proposes nothing, and its result."""
    runs = []
    result = optimize(
        workflow,
        list(items),
        score=score,
        steps=0,
        budget=options.pop("budget", Budget()),
        parameters=options.pop("parameters", [parameter()]),
        optimizer=Proposer(lambda situation: {}),
        watch=lambda event: runs.append(event) if isinstance(event, Run) else None,
        **options,
    )
    return runs, result


def plain(output, item):
    return output


def test_a_workflow_that_raises_is_told_with_its_line_and_counts_as_failed():
    x = parameter()

    @bundle
    def divide(item):
        return x.data / item

    runs, result = runs_of(divide, plain, parameters=[x])
    assert [run.failure for run in runs] == ["workflow", "", ""]
    assert "ZeroDivisionError" in runs[0].feedback and "return x.data / item" in runs[0].feedback
    assert runs[0].trace.feedback and runs[0].trace.parameters == ("x",)
    assert result.validation.before == pytest.approx((0 + 1 + 0.5) / 3)


@pytest.mark.parametrize(
    "bad",
    [
        *(math.nan, math.inf, 1e308, None, "good", [1, 2, 3], 1j, 10**400),
        *(Score(1.0, feedback=7), Score(1.0, objectives=[1]), Score(1.0, objectives={1: 1.0})),
        Score(1.0, objectives={"speed": math.nan}),
    ],
)
def test_a_score_that_is_no_number_is_a_failure_with_the_reason(bad):
    runs, _ = runs_of(lambda item: item, lambda output, item: bad if item == 0 else 1.0)
    assert runs[0].failure == "score" and runs[0].score is None
    assert "could not be scored" in runs[0].feedback
    assert [run.score for run in runs[1:]] == [1.0, 1.0]


def test_a_score_function_that_fails_on_some_items_costs_only_these():
    def score(output, item):
        if item == 1:
            raise KeyError("gold")
        return 1.0, "fine"

    runs, result = runs_of(lambda item: item, score)
    assert [run.failure for run in runs] == ["", "score", ""] and "KeyError: 'gold'" in runs[1].feedback
    assert runs[0].feedback == "fine" and result.validation.before == pytest.approx(2 / 3)


def test_a_score_function_that_fails_on_every_item_is_refused():
    def score(output, item):
        raise ValueError("no gold")

    with pytest.raises(WorkflowError, match=r"fails on every item.*no gold"):
        runs_of(lambda item: item, score)


def test_failing_never_pays_where_scores_are_negative():
    x = parameter(1)

    def workflow(item):
        if x.data > 5:
            raise ValueError("too much")
        return -x.data - item

    result = optimize(
        workflow,
        [0, 1, 2],
        score=plain,
        budget=Budget(calls=10),
        parameters=[x],
        optimizer=Proposer(lambda situation: {"x": 9}),
        gate=Margin(),
    )
    assert not result.is_improved and x.data == 1


def test_a_workflow_that_hangs_counts_as_failed_and_others_go_on():
    release = threading.Event()

    def workflow(item):
        if item == 1:
            release.wait(20)
        return 1.0

    started = time.monotonic()
    runs, _ = runs_of(workflow, plain, time_limit_s=0.2, concurrency=2)
    release.set()
    assert time.monotonic() - started < 5
    assert sorted((run.item, run.failure) for run in runs) == [(0, ""), (1, "time"), (2, "")]
    assert "did not end within 0.2 s" in next(run for run in runs if run.item == 1).feedback


def test_a_run_that_was_given_up_counts_once_however_late_it_ends(tmp_path):
    release, path = threading.Event(), tmp_path / "run.sqlite"
    options = {"time_limit_s": 0.1, "journal": path, "budget": Budget(calls=3)}
    _, result = runs_of(lambda item: release.wait(20), plain, **options)
    assert result.ledger.calls == 3 and result.ledger.failed == 3
    release.set()
    runs, again = runs_of(lambda item: release.wait(20), plain, **options)
    assert runs == [] and again.ledger == result.ledger


def test_a_workflow_that_always_hangs_ends_the_run():
    release = threading.Event()
    with pytest.raises(WorkflowError, match="did not end within"):
        runs_of(lambda item: release.wait(30), plain, items=range(40), time_limit_s=0.01, concurrency=20)
    release.set()


def test_asynchronous_runs_that_hang_are_cancelled_and_so_do_not_pile_up():
    async def workflow(item):
        await asyncio.sleep(0 if item == 20 else 60)
        return 1.0

    runs, _ = runs_of(workflow, plain, items=range(21), time_limit_s=0.1, concurrency=2)
    assert [run.failure for run in sorted(runs, key=lambda run: run.item)] == ["time"] * 20 + [""]


def test_an_asynchronous_workflow_that_blocks_its_loop_does_not_hold_up_the_end(monkeypatch):
    monkeypatch.setattr(background, "WIND_UP_S", 0.1)
    release = threading.Event()

    async def workflow(item):
        release.wait(30)

    started = time.monotonic()
    runs, _ = runs_of(workflow, plain, time_limit_s=0.1)
    release.set()
    assert time.monotonic() - started < 5 and {run.failure for run in runs} == {"time"}


class Foreign(BaseException):
    """As test frameworks raise."""


class Wordless(Exception):
    def __str__(self):
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    "error",
    [
        SystemExit(3),
        GeneratorExit(),
        asyncio.CancelledError(),
        Foreign("x"),
        Wordless(),
        ValueError("\ud800"),
    ],
)
def test_whatever_a_workflow_or_a_score_raises_is_its_own_failure(error):
    def fail(*_):
        raise error

    runs, _ = runs_of(fail, plain)
    assert {run.failure for run in runs} == {"workflow"} and type(error).__name__ in runs[0].feedback
    runs, _ = runs_of(lambda item: item, lambda output, item: fail() if item == 0 else 1.0)
    assert runs[0].failure == "score" and type(error).__name__ in runs[0].feedback


def test_half_a_character_does_not_stop_the_journal(tmp_path):
    half = "\ud800"
    runs, _ = runs_of(
        lambda item: half, lambda output, item: (1.0, half), items=[half], journal=tmp_path / "run.sqlite"
    )
    assert (runs[0].output, runs[0].feedback, runs[0].item_text) == ("?", "?", "?")
    x = parameter()
    runs, _ = runs_of(
        lambda item: x * node(2.0, name=half),
        lambda output, item: Score(1.0, objectives={half: 1.0}),
        parameters=[x],
        journal=tmp_path / "named.sqlite",
    )
    assert runs[0].objectives == {"?": 1.0} and any("?" in name for name in runs[0].trace.inputs)


def test_a_workflow_that_depends_on_chance_is_judged_by_what_was_recorded(tmp_path):
    chance, x = random.Random(1), parameter(0.0)

    def workflow(item):
        return chance.random()

    def go(values):
        return optimize(
            workflow,
            list(range(30)),
            score=plain,
            parameters=[x],
            optimizer=Proposer(lambda situation: {"x": next(values)}, needs_evidence=False),
            budget=Budget(calls=30 * 6),
            journal=tmp_path / "run.sqlite",
        )

    first = go(iter(range(1, 100)))
    assert not first.is_improved and [v.status for v in first.verdicts] == ["start", *["kept"] * 5]
    assert go(iter(range(1, 100))).verdicts == first.verdicts


def test_an_endpoint_that_is_down_is_no_fault_of_the_candidate():
    def workflow(item):
        raise ModelUnavailable("the endpoint is down")

    with pytest.raises(ModelUnavailable):
        runs_of(workflow, plain)


def test_runs_side_by_side_are_bounded_and_see_their_own_values():
    x, lock, now, most = parameter(2.0), threading.Lock(), [0], [0]

    def workflow(item):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.01)
        with lock:
            now[0] -= 1
        return x.data

    runs, _ = runs_of(workflow, plain, items=range(12), concurrency=3, parameters=[x])
    assert 2 <= most[0] <= 3 and {run.score for run in runs} == {2.0}


def test_asynchronous_workflows_are_awaited_with_their_reads_recorded():
    x = parameter(3.0)

    async def workflow(item):
        await asyncio.sleep(0)
        return x.data + item

    runs, _ = runs_of(workflow, plain, parameters=[x])
    assert sorted(run.score for run in runs) == [3.0, 4.0, 5.0]
    assert all(run.trace.parameters == ("x",) for run in runs)


def test_a_workflow_may_take_a_seed_and_is_repeated_with_different_ones():
    seen = []

    def workflow(item, seed):
        seen.append((item, seed))
        return float(seed)

    _, result = runs_of(workflow, plain, items=[0], repeats=3)
    assert sorted(seen) == [(0, 0), (0, 1), (0, 2)] and result.validation.before == 1.0


def test_objectives_and_feedback_of_a_score_are_kept():
    runs, _ = runs_of(lambda item: 2.0, lambda output, item: Score(output, "ok", {"speed": 5}))
    assert runs[0].objectives == {"speed": 5.0} and runs[0].feedback == "ok"


@pytest.mark.parametrize("concurrency", [1, 3])
@pytest.mark.parametrize("limit", ["calls", "tokens", "money"])
def test_a_budget_is_overshot_by_no_more_than_the_runs_in_flight(limit, concurrency):
    call = Call(role="formulate", model="m", prompt_tokens=7, completion_tokens=3, seconds=0.1, cost=10.0)

    def workflow(item):
        time.sleep(0.001)
        charge(Ledger(entries=(call, call)))
        return 1.0

    allowed, each = {"calls": (50, 3), "tokens": (300, 20), "money": (300, 20)}[limit]
    _, result = runs_of(
        workflow, plain, items=range(40), budget=Budget(**{limit: allowed}), concurrency=concurrency
    )
    spent = {"calls": result.ledger.calls, "tokens": result.ledger.tokens, "money": result.ledger.cost}[limit]
    assert allowed <= spent <= allowed + concurrency * each and result.validation is None


def test_what_the_test_part_will_take_is_set_aside_with_all_its_calls():
    call = Call(role="formulate", model="m", prompt_tokens=7, completion_tokens=3, seconds=0.1, cost=0.0)
    x, values = parameter(0.0), iter(range(1, 100))

    def workflow(item):
        charge(Ledger(entries=(call, call)))
        return x.data

    for budget in (Budget(calls=100), Budget(tokens=600)):
        result = optimize(
            workflow,
            [0, 1],
            [2, 3],
            [4, 5, 6],
            score=plain,
            parameters=[x],
            optimizer=Proposer(lambda situation: {"x": next(values) / 10}, needs_evidence=False),
            gate=Margin(),
            budget=budget,
        )
        assert result.test is not None and result.test.items == 3
        spent = {"calls": result.ledger.calls, "tokens": result.ledger.tokens}
        assert all(spent[name] <= limit for name, limit in budget.model_dump().items() if limit is not None)


def test_calls_that_a_workflow_makes_by_itself_are_charged_to_the_run():
    call = Call(role="formulate", model="m", prompt_tokens=10, completion_tokens=5, seconds=0.1, cost=0.5)

    def workflow(item):
        charge(Ledger(entries=(call,)))
        return 1.0

    _, result = runs_of(workflow, plain)
    assert result.ledger.calls == 6 and result.ledger.tokens == 45 and result.ledger.cost == 1.5


def test_enormous_outputs_and_items_are_cut_in_the_record():
    runs, _ = runs_of(lambda item: "y" * 10**6, lambda output, item: 1, items=["z" * 10**6])
    assert len(runs[0].model_dump_json()) < 10_000


def test_an_object_whose_repr_fails_is_still_recorded():
    class Odd:
        def __repr__(self):
            raise RuntimeError("no")

    runs, _ = runs_of(lambda item: Odd(), lambda output, item: 1.0)
    assert "whose repr fails" in runs[0].output
