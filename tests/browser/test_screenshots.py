"""A picture of every page, wide and narrow, light and dark, in ``runs/screenshots``: nothing runs over the edge."""

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Camera:
    """Takes pictures of a page, named after its width and colours."""

    page: Any
    label: str

    def shoot(self, name: str, top: str = "") -> None:
        """Puts a picture into the folder, with the last element of a selector on top; nothing may run over the edge."""
        self.page.wait_for_timeout(500)
        if name != "progress":  # which is drawn again and again
            self.page.wait_for_selector("[data-test-script-state=notRunning]")
        self.page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')")
        if top:
            self.page.locator(top).last.evaluate("element => element.scrollIntoView()")
        self.page.wait_for_timeout(300)
        self.page.screenshot(path=SCREENSHOTS / f"{name}-{self.label}.png")
        overflow = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 0, f"{name} runs {overflow} pixels over the edge"

    def shoot_tab(self, prefix: str, tab: str) -> None:
        """Opens a tab and takes its picture."""
        open_tab(self.page, tab)
        self.shoot(f"{prefix}-{tab.lower().replace(' ', '-')}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_fits(browser: Any, furnished: str, width: int, scheme: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    context.set_default_timeout(40_000)
    camera = Camera(context.new_page(), f"{width}-{scheme}")
    for show in (of_problems, of_library, of_benchmarks, of_settings):
        show(camera, furnished)
    context.close()


def of_problems(camera: Camera, url: str) -> None:
    camera.page.goto(url)
    by_key(camera.page, "question").wait_for()
    camera.shoot("start")
    ask(camera.page, replies.BAKERY_QUESTION)
    by_key(camera.page, "stop").wait_for()
    camera.shoot("progress")
    headline(camera.page, "✓ optimal: 340 dollars")
    for tab in TABS:
        camera.shoot_tab("tab", tab)


def of_library(camera: Camera, url: str) -> None:
    camera.page.goto(f"{url}/library")
    by_key(camera.page, "insight-list").wait_for()
    camera.shoot("library")
    for tab in ("Add", "Import and export", "Learn and evolve"):
        camera.shoot_tab("library", tab)
    camera.page.goto(f"{url}/library?insight=i-a")
    for tab in ("Read", "Edit", "History"):
        camera.shoot_tab("insight", tab)


def of_benchmarks(camera: Camera, url: str) -> None:
    camera.page.goto(f"{url}/benchmarks")
    by_key(camera.page, "verdict-filter").wait_for()
    camera.shoot_tab("benchmarks", "Runs")
    camera.shoot("benchmarks-problems", top=".st-key-verdict-filter")
    camera.shoot_tab("benchmarks", "Compare")
    camera.shoot_tab("benchmarks", "New run")


def of_settings(camera: Camera, url: str) -> None:
    camera.page.goto(f"{url}/settings")
    by_key(camera.page, "save-settings").wait_for()
    camera.shoot("settings")
