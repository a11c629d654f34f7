"""Downloads are checked against the pinned checksum, from a local server."""

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from agent.settings import Settings
from benchmarks import datasets
from benchmarks.datasets.cards import card
from benchmarks.datasets.fetch import fetch
from benchmarks.errors import DatasetError, FetchError

BODY = b'{"question": "How many?", "answer": 5, "id": 1}\n'
SHA256 = hashlib.sha256(BODY).hexdigest()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        return


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[str]:
    """A server that has the pinned file of NL4OPT."""
    pinned = card("nl4opt").file
    assert pinned is not None
    path = tmp_path / "served" / pinned.repository / pinned.commit / pinned.path
    path.parent.mkdir(parents=True)
    path.write_bytes(BODY)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "served")))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def settings(tmp_path: Path, mirror: str) -> Settings:
    return Settings(cache_dir=tmp_path / "cache", dataset_mirror=mirror)


class Bar:
    """Counts what a download tells."""

    def __init__(self) -> None:
        self.total: int | None = None
        self.seen = 0

    def update(self, amount: int) -> None:
        self.seen += amount

    def reset(self) -> None:
        self.seen = 0

    def close(self) -> None:
        return


def test_a_fetched_set_is_what_load_reads(tmp_path: Path, mirror: str) -> None:
    bar, chosen = Bar(), settings(tmp_path, mirror)
    path = fetch("nl4opt", chosen, sha256=SHA256, progress=bar)
    assert path.read_bytes() == BODY
    assert bar.seen >= len(BODY)
    assert datasets.load("nl4opt", settings=chosen)[0].answer == 5.0


def test_a_file_that_is_there_is_not_downloaded_again(tmp_path: Path, mirror: str) -> None:
    fetch("nl4opt", settings(tmp_path, mirror), sha256=SHA256)
    nowhere = settings(tmp_path, "http://127.0.0.1:9")
    assert fetch("nl4opt", nowhere, sha256=SHA256).read_bytes() == BODY


def test_another_file_than_the_pinned_one_is_refused_and_not_kept(tmp_path: Path, mirror: str) -> None:
    with pytest.raises(FetchError, match="not the file that was pinned"):
        fetch("nl4opt", settings(tmp_path, mirror), sha256="0" * 64)
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x.jsonl", "{mirror}/missing.jsonl"])
def test_a_download_that_fails_names_the_address(tmp_path: Path, mirror: str, url: str) -> None:
    address = url.format(mirror=mirror)
    with pytest.raises(FetchError, match=address):
        fetch("nl4opt", settings(tmp_path, mirror), sha256=SHA256, url=address)


@pytest.mark.parametrize(("name", "message"), [("nl4opt", "pass --sha256"), ("nlp4lp", "no single file")])
def test_nothing_is_downloaded_without_checksum_or_address(
    tmp_path: Path, mirror: str, name: str, message: str
) -> None:
    with pytest.raises(DatasetError, match=message):
        fetch(name, settings(tmp_path, mirror))
