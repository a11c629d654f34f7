"""Seconds from question to answer on the page, for many browser sessions of the app at once.

    python -m benchmarks.sessions [--sessions 20]

Serves the app in a process of its own and asks it in as many pages of a headless Chromium, each with its own
problem, whose answer no other has. A scripted endpoint answers at once: the time is the app's, the solvers' and the
browser's, which share the machine.
"""

import argparse
import asyncio
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_PATIENCE_S = 300
_START_LIMIT_S = 60


class _Endpoint(BaseHTTPRequestHandler):
    """Formulates "x is at most N" as what it says."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answers a chat completion."""
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        (limit,) = set(re.findall(r"if x is at most (\d+)", asked))
        formulation = {
            "variables": [{"name": "x", "meaning": "x", "domain": "real"}],
            "objective": {"sense": "maximize", "meaning": "x", "unit": "", "expression": "x"},
            "constraints": [{"meaning": "limit", "expression": f"x <= {limit}"}],
        }
        message = {"role": "assistant", "content": json.dumps(formulation)}
        body = {
            "id": "1",
            "object": "chat.completion",
            "created": 0,
            "model": "scripted",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        }
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments: object) -> None:
        """Nothing is logged."""


@contextmanager
def _endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    server.shutdown()


@contextmanager
def _app(endpoint: str) -> Iterator[str]:
    """The address of the app, served in a process of its own."""
    with socket.socket() as free, tempfile.TemporaryDirectory() as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        own = {"OPENAI_BASE_URL": endpoint, "OPTWRIGHT_MODEL": "scripted", "OPTWRIGHT_STATE_DIR": folder}
        settings = [f"{name}={value}" for name, value in own.items()]
        command = ["env", *settings, sys.executable, "-m", "ui", "--port", str(port), "--headless"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_it_answers(f"{url}/_stcore/health")
            yield url
        finally:
            process.terminate()
            process.wait()


def _wait_until_it_answers(url: str) -> None:
    deadline = time.monotonic() + _START_LIMIT_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the app did not start")


async def _measure(url: str, sessions: int) -> list[float]:
    """Seconds of each session."""
    from playwright.async_api import async_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("no Chromium is installed; `apt-get install chromium` brings one")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        pages = [await _opened(browser, url) for _ in range(sessions)]
        seconds = await asyncio.gather(*(_ask(page, 1000 + n) for n, page in enumerate(pages)))
        await browser.close()
        return seconds


async def _opened(browser: Any, url: str) -> Any:
    page = await (await browser.new_context()).new_page()
    page.set_default_timeout(_PATIENCE_S * 1000)
    await page.goto(url)
    await page.locator(".st-key-question textarea").wait_for()
    return page


async def _ask(page: Any, limit: int) -> float:
    """Seconds until the page shows the answer to its own question; another's answer, or none, ends the measurement."""
    from playwright.async_api import TimeoutError as NoAnswer

    started = time.monotonic()
    box = page.locator(".st-key-question textarea")
    await box.fill(f"How large can x be, if x is at most {limit}?")
    await box.press("Enter")
    answer = page.locator("[data-testid=stChatMessage] strong", has_text="optimal").first
    try:
        await answer.wait_for()
    except NoAnswer:
        raise SystemExit(
            f"no answer: the session that asked about {limit} shows\n{await page.inner_text('body')}"
        ) from None
    seconds = time.monotonic() - started
    shown = await answer.inner_text()
    if f"{limit:,}" not in shown:
        raise SystemExit(f"mixed up: the session that asked about {limit} was shown “{shown}”")
    return seconds


def main() -> None:
    """Prints median, 95 % and longest time."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sessions", type=int, default=20)
    sessions = parser.parse_args().sessions
    with _endpoint() as endpoint, _app(endpoint) as url:
        seconds = sorted(asyncio.run(_measure(url, sessions)))
    p95 = statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]
    print(
        f"{sessions} sessions at once, {os.cpu_count()} cores: every one was shown its own answer, without errors"
    )
    print(f"median {statistics.median(seconds):.1f} s, 95 % below {p95:.1f} s, longest {seconds[-1]:.1f} s")


if __name__ == "__main__":
    main()
