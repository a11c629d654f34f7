"""A file over HTTP that survives broken connections: what has arrived is kept and gone on from."""

import errno
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from agent.errors import ConfigError
from agent.llm.progress import Progress

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 60.0
BARREN_TRIES = 3
_BREAKS = (httpx2.ReadError, httpx2.ReadTimeout, httpx2.RemoteProtocolError)
_OUT_OF_SPACE = (errno.ENOSPC, errno.EDQUOT)


class RoadClosed(Exception):
    """The file cannot be had this way; another way may do."""


def download(url: str, part: Path, size_bytes: int, progress: Progress) -> None:
    """Completes ``part`` to ``size_bytes`` from ``url``, from where an earlier try ended.

    Raises:
        RoadClosed: the host cannot be reached, refuses, keeps breaking off, or serves something else.
        ConfigError: the disk is full.
    """
    barren = 0
    timeout = httpx2.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
    with httpx2.Client(timeout=timeout, follow_redirects=True) as client:
        while (have := size_of(part)) != size_bytes:
            if have > size_bytes:
                part.unlink()
                have = 0
            try:
                _receive(client, url, part, have, size_bytes, progress)
                broken = "the connection closes early"
            except _BREAKS as error:
                broken = f"{type(error).__name__}: {error}"
            except (httpx2.InvalidURL, httpx2.HTTPError) as error:
                raise RoadClosed(f"{url}: {type(error).__name__}: {error}") from None
            barren = 0 if size_of(part) > have else barren + 1
            if barren == BARREN_TRIES:
                raise RoadClosed(f"{url}: {broken}")


def size_of(path: Path) -> int:
    """The file's size, zero where there is none."""
    return path.stat().st_size if path.exists() else 0


@contextmanager
def disk_guard(folder: Path, needed_bytes: int) -> Iterator[None]:
    """Turns a full disk, foreseen or met, into a ``ConfigError`` that says how much room is needed."""
    free = shutil.disk_usage(folder).free
    if free < needed_bytes:
        raise _full(folder, needed_bytes, f"{free:,} bytes are free")
    try:
        yield
    except OSError as error:
        if error.errno not in _OUT_OF_SPACE:
            raise
        raise _full(folder, needed_bytes, "what has arrived is kept and will be gone on from") from None


def _full(folder: Path, needed_bytes: int, state: str) -> ConfigError:
    return ConfigError(
        f"no room for the language model in {folder}: {needed_bytes:,} bytes more are needed, {state}; "
        "free some, or set OPTWRIGHT_CACHE_DIR to a folder with room"
    )


def _receive(
    client: httpx2.Client, url: str, part: Path, have: int, size_bytes: int, progress: Progress
) -> None:
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code not in (200, 206):
            raise RoadClosed(f"{url}: HTTP {response.status_code}")
        begins, total = _extent(response)
        if total not in (None, size_bytes):
            raise RoadClosed(f"{url} serves {total:,} bytes, the model file has {size_bytes:,}")
        if begins not in (0, have):
            raise RoadClosed(f"{url} was asked to go on at byte {have:,} and begins at {begins:,}")
        with part.open("ab" if begins else "wb") as file:
            done = begins
            for piece in response.iter_raw():
                file.write(piece)
                done += len(piece)
                if done > size_bytes:
                    raise RoadClosed(f"{url} serves more than the model file's {size_bytes:,} bytes")
                progress.update(done)


def _extent(response: httpx2.Response) -> tuple[int, int | None]:
    """Where the body begins in the file, and the file's size where the server tells it."""
    if response.status_code == 200:
        length = response.headers.get("content-length", "")
        return 0, int(length) if length.isdecimal() else None
    told = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("content-range", ""))
    if told is None:
        return -1, None
    return int(told[1]), int(told[2]) if told[2] != "*" else None
