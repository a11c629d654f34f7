"""How a test of the app finds and does things on its pages."""

from pathlib import Path
from typing import Any

_NOTICED_MS = 200
"""From a key to the page's saying that it is being drawn again."""
SCREENSHOTS = Path(__file__).resolve().parents[1] / "runs" / "screenshots"


def by_key(page: Any, key: str, inside: str = "") -> Any:
    """The element that the app gave a key, or what is inside it."""
    return page.locator(f".st-key-{key} {inside}".strip())


def click(page: Any, key: str) -> None:
    """Clicks the button of a key."""
    by_key(page, key, "button").first.click()


def settled(page: Any) -> None:
    """Waits until the page is drawn to its end: a click or a key on what is being replaced goes astray."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def ask(page: Any, text: str) -> None:
    """Types into the question box and sends."""
    box = by_key(page, "question", "textarea")
    box.fill(text)
    box.press("Enter")


def fill(page: Any, key: str, text: str, box: str = "input") -> None:
    """Writes into the box of a key, leaves it, and waits until the page has taken it in."""
    found = by_key(page, key, box)
    found.fill(text)
    found.press("Tab")
    page.wait_for_timeout(_NOTICED_MS)
    settled(page)


def choose(page: Any, key: str, text: str) -> None:
    """Types into the list of a key and takes what fits; a list closes where the page scrolls, so that comes first."""
    box = by_key(page, key, "input")
    box.scroll_into_view_if_needed()
    box.click()
    box.press_sequentially(text)
    box.press("Enter")


def headline(page: Any, text: str) -> None:
    """Waits for an answer with this headline."""
    page.get_by_text(text, exact=True).last.wait_for()


def open_tab(page: Any, name: str) -> None:
    """Opens a tab of the last answer."""
    page.get_by_role("tab", name=name).last.click()
