"""What a user does in the browser, from the question to the program taken away."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import replies
from app_pages import (
    ask,
    by_key,
    choose,
    click,
    click_at_once,
    fill,
    fill_box,
    headline,
    open_tab,
    settled,
    visit,
)
from benchmark_doubles import write_set
from insights import conservation, setup_costs

from library.exchange import Contents, Format, dumps

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_an_example_is_solved_with_one_click_and_found_again_after_a_reload(page: Any) -> None:
    click(page, "example-0")
    by_key(page, "stop").wait_for()
    headline(page, "✓ optimal: 340 dollars")
    assert "bread = 60; cake = 20" in page.inner_text("body")
    assert "session=What+to+bake" in page.url
    page.reload()
    headline(page, "✓ optimal: 340 dollars")
    by_key(page, "session-list").get_by_text("What to bake").first.wait_for()


def test_a_question_is_asked_by_keyboard_alone_and_asked_about(page: Any) -> None:
    by_key(page, "question", "textarea").focus()
    page.keyboard.type(replies.BAKERY_QUESTION)
    page.keyboard.press("Enter")
    headline(page, "✓ optimal: 340 dollars")
    ask(page, "what if only 100 kg of flour came?")
    headline(page, "✓ optimal: 156 dollars")
    assert "falls by 184" in page.inner_text("body")
    assert "Understood as: set limit" in page.inner_text("body")
    click(page, "ask-hurts")
    page.get_by_text("What holds the objective back").wait_for()


def test_a_constraint_is_edited_as_text_with_faults_told_and_solved_again(page: Any) -> None:
    ask(page, replies.BAKERY_QUESTION)
    headline(page, "✓ optimal: 340 dollars")
    open_tab(page, "Model")
    page.get_by_text("as text", exact=True).click()
    box = by_key(page, "formulation-text-0", "textarea")
    text = box.input_value()
    fill_box(page, box, text.replace("<= 220", "<= flower"))
    by_key(page, "verdict").get_by_text("unknown name").wait_for()
    assert by_key(page, "resolve", "button").is_disabled()
    fill_box(page, box, text.replace("<= 220", "<= 100"))
    by_key(page, "verdict").get_by_text("It can be solved: changed constraint flour").wait_for()
    click(page, "resolve")
    headline(page, "✓ optimal: 156 dollars")


def test_a_spreadsheet_is_uploaded_with_a_preview_and_solved(page: Any, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "cargo"
    for row in (
        ("item", "value", "weight"),
        ("lamp", 60, 10),
        ("rug", 100, 20),
        ("clock", 120, 30),
        ("safe", 500, 90),
    ):
        sheet.append(row)
    book.save(tmp_path / "cargo.xlsx")
    page.locator("input[type=file]").first.set_input_files(tmp_path / "cargo.xlsx")
    page.get_by_text("cargo: 4 rows").wait_for()
    ask(page, "Which goods of the table should go into the van, at most 70 kg, for the largest value?")
    headline(page, "✓ optimal: 280 dollars")


def test_a_file_that_is_none_is_told_by_name(page: Any, tmp_path: Path) -> None:
    (tmp_path / "photo.csv").write_bytes(b"PK\x03\x04" + bytes(200))
    page.locator("input[type=file]").first.set_input_files(tmp_path / "photo.csv")
    page.get_by_text("photo.csv: is named like text").wait_for()


def test_a_file_that_is_too_large_is_told_and_the_page_goes_on(page: Any, tmp_path: Path) -> None:
    with (tmp_path / "all.csv").open("wb") as file:
        file.truncate(50_000_000)
    page.locator("input[type=file]").first.set_input_files(tmp_path / "all.csv")
    page.get_by_text("File must be 25").wait_for()
    ask(page, replies.BAKERY_QUESTION)
    headline(page, "✓ optimal: 340 dollars")


def test_an_impossible_problem_is_repaired_by_a_click(page: Any) -> None:
    ask(page, "How large can x be, if it is at most 3 and at least 5?")
    headline(page, "✗ impossible")
    page.get_by_text("What would make it possible").wait_for()
    click(page, "repair-0")
    page.get_by_text("✓ optimal").last.wait_for()


def test_the_program_is_taken_away_and_runs(page: Any, tmp_path: Path) -> None:
    ask(page, replies.BAKERY_QUESTION)
    headline(page, "✓ optimal: 340 dollars")
    open_tab(page, "Take away")
    with page.expect_download() as started:
        click(page, "download-script-0")
    path = tmp_path / started.value.suggested_filename
    started.value.save_as(path)
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, timeout=60, check=True)
    assert "340" in done.stdout


def test_a_run_is_stopped_and_gone_on_with(page: Any) -> None:
    click(page, "example-0")
    click_at_once(page, "stop")
    page.get_by_text("This was stopped before it was answered").wait_for()
    click(page, "go-on")
    headline(page, "✓ optimal: 340 dollars")


def test_what_is_wrong_is_told_and_formulated_anew(page: Any) -> None:
    ask(page, "How large is x, if it is at most 3?")
    headline(page, "✓ optimal: 3")
    click(page, "wrong")
    fill(page, "wrong-because", "x is bread", "textarea")
    click(page, "correct")
    headline(page, "✓ optimal: 340 dollars")


def test_what_is_wrong_teaches_the_library(page: Any, served: str) -> None:
    ask(page, "How large is x, if it is at most 3?")
    headline(page, "✓ optimal: 3")
    click(page, "wrong")
    fill(page, "wrong-because", "x is bread", "textarea")
    click(page, "correct")
    page.get_by_text("The library is learning from it").wait_for()
    visit(page, f"{served}/library")
    open_tab(page, "Learn and evolve")
    page.get_by_text("learned: i-").first.wait_for()
    open_tab(page, "Insights")
    page.get_by_text("helped 3 of 3 runs").first.wait_for()


def test_a_session_is_renamed_and_deleted(page: Any) -> None:
    ask(page, "How large is y, if it is at most 3?")
    headline(page, "✓ optimal: 3")
    click(page, "session-menu")
    fill(page, "rename-How-large-is-y-if-it-is", "The size of y")
    click(page, "rename")
    page.get_by_role("heading", name="The size of y").wait_for()
    assert "session=The+size+of+y" in page.url
    page.reload()
    headline(page, "✓ optimal: 3")
    sessions = by_key(page, "session-list")
    assert sessions.get_by_text("How large is y").count() == 0
    click(page, "session-menu")
    page.get_by_text("Delete it with all its answers").click()
    click(page, "delete")
    page.get_by_text("What is to be decided?").wait_for()
    assert sessions.get_by_text("The size of y").count() == 0


def test_an_insight_is_added_edited_compared_and_rolled_back(page: Any, served: str) -> None:
    visit(page, f"{served}/library")
    open_tab(page, "Add")
    fill(page, "labels-new", "Domain Modeling > Kilns > Heating", "textarea")
    fill(page, "condition-new", "Applies where a kiln is heated.", "textarea")
    fill(page, "explanation-new", "Preheat it.", "textarea")
    click(page, "add")
    page.get_by_role("heading", name="Heating: Applies where a kiln is heated.").wait_for()
    open_tab(page, "Edit")
    fill_box(page, page.get_by_label("What to do then"), "Preheat it slowly.")
    fill_box(page, page.get_by_label("Why (for the history)"), "it cracked")
    click(page, "save-insight")
    page.get_by_text("active, version 2").wait_for()
    open_tab(page, "History")
    by_key(page, "difference").get_by_text("Preheat it slowly.").wait_for()
    click(page, "roll-back")
    page.get_by_text("active, version 3").wait_for()
    open_tab(page, "Read")
    page.locator("p:visible", has_text="Preheat it.").wait_for()
    page.reload()
    page.get_by_text("active, version 3").wait_for()
    click(page, "back")
    fill(page, "library-search", "a kiln is heated")
    by_key(page, "insight-list").get_by_text("Heating: Applies").wait_for()


def test_a_library_is_exported_and_taken_in_again(page: Any, served: str, tmp_path: Path) -> None:
    visit(page, f"{served}/library")
    open_tab(page, "Import and export")
    insights = [setup_costs(id="i-setup"), conservation(id="i-flow")]
    (tmp_path / "more.json").write_text(dumps(Contents(tuple(insights)), Format.JSON))
    page.locator("input[type=file]").first.set_input_files(tmp_path / "more.json")
    page.get_by_text("2 insights and 0 labels").wait_for()
    click(page, "import")
    page.get_by_text("2 insights and 2 labels are new or changed").wait_for()
    settled(page)
    with page.expect_download() as started:
        click(page, "export")
    started.value.save_as(tmp_path / "all.json")
    assert {"i-setup", "i-flow"} <= {
        one["id"] for one in json.loads((tmp_path / "all.json").read_text())["insights"]
    }


def test_a_set_is_run_watched_looked_into_and_compared(page: Any, served: str, tmp_path: Path) -> None:
    for count in (2, 3):
        visit(page, f"{served}/benchmarks")
        open_tab(page, "New run")
        choose(page, "set", "a file of my own")
        by_key(page, "set-file").wait_for()
        settled(page)
        page.locator("input[type=file]").first.set_input_files(write_set(tmp_path / "sizes.jsonl", 3))
        fill(page, "run-limit", str(count))
        settled(page)
        click(page, "run-begin")
        page.get_by_text("The run is at work").wait_for()
        open_tab(page, "Runs")
        page.get_by_text(f"{count} answered by m").wait_for()
    page.locator("svg.marks").nth(1).wait_for()  # with its plots the page has grown to its size
    settled(page)
    choose(page, "item", "p2")
    by_key(page, "drill-down").get_by_text("key 12").wait_for()
    open_tab(page, "Compare")
    by_key(page, "compared").get_by_text("Of 2 problems that both answered").wait_for()


def test_hostile_words_stay_words(page: Any) -> None:
    hostile = (
        "<img src=x onerror=\"document.title='owned'\"> [a](javascript:alert(1)) $x^2$ :red[hot] **bold**?"
    )
    ask(page, hostile)
    page.get_by_text(hostile).first.wait_for()
    assert page.title() == "Optwright"
    assert page.locator("[data-testid=stChatMessage] img[src=x]").count() == 0


def test_the_settings_test_the_language_model_and_keep_what_was_chosen(page: Any, served: str) -> None:
    visit(page, f"{served}/settings")
    click(page, "test-model")
    by_key(page, "findings").get_by_text("answered in").wait_for()
    fill(page, "time-limit", "45")
    click(page, "save-settings")
    page.get_by_text("Saved.").wait_for()
    page.reload()
    by_key(page, "time-limit", "input").wait_for()
    assert by_key(page, "time-limit", "input").input_value() == "45.00"


@pytest.mark.model
def test_the_embedded_model_solves_an_example_with_one_click(embedded_page: Any) -> None:
    click(embedded_page, "example-0")
    answer = embedded_page.get_by_text("✓ optimal: 340")
    answer.wait_for(timeout=300_000)
