"""The app in a headless Chromium, served as users serve it, with the scripted endpoint as language model."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import benchmark_doubles
import pytest
import replies
from app_pages import by_key
from practice import draft
from scripted_endpoint import Step, say, serving

from agent.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_START_LIMIT_S = 60
SHARED_WITH_USER = ("OPTWRIGHT_MODEL_PATH", "OPTWRIGHT_MODEL_URL", "OPTWRIGHT_CACHE_DIR", "OPTWRIGHT_THREADS")


def chromium() -> str:
    """The path of an installed Chromium; the test is skipped where there is none."""
    found = next((path for path in map(shutil.which, _NAMES) if path), None)
    if found is None:
        pytest.skip("no Chromium is installed; `apt-get install chromium` brings one")
    return found


def answer(body: dict[str, Any]) -> str | Step:
    """What the language model says to the problems of these tests."""
    text, wanted = json.dumps(body), json.dumps(body.get("response_format", {}))
    if '"insights"' in wanted:
        return json.dumps({"insights": [draft("Applies to zebras.", "Take x for loaves of bread.")]})
    if "follow_up" in wanted:
        return json.dumps({"kind": "set_limit", "element": "flour_kg", "number": 100, "expression": ""})
    if "van" in text:
        return json.dumps(replies.pick_rows("cargo", key="item", profit="value", weight="weight", limit="70"))
    if re.search(r"at most \d\d\?", text):
        return benchmark_doubles.reply(body)
    if "at least 5" in text:
        return replies.INFEASIBLE
    if "bread" in text:
        return say(replies.BAKERY, delay_s=1.0)
    return replies.SIMPLE


@dataclass(frozen=True)
class Stage:
    """The app at work.

    Attributes:
        url: its address.
        settings: those it was started with.
    """

    url: str
    settings: Settings


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The app with the scripted endpoint as its language model, and a library."""
    chromium()
    folder = tmp_path_factory.mktemp("app")
    with serving() as endpoint:
        endpoint.otherwise = answer
        url = f"sqlite:///{folder}/library.db"
        own = {
            "OPENAI_BASE_URL": endpoint.url,
            "OPTWRIGHT_MODEL": "m",
            "OPTWRIGHT_CACHE_DIR": str(folder / "cache"),
            "OPTWRIGHT_LIBRARY_URL": url,
        }
        settings = Settings(base_url=endpoint.url, model="m", state_dir=folder / "state", library_url=url)
        with app(own, folder) as address:
            yield Stage(address, settings)


@pytest.fixture(scope="session")
def served(stage: Stage) -> str:
    """The app's address."""
    return stage.url


@contextmanager
def app(own: dict[str, str], folder: Path) -> Iterator[str]:
    """The address of an app that runs with its own settings while the block lasts."""
    foreign = ("OPENAI_", "OPTWRIGHT_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    environment = {**inherited, "OPTWRIGHT_STATE_DIR": str(folder / "state"), **own}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "ui", "--port", str(port), "--headless"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_it_answers(url, process, folder / "log")
            yield url
        finally:
            process.terminate()
            process.wait(timeout=20)
    assert "a page failed" not in (folder / "log").read_text()


def _wait_until_it_answers(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_LIMIT_S
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the app did not start")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium; its event loop must be gone before other tests begin theirs."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def page(browser: Any, served: str) -> Iterator[Any]:
    """A page of the app where a new problem begins; wide and light."""
    with opened(browser, served) as new:
        yield new


@pytest.fixture
def embedded_page(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """A page of an app whose language model is the embedded one, with the user's cache of model files."""
    own = {name: os.environ[name] for name in SHARED_WITH_USER if name in os.environ}
    with app(own, tmp_path) as url, opened(browser, url) as new:
        yield new


@contextmanager
def opened(browser: Any, url: str) -> Iterator[Any]:
    """A new page of the app, with cookies and storage of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(40_000)
    new = context.new_page()
    new.goto(url)
    by_key(new, "question").wait_for()
    yield new
    context.close()
