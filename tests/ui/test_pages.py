"""The pages without a browser: what they show, in Streamlit's own test of apps."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import replies
from scripted_endpoint import ScriptedEndpoint
from streamlit.testing.v1 import AppTest

from agent import settings
from agent.turns import Turn
from ui import office

SCRIPT = Path(office.__file__).with_name("app.py")


@pytest.fixture
def app(endpoint: ScriptedEndpoint, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    endpoint.otherwise = replies.BAKERY
    monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
    monkeypatch.setenv("OPTWRIGHT_MODEL", "m")
    for shared in (settings.load, office.runner, office._desk_of):
        shared.cache_clear()
    yield AppTest.from_file(str(SCRIPT), default_timeout=30)
    office.runner().close()
    for shared in (settings.load, office.runner, office._desk_of):
        shared.cache_clear()


def shown(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in app.markdown)


def answered(app: AppTest, turn: Turn) -> AppTest:
    run = office.runner().ask(office._desk_of(""), "s", turn)
    run.wait(20)
    app.query_params["session"] = "s"
    return app.run()


def test_a_problem_begins_with_three_examples(app: AppTest) -> None:
    app.run()
    assert not app.exception
    assert [app.button(key=f"example-{number}").label for number in range(3)] == ["Solve it"] * 3


def test_an_empty_question_is_told_and_begins_nothing(app: AppTest) -> None:
    app.run()
    app.chat_input(key="question").set_value("   ").run()
    assert "empty" in app.error[0].value
    assert office._desk_of("").entries() == []


def test_an_answer_stands_with_its_headline_and_next_questions(app: AppTest) -> None:
    answered(app, Turn(kind="question", text=replies.BAKERY_QUESTION))
    assert not app.exception
    assert "optimal\\: 340 dollars" in shown(app)
    assert app.button(key="ask-hurts").label == "What limits it most?"


def test_a_session_that_is_not_there_is_told(app: AppTest) -> None:
    app.query_params["session"] = "ghost <b>"
    app.run()
    assert "There is no session" in app.info[0].value and "<b>" not in app.info[0].value
