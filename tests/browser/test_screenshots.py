"""A picture of every page, wide and narrow, light and dark, in ``runs/screenshots``: nothing runs over the edge."""

from typing import Any

import pytest
import replies
from app_pages import SCREENSHOTS, ask, by_key, headline, open_tab

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TABS = ("Answer", "Model", "Checks", "Sensitivity", "Steps", "Take away")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_fits(browser: Any, served: str, width: int, scheme: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    context.set_default_timeout(40_000)
    page = context.new_page()

    def shoot(name: str) -> None:
        page.wait_for_timeout(500)
        if name != "progress":  # which is drawn again and again
            page.wait_for_selector("[data-test-script-state=notRunning]")
        page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')")
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
        shoot(f"tab-{tab.lower().replace(' ', '-')}")
    page.goto(f"{served}/settings")
    by_key(page, "save-settings").wait_for()
    shoot("settings")
    context.close()
