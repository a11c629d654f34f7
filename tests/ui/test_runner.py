"""Turns answered in the background: kept, watched, stopped, gone on with, never mixed up."""

import json
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import replies
from scripted_endpoint import ScriptedEndpoint, fail

from agent.changes import EaseLimit
from agent.data import load
from agent.errors import SessionError
from agent.formulation import Formulation
from agent.settings import Settings
from agent.turns import Turn
from ui.desk import Desk
from ui.runner import Run, Runner

QUESTION = Turn(kind="question", text=replies.BAKERY_QUESTION)
PATIENCE_S = 60


@pytest.fixture
def runner() -> Iterator[Runner]:
    running = Runner()
    yield running
    running.close()


@pytest.fixture
def desk(endpoint: ScriptedEndpoint, tmp_path: Path) -> Desk:
    endpoint.otherwise = replies.BAKERY
    return Desk.of("", settings_for(endpoint, tmp_path))


def settings_for(endpoint: ScriptedEndpoint, folder: Path) -> Settings:
    return Settings(base_url=endpoint.url, model="m", max_retries=0, state_dir=folder / "state")


def last(desk: Desk, run: Run) -> Turn:
    run.wait(PATIENCE_S)
    return desk.history(run.session)[-1]


def until(is_so: object, message: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():  # type: ignore[operator]
        assert time.monotonic() < deadline, message
        time.sleep(0.01)


@contextmanager
def held(endpoint: ScriptedEndpoint) -> Iterator[None]:
    """While the block lasts the endpoint is silent; then it answers, whoever still listens."""
    goes_on = threading.Event()

    def answer(_: object) -> str:
        goes_on.wait(PATIENCE_S)
        return replies.BAKERY

    endpoint.otherwise = answer
    try:
        yield
    finally:
        goes_on.set()


def test_a_question_is_answered_with_its_steps_and_kept(runner: Runner, desk: Desk) -> None:
    run = runner.ask(desk, "bakery", QUESTION)
    turn = last(desk, run)
    assert runner.run_of(desk, "bakery") is None
    assert turn.answer is not None and "340" in turn.answer.text and not turn.answer.error
    assert {"formulate", "solve", "verify"} <= {event.node for event in run.events}
    solution = desk.solution("bakery", 0, turn)
    assert solution is not None and solution.objective == 340
    assert desk.solution("bakery", 0, turn) is solution


def test_a_session_survives_the_process(runner: Runner, desk: Desk) -> None:
    last(desk, runner.ask(desk, "bakery", QUESTION))
    reopened = Desk.of("", desk.settings)
    assert [entry.name for entry in reopened.entries()] == ["bakery"]
    assert reopened.last_solution("bakery").objective == 340


def test_every_kind_of_turn_goes_on_from_the_answer_before(
    runner: Runner, desk: Desk, endpoint: ScriptedEndpoint
) -> None:
    last(desk, runner.ask(desk, "s", QUESTION))
    formulation = desk.last_solution("s").formulation
    assert isinstance(formulation, Formulation)
    flour = formulation.constraints[0].name
    endpoint.otherwise = json.dumps({"kind": "set_limit", "element": flour, "number": 100, "expression": ""})
    turn = last(desk, runner.ask(desk, "s", Turn(kind="follow_up", text="what if flour drops to 100?")))
    assert turn.answer is not None and "falls by 184" in turn.answer.text
    assert "limit 100" in turn.answer.understood
    change = Turn(kind="change", text="let go", changes=(EaseLimit(constraint=flour, by=120),))
    turn = last(desk, runner.ask(desk, "s", change))
    assert turn.answer is not None and "rises by 184" in turn.answer.text
    calls = len(endpoint.bodies)
    for kind, words in (("hurts", "flour"), ("plans", "(1) 340")):
        turn = last(desk, runner.ask(desk, "s", Turn.model_validate({"kind": kind, "text": kind})))
        assert turn.answer is not None and words in turn.answer.text and turn.answer.state is None
    edited = formulation.model_copy(update={"constraints": formulation.constraints[1:]})
    turn = last(desk, runner.ask(desk, "s", Turn(kind="formulation", text="edited", formulation=edited)))
    assert turn.answer is not None and turn.answer.state is not None
    assert len(endpoint.bodies) == calls  # none of these asks the language model


def test_a_run_can_be_stopped_and_gone_on_with(
    runner: Runner, desk: Desk, endpoint: ScriptedEndpoint
) -> None:
    with held(endpoint):
        run = runner.ask(desk, "s", QUESTION)
        until(lambda: endpoint.bodies, "the endpoint was never asked")
        run.stop()
        until(lambda: runner.run_of(desk, "s") is None, "the run did not stop")
        assert desk.history("s")[-1].answer is None
    turn = last(desk, runner.go_on(desk, "s"))
    assert turn.answer is not None and "340" in turn.answer.text
    assert len(desk.history("s")) == 1
    with pytest.raises(SessionError, match="nothing is left"):
        runner.go_on(desk, "s")


def test_a_run_that_is_stopped_before_it_begins_leaves_its_session_at_rest(
    runner: Runner, desk: Desk
) -> None:
    busy = threading.Event()
    runner._loop.call_soon_threadsafe(busy.wait, PATIENCE_S)
    run = runner.ask(desk, "s", QUESTION)
    run.stop()
    busy.set()
    until(lambda: runner.run_of(desk, "s") is None, "the session stayed at work")
    turn = last(desk, runner.go_on(desk, "s"))
    assert turn.answer is not None and "340" in turn.answer.text


def test_an_endpoint_that_goes_away_is_told_and_the_run_goes_on_later(
    runner: Runner, desk: Desk, endpoint: ScriptedEndpoint
) -> None:
    endpoint.otherwise = fail(503)
    turn = last(desk, runner.ask(desk, "s", QUESTION))
    assert turn.answer is not None and turn.answer.error == "ModelUnavailable"
    assert "Traceback" not in turn.answer.text
    endpoint.otherwise = replies.BAKERY
    turn = last(desk, runner.go_on(desk, "s"))
    assert turn.answer is not None and not turn.answer.error


def test_a_session_that_is_at_work_takes_no_second_question(
    runner: Runner, desk: Desk, endpoint: ScriptedEndpoint
) -> None:
    with held(endpoint):
        run = runner.ask(desk, "s", QUESTION)
        with pytest.raises(SessionError, match="another tab"):
            runner.ask(desk, "s", QUESTION)
    run.wait(PATIENCE_S)
    assert len(desk.history("s")) == 1


def test_data_stay_with_the_session(runner: Runner, desk: Desk, endpoint: ScriptedEndpoint) -> None:
    reply = replies.pick_rows("cargo", key="item", profit="value", weight="kilos", limit="50")
    endpoint.otherwise = json.dumps(reply)
    rows = [
        {"item": i, "value": v, "kilos": k}
        for i, v, k in (("lamp", 60, 10), ("rug", 100, 20), ("clock", 120, 30))
    ]
    tables = load({"cargo": rows})
    turn = last(
        desk, runner.ask(desk, "s", Turn(kind="question", text="Which goods within 50 kilos?"), tables)
    )
    assert turn.data_digest == tables.digest
    assert desk.tables("s") == tables
    assert desk.last_solution("s").objective == 220


def test_users_see_nothing_of_each_other(runner: Runner, desk: Desk, endpoint: ScriptedEndpoint) -> None:
    ann, bob = Desk.of("ann", desk.settings), Desk.of("bob", desk.settings)
    last(ann, runner.ask(ann, "same name", QUESTION))
    assert bob.entries() == [] and desk.entries() == []
    assert bob.history("same name") == []
    assert [entry.name for entry in ann.entries()] == ["same name"]


def test_a_user_among_several_cannot_turn_the_endpoint_elsewhere(desk: Desk) -> None:
    ann = Desk.of("ann", desk.settings)
    ann.choose(ann.preferences.model_copy(update={"source": "endpoint", "base_url": "http://evil.example"}))
    assert ann.model_settings.base_url == desk.settings.base_url


def test_a_session_of_the_command_line_can_be_gone_on_with(runner: Runner, desk: Desk) -> None:
    import agent

    agent.solve(replies.BAKERY_QUESTION, session="from the shell", settings=desk.settings)
    (turn,) = desk.history("from the shell")
    assert turn.answer is not None and "340" in turn.answer.text
    last(desk, runner.ask(desk, "from the shell", Turn(kind="hurts", text="what limits it?")))
    assert [t.kind for t in desk.history("from the shell")] == ["question", "hurts"]


@pytest.mark.slow
def test_many_sessions_at_once_are_not_mixed_up(
    runner: Runner, desk: Desk, endpoint: ScriptedEndpoint
) -> None:
    def answer(body: dict[str, object]) -> str:
        (limit,) = set(re.findall(r"if x is at most (\d+)", json.dumps(body)))
        return replies.scalar("maximize x", {f"x at most {limit}": f"x <= {limit}"}, {"x": "real x"})

    endpoint.otherwise = answer
    runs = [
        runner.ask(desk, f"s{n}", Turn(kind="question", text=f"How large can x be, if x is at most {n}?"))
        for n in range(1, 9)
    ]
    for number, run in enumerate(runs, 1):
        turn = last(desk, run)
        assert turn.answer is not None and not turn.answer.error, turn.answer
        assert desk.last_solution(f"s{number}").objective == number


def test_names_of_new_sessions_come_from_the_question_and_are_free(runner: Runner, desk: Desk) -> None:
    assert desk.free_name("../../etc: <b>passwd</b>?") == "etc b passwd b"
    assert desk.free_name("???") == "session"
    last(desk, runner.ask(desk, desk.free_name("How large is x?"), QUESTION))
    assert desk.free_name("How large is x?") == "How large is x 2"


def test_who_asks_the_same_at_the_same_time_gets_a_session_of_their_own(runner: Runner, desk: Desk) -> None:
    with ThreadPoolExecutor(8) as people:
        runs = list(people.map(lambda _: runner.begin(desk, "How large is x?", QUESTION), range(8)))
    assert len({run.session for run in runs}) == 8
    for run in runs:
        run.wait(PATIENCE_S)
        assert len(desk.history(run.session)) == 1


def test_closing_stops_what_runs(desk: Desk, endpoint: ScriptedEndpoint) -> None:
    running = Runner()
    with held(endpoint):
        running.ask(desk, "s", QUESTION)
        until(lambda: endpoint.bodies, "the endpoint was never asked")
        running.close()
    until(
        lambda: not any(t.name == "optwright-runs" and t.is_alive() for t in threading.enumerate()),
        "it goes on",
    )
    assert desk.history("s")[-1].answer is None


def test_a_model_that_is_to_be_confirmed_is_proposed_and_then_solved(runner: Runner, desk: Desk) -> None:
    desk.choose(desk.preferences.model_copy(update={"confirm": True}))
    turn = last(desk, runner.ask(desk, "s", QUESTION))
    assert turn.answer is not None and turn.answer.state is None
    (formulation,) = turn.answer.proposal
    edited = formulation.model_copy(update={"constraints": formulation.constraints[:1]})
    turn = last(desk, runner.confirm(desk, "s", edited))
    assert turn.answer is not None and not turn.answer.error
    assert desk.last_solution("s").objective == 352
    assert len(desk.history("s")) == 1
