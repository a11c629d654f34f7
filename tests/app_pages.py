"""How a test of the app finds and does things on its pages."""

from pathlib import Path
from typing import Any

_STILL_MS = 500
"""How long a page must say that it is drawn to be taken for still: it hears of a new run from the server only."""
_STILL = """(wanted) => {
    const app = document.querySelector('[data-testid=stApp]');
    const now = performance.now();
    if (window.drawnSince === undefined || app?.dataset.testScriptState !== 'notRunning') window.drawnSince = now;
    return now - window.drawnSince >= wanted;
}"""
SCREENSHOTS = Path(__file__).resolve().parents[1] / "runs" / "screenshots"


def by_key(page: Any, key: str, inside: str = "") -> Any:
    """The element that the app gave a key, or what is inside it."""
    return page.locator(f".st-key-{key} {inside}".strip())


def settled(page: Any) -> None:
    """Waits until the page is drawn to its end: a click or a key on what is being replaced goes astray."""
    page.evaluate("delete window.drawnSince")
    page.wait_for_function(_STILL, arg=_STILL_MS)


def visit(page: Any, url: str) -> None:
    """Opens an address and waits for its page."""
    page.goto(url)
    page.locator("[data-testid=stApp]").wait_for()
    settled(page)


def click(page: Any, key: str) -> None:
    """Clicks the button of a key, on a page that is still."""
    by_key(page, key, "button").first.wait_for()
    settled(page)
    click_at_once(page, key)


def click_at_once(page: Any, key: str) -> None:
    """Clicks the button of a key, on a page that tells of work and so is never still."""
    by_key(page, key, "button").first.click()


def ask(page: Any, text: str) -> None:
    """Types into the question box and sends."""
    settled(page)
    box = by_key(page, "question", "textarea")
    box.fill(text)
    box.press("Enter")


def fill(page: Any, key: str, text: str, box: str = "input") -> None:
    """Writes into the box of a key and waits until the page has taken it in."""
    fill_box(page, by_key(page, key, box), text)


def fill_box(page: Any, box: Any, text: str) -> None:
    """Writes into a box, leaves it, and waits until the page has taken it in."""
    box.wait_for()
    settled(page)
    box.fill(text)
    box.press("Tab")
    settled(page)


def choose(page: Any, key: str, text: str) -> None:
    """Types into the list of a key and takes what fits; a list closes where the page scrolls, so that comes first."""
    box = by_key(page, key, "input")
    box.wait_for()
    settled(page)
    box.scroll_into_view_if_needed()
    box.click()
    box.press_sequentially(text)
    box.press("Enter")


def headline(page: Any, text: str) -> None:
    """Waits for an answer with this headline, and until all of it is drawn."""
    page.get_by_text(text, exact=True).last.wait_for()
    settled(page)


def open_tab(page: Any, name: str) -> None:
    """Opens a tab of the last answer."""
    page.get_by_role("tab", name=name).last.click()
