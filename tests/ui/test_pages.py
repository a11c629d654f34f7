"""The pages without a browser: what they show, in Streamlit's own test of apps."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import replies
from insights import conservation, setup_costs
from scripted_endpoint import ScriptedEndpoint
from streamlit.testing.v1 import AppTest

from agent import settings
from agent.turns import Turn
from library.insight import Status
from ui import growth, office

SCRIPT = Path(office.__file__).with_name("app.py")


@pytest.fixture
def app(endpoint: ScriptedEndpoint, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    endpoint.otherwise = replies.BAKERY
    monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
    monkeypatch.setenv("OPTWRIGHT_MODEL", "m")
    _forget_what_pages_share()
    yield AppTest.from_file(str(SCRIPT), default_timeout=30)
    office.jobs().close()
    office.runner().close()
    _forget_what_pages_share()


@pytest.fixture
def empty_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A configured library, which begins with nothing; before the app."""
    monkeypatch.setenv("OPTWRIGHT_LIBRARY_URL", f"sqlite:///{tmp_path}/own.db")


def _forget_what_pages_share() -> None:
    settings.load.cache_clear()
    for shared in (office.runner, office.jobs, office._desk_of):
        shared.clear()


def shown(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in app.markdown)


def answered(app: AppTest, turn: Turn) -> AppTest:
    run = office.runner().ask(office._desk_of(""), "s", turn)
    run.wait(20)
    app.query_params["session"] = "s"
    return app.run()


def test_pages_that_ask_first_at_once_share_one_runner(app: AppTest) -> None:
    with ThreadPoolExecutor(16) as pages:
        runners = set(pages.map(lambda _: office.runner(), range(64)))
    assert runners == {office.runner()}


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


def page_of(name: str) -> AppTest:
    """A page by itself; Streamlit's test of apps finds only pages that are files."""

    def script(name: str) -> None:
        from importlib import import_module

        from ui import office

        with office.errors_shown():
            import_module(f"ui.pages.{name}").show()

    return AppTest.from_function(script, args=(name,), default_timeout=30).run()


def test_an_empty_library_teaches(empty_library: None, app: AppTest) -> None:
    page = page_of("library")
    assert not page.exception
    assert "no insights yet" in page.info[0].value
    assert any("Answers draw on it" in caption.value for caption in page.caption)


def test_what_ships_is_shown_where_answers_draw_on_none(app: AppTest) -> None:
    page = page_of("library")
    assert not page.exception
    assert any((button.key or "").startswith("insight-i-") for button in page.button)
    assert any("No library is configured" in caption.value for caption in page.caption)


def test_an_insight_that_is_not_there_is_told(app: AppTest) -> None:
    page = page_of("library")
    page.query_params["insight"] = "i-<b>"
    page.run()
    assert (
        not page.exception
        and "there is no insight" in page.error[0].value
        and "<b>" not in page.error[0].value
    )


def test_insights_are_filtered_by_words_place_and_status(empty_library: None, app: AppTest) -> None:
    store = office._desk_of("").library.store
    store.put(
        [setup_costs(id="i-a"), conservation(id="i-b"), setup_costs(id="i-c", status=Status.RETIRED)],
        author="t",
    )
    page = page_of("library")

    def listed() -> set[str]:
        return {button.key for button in page.button if button.key and button.key.startswith("insight-i-")}

    assert listed() == {"insight-i-a", "insight-i-b"}
    page.selectbox(key="library-label-0").select("Domain Modeling").run()
    assert listed() == {"insight-i-b"}
    page.selectbox(key="library-label-0").select("everything").run()
    page.selectbox(key="library-status").select("retired").run()
    assert listed() == {"insight-i-c"}
    page.selectbox(key="library-status").select("all").run()
    page.text_input(key="library-search").set_value("pipes of a network").run()
    assert listed() == {"insight-i-b"}


def test_an_edit_of_an_insight_that_was_changed_meanwhile_overwrites_nothing(app: AppTest) -> None:
    store = office._desk_of("").library.store
    (one,) = store.put([setup_costs(id="i-a")], author="t")
    page = AppTest.from_function(_form_of, args=("i-a",), default_timeout=30).run()
    store.put([one.model_copy(update={"explanation": "Somebody else was here."})], author="somebody")
    page.text_area(key="explanation-i-a-1").set_value("Mine.")
    page.button(key="save-insight").click().run()
    assert "read it again" in page.error[0].value
    assert store.get("i-a").explanation == "Somebody else was here."
    page.button(key="edit-newest").click().run()
    page.text_area(key="explanation-i-a-2").set_value("Mine, too.")
    page.button(key="save-insight").click().run()
    assert store.get("i-a").explanation == "Mine, too."


def _form_of(insight_id: str) -> None:
    from ui import office
    from ui.pages import insight

    with office.errors_shown():
        desk = office.desk()
        insight._show_form(desk, desk.library.store.get(insight_id))


def test_benchmarks_without_runs_say_how_to_begin(app: AppTest) -> None:
    page = page_of("benchmarks")
    assert not page.exception and "starter" in page.info[0].value


def test_a_service_that_does_not_answer_is_told(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    assert any("on this machine" in caption.value for caption in page_of("settings").caption)
    monkeypatch.setenv("OPTWRIGHT_NUMERIC_URL", "http://127.0.0.1:9")
    settings.load.cache_clear()
    office._desk_of.clear()
    page = page_of("settings")
    page.toggle(key="service-shown").set_value(True).run()
    assert not page.exception and "cannot be reached" in page.error[0].value


@pytest.mark.parametrize("library", ["", "sqlite:///{folder}/library.db"])
def test_a_correction_teaches_only_a_library_that_is_configured(
    app: AppTest, library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if library:
        monkeypatch.setenv("OPTWRIGHT_LIBRARY_URL", library.format(folder=tmp_path))
        settings.load.cache_clear()
        office._desk_of.clear()
    answered(app, Turn(kind="question", text=replies.BAKERY_QUESTION))
    assert not app.exception
    is_offered = any(box.key == "teach" for box in app.checkbox)
    assert is_offered == bool(library)
    assert any("no library is configured" in caption.value for caption in app.caption) != bool(library)
    app.text_area(key="wrong-because").set_value("flour is sold in bags").run()
    app.button(key="correct").click().run()
    assert len(growth.kept(office._desk_of(""))) == bool(library)
