"""Downloads are checked against the pinned checksum, from a local server."""

import hashlib
import subprocess
import sys
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


def test_what_a_killed_download_left_is_not_taken_for_the_set(tmp_path: Path, mirror: str) -> None:
    killed = (
        "import os, sys; from types import SimpleNamespace; from pathlib import Path\n"
        "from agent.settings import Settings; from benchmarks.datasets.fetch import fetch\n"
        "chosen = Settings(cache_dir=Path(sys.argv[1]), dataset_mirror=sys.argv[2])\n"
        "bar = SimpleNamespace(total=None, update=lambda amount: os._exit(9))\n"
        "fetch('nl4opt', chosen, sha256=sys.argv[3], progress=bar)"
    )
    chosen = settings(tmp_path, mirror)
    done = subprocess.run([sys.executable, "-c", killed, tmp_path / "cache", mirror, SHA256], check=False)
    assert done.returncode == 9
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    with pytest.raises(DatasetError, match="not on this machine"):
        datasets.load("nl4opt", settings=chosen)


def test_a_file_from_another_address_takes_the_place_of_the_first(tmp_path: Path, mirror: str) -> None:
    table = b"id,question,answer\n1,How much?,6\n"
    (tmp_path / "served" / "other.csv").write_bytes(table)
    chosen = settings(tmp_path, mirror)
    for url, body, answer in (
        (None, BODY, 5.0),
        (f"{mirror}/other.csv", table, 6.0),
        (None, BODY, 5.0),
    ):
        fetch("nl4opt", chosen, sha256=hashlib.sha256(body).hexdigest(), url=url)
        (record,) = datasets.load("nl4opt", settings=chosen)
        assert record.answer == answer


@pytest.mark.parametrize("host", ["127.0.0.1:9", "{mirror}"])
def test_a_password_in_an_address_is_not_told(tmp_path: Path, mirror: str, host: str) -> None:
    address = "http://u:s3cret@" + host.format(mirror=mirror.removeprefix("http://")) + "/missing.jsonl"
    for sha256 in (SHA256, None):
        with pytest.raises((FetchError, DatasetError), match=r"http://\*\*\*@127") as raised:
            fetch("nl4opt", settings(tmp_path, mirror), sha256=sha256, url=address)
        assert "s3cret" not in str(raised.value)


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
