"""Endpoints that fall, budgets that end, processes that are killed: what was paid for stays, and the run goes on."""

import json
import subprocess
import sys

import pytest
from replies import INFEASIBLE, SIMPLE, SIMPLE_QUESTION, scalar
from scripted_endpoint import ScriptedEndpoint, drop, fail, raw, say

import agent
from agent.errors import BudgetExceeded, ModelUnavailable, SessionError
from agent.llm import Budget, ScriptedModel
from agent.settings import Settings


def by_endpoint(endpoint: ScriptedEndpoint, **changes: object) -> Settings:
    return Settings(base_url=endpoint.url, api_key="sk-secret-key", model="m", **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "bad",
    [fail(429, headers={"Retry-After": "0"}), fail(500), drop(), raw(b"<html>no</html>"), say("no json")],
    ids=["rate limit", "server error", "dropped", "garbage", "no json"],
)
def test_a_misbehaving_endpoint_is_asked_again(endpoint: ScriptedEndpoint, bad: object) -> None:
    endpoint.script(bad, SIMPLE)  # type: ignore[arg-type]
    solution = agent.solve(SIMPLE_QUESTION, settings=by_endpoint(endpoint))
    assert solution.objective == 3


def test_a_dead_endpoint_is_an_error_that_says_so_and_the_session_goes_on(endpoint: ScriptedEndpoint) -> None:
    endpoint.otherwise = fail(500)
    settings = by_endpoint(endpoint, max_retries=0)
    with pytest.raises(ModelUnavailable) as caught:
        agent.solve(SIMPLE_QUESTION, session="s", settings=settings)
    assert "sk-secret-key" not in str(caught.value)
    endpoint.otherwise = say(SIMPLE)
    solution = agent.solve(None, session="s", settings=settings)
    assert solution.objective == 3
    assert [record.node for record in solution.trace].count("intake") == 1


def test_a_finished_session_gives_its_answer_again_without_a_call() -> None:
    settings = Settings(base_url="http://127.0.0.1:9", model="m")
    first = agent.solve(
        SIMPLE_QUESTION, {"t": [{"a": 1}]}, session="done", model=ScriptedModel([ROW]), settings=settings
    )
    again = agent.solve(None, session="done", model=ScriptedModel([]), settings=settings)
    assert again.to_dict() == first.to_dict()


ROW = json.dumps(
    {
        "sets": [],
        "parameters": [
            {
                "name": "a",
                "meaning": "",
                "indices": [],
                "values": None,
                "table": "t",
                "keys": [],
                "column": "a",
            }
        ],
        "variables": [{"name": "x", "meaning": "", "indices": [], "domain": "real"}],
        "objective": {"sense": "maximize", "meaning": "", "unit": "", "expression": "x"},
        "constraints": [{"meaning": "limit", "forall": "", "expression": "x <= 3*a"}],
    }
)


def test_there_is_nothing_to_resume_in_an_unknown_session() -> None:
    with pytest.raises(SessionError, match="no session `ghost`"):
        agent.solve(None, session="ghost", model=ScriptedModel([]))


def test_an_interrupted_session_keeps_its_budget() -> None:
    with pytest.raises(ModelUnavailable):
        down = ScriptedModel([ModelUnavailable("down")])
        agent.solve(SIMPLE_QUESTION, session="b", model=down, samples=5, budget=Budget(calls=2))
    model = ScriptedModel(lambda request: INFEASIBLE)
    solution = agent.solve(None, session="b", model=model)
    assert len(model.requests) <= 2 and solution.ledger.calls == 2


@pytest.mark.parametrize("name", ["", "../up", "a/b", "x" * 200])
def test_refuses_names_that_are_no_sessions(name: str) -> None:
    with pytest.raises(SessionError):
        agent.solve(SIMPLE_QUESTION, session=name, model=ScriptedModel([SIMPLE]))


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_was(endpoint: ScriptedEndpoint, tmp_path: object) -> None:
    """The process dies while the model answers; another one resumes and pays for no node twice."""
    endpoint.otherwise = say(SIMPLE, delay_s=60)
    code = "import agent, sys; agent.solve(sys.argv[1], session='k')"
    environment = {
        "OPENAI_BASE_URL": endpoint.url,
        "OPENAI_API_KEY": "k",
        "OPTWRIGHT_MODEL": "m",
        "OPTWRIGHT_STATE_DIR": str(tmp_path),
    }
    process = subprocess.Popen([sys.executable, "-c", code, SIMPLE_QUESTION], env=environment)
    while not endpoint.bodies:
        assert process.poll() is None
    process.kill()
    process.wait()
    endpoint.otherwise = say(SIMPLE)
    settings = by_endpoint(endpoint, state_dir=tmp_path)
    solution = agent.solve(None, session="k", settings=settings)
    assert solution.objective == 3
    assert [record.node for record in solution.trace].count("intake") == 1


def test_an_answer_that_stands_outlives_an_endpoint_that_falls() -> None:
    odd = scalar("maximize x", {"x at most 3": "x <= 3"}, {"x": "real x"})
    model = ScriptedModel([odd, ModelUnavailable("gone")])
    solution = agent.solve("How large can x be, if it is at most 3 and y is 77?", model=model)
    assert solution.status == "optimal" and solution.objective == 3


def test_no_budget_at_all_is_told() -> None:
    solution = agent.solve(SIMPLE_QUESTION, model=ScriptedModel([]), budget=Budget(calls=0))
    assert solution.status == "failed" and "budget of calls" in solution.explanation
    assert issubclass(BudgetExceeded, agent.AgentError)


def test_the_budget_is_checked_before_each_call() -> None:
    model = ScriptedModel(lambda request: INFEASIBLE)
    solution = agent.solve(SIMPLE_QUESTION, model=model, samples=5, budget=Budget(calls=2))
    assert len(model.requests) == 2
    assert solution.ledger.calls == 2
