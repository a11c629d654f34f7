"""A picture of every page, wide and narrow, light and dark, in ``runs/screenshots``: nothing runs over the edge."""

from typing import Any

import pytest
import replies
from app_pages import SCREENSHOTS, ask, by_key, headline, open_tab
from benchmark_doubles import write_set
from insights import conservation, setup_costs

from library import Task
from library.insight import Evidence
from ui import growth, trials
from ui.desk import Desk
from ui.jobs import Jobs

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PATIENCE_S = 60
TABS = ("Answer", "Model", "Checks", "Sensitivity", "Steps", "Take away")


@pytest.fixture(scope="module")
def furnished(stage: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of an app with insights, a run that learned, and two runs over a set."""
    desk, jobs = Desk.of("", stage.settings), Jobs()
    proof = Evidence(runs=3, helped=3, guard_runs=4, positive=("lot-sizing-17", "plant-4"))
    (one, _) = desk.library.store.put(
        [setup_costs(id="i-a", evidence=proof), conservation(id="i-b")], author="ann", note="added"
    )
    better = one.model_copy(
        update={"explanation": f"{one.explanation} The capacity should be as small as it can."}
    )
    desk.library.store.put([better], author="ann", note="big constants make weak bounds")
    tasks = [Task(id="loaf", question="How large is x?", correction="x is bread")]
    growth.start(desk, jobs, growth.prepared("learn", tasks)).wait(PATIENCE_S)
    content = write_set(tmp_path_factory.mktemp("set") / "sizes.jsonl", 12).read_bytes()
    dataset = trials.uploaded_set(desk, content, "sizes.jsonl")
    for limit in (8, None):
        setup = trials.setup_of(desk, 1, draws_on_library=False)
        trials.start(desk, jobs, trials.new_folder(desk, "sizes"), dataset, setup, limit).wait(PATIENCE_S)
    return str(stage.url)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_fits(browser: Any, furnished: str, width: int, scheme: str) -> None:
    served = furnished
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    context.set_default_timeout(40_000)
    page = context.new_page()

    def shoot(name: str, top: str = "") -> None:
        page.wait_for_timeout(500)
        if name != "progress":  # which is drawn again and again
            page.wait_for_selector("[data-test-script-state=notRunning]")
        page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')")
        if top:
            page.locator(top).last.evaluate("element => element.scrollIntoView()")
        page.wait_for_timeout(300)
        page.screenshot(path=SCREENSHOTS / f"{name}-{width}-{scheme}.png")
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 0, f"{name} runs {overflow} pixels over the edge"

    page.goto(served)
    by_key(page, "question").wait_for()
    shoot("start")
    ask(page, replies.BAKERY_QUESTION)
    by_key(page, "stop").wait_for()
    shoot("progress")
    headline(page, "✓ optimal: 340 dollars")
    for tab in TABS:
        open_tab(page, tab)
        shoot(f"tab-{tab.lower().replace(' ', '-')}", top="[role=tablist]" if tab == "Model" else "")
    page.goto(f"{served}/library")
    by_key(page, "insight-list").wait_for()
    shoot("library")
    for tab in ("Add", "Import and export", "Learn and evolve"):
        open_tab(page, tab)
        shoot(f"library-{tab.lower().replace(' ', '-')}")
    page.goto(f"{served}/library?insight=i-a")
    for tab in ("Read", "Edit", "History"):
        open_tab(page, tab)
        shoot(f"insight-{tab.lower()}")
    page.goto(f"{served}/benchmarks")
    for tab, awaited in (("Runs", "verdict-filter"), ("Compare", "compared"), ("New run", "run-begin")):
        open_tab(page, tab)
        by_key(page, awaited).wait_for()
        shoot(f"benchmarks-{tab.lower().replace(' ', '-')}")
        if tab == "Runs":
            by_key(page, "verdict-filter").scroll_into_view_if_needed()
            shoot("benchmarks-problems")
    page.goto(f"{served}/settings")
    by_key(page, "save-settings").wait_for()
    shoot("settings")
    context.close()
