"""Download a set at its pinned commit and check it before anything reads it."""

import logging
import re
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Protocol
from urllib.parse import urlsplit

from agent.settings import Settings
from benchmarks.datasets.cards import HOST, card
from benchmarks.datasets.reading import digest_of
from benchmarks.errors import DatasetError, ExtraMissing, FetchError

TIMEOUT_S = 60.0
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CREDENTIALS = re.compile(r"(?<=//)[^/\s]*@")


class Progress(Protocol):
    """What a download tells how far it is: the part of tqdm's interface that pooch uses."""

    total: int | None

    def update(self, amount: int) -> None:
        """So many bytes more came."""

    def reset(self) -> None:
        """The bytes start from zero."""

    def close(self) -> None:
        """It is over."""


def fetch(
    name: str,
    settings: Settings,
    *,
    sha256: str | None = None,
    url: str | None = None,
    progress: Progress | None = None,
) -> Path:
    """The file of a set in the cache, downloaded where it is not there yet; it takes the place of an earlier one.

    Args:
        name: of the set.
        settings: its `dataset_mirror` replaces the host of pinned files.
        sha256: the checksum that the file must have, where the card has none.
        url: another address than that of the card.
        progress: told how far the download is.

    Raises:
        DatasetError: the set is unknown, has no address, or no checksum is known.
        FetchError: the download failed, or the file is not the one that was pinned; nothing is kept of it.
    """
    pinned = card(name).file
    if url is None:
        if pinned is None:
            raise DatasetError(f"the set {name} has no single file; {card(name).way}")
        url = pinned.url(settings.dataset_mirror or HOST)
    checksum = (sha256 or (pinned.sha256 if pinned else "")).lower()
    if not _SHA256.fullmatch(checksum):
        raise DatasetError(
            f"no checksum is known for {_without_credentials(url)}; pass --sha256 with its 64 hexadecimal digits (as "
            "`sha256sum` prints them for a copy that you trust), or --data PATH with such a copy"
        )
    places = _places(name, settings)
    path = places.pop(".csv" if PurePosixPath(urlsplit(url).path).suffix.lower() == ".csv" else ".json")
    if not (path.is_file() and digest_of(path) == checksum):
        _download(url, checksum, path, progress)
    for other in places.values():
        other.unlink(missing_ok=True)
    return path


def fetched(name: str, settings: Settings) -> Path | None:
    """The file that `fetch` put into the cache; None where it did not."""
    return next((path for path in _places(name, settings).values() if path.is_file()), None)


def _places(name: str, settings: Settings) -> dict[str, Path]:
    """Where a set's one file may lie, by its ending: CSV is known by it, all else by its first sign."""
    return {
        ending: settings.cache_dir / "datasets" / name / f"{name}{ending}" for ending in (".csv", ".json")
    }


def _download(url: str, checksum: str, path: Path, progress: Progress | None) -> None:
    """Put a file into its place once it is whole and checked; what a kill leaves lies elsewhere."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".download-", dir=path.parents[1]) as folder:
            _retrieved(url, checksum, Path(folder), progress).replace(path)
    except OSError as error:
        raise FetchError(f"{path.parent} cannot take the download: {error.strerror}") from None


def _retrieved(url: str, checksum: str, folder: Path, progress: Progress | None) -> Path:
    try:
        import pooch
        import requests
    except ImportError:
        raise ExtraMissing("pooch", "bench") from None
    pooch.get_logger().setLevel(logging.WARNING)  # its notes would mix with the progress bar
    options: dict[str, Any] = {"timeout": TIMEOUT_S}
    downloader = pooch.HTTPDownloader(progressbar=progress or False, **options)
    try:
        return Path(
            pooch.retrieve(url, f"sha256:{checksum}", fname="set", path=folder, downloader=downloader)
        )
    except requests.RequestException as error:
        raise FetchError(
            _without_credentials(f"{url} could not be downloaded: {error}; a mirror can be set with --mirror")
        ) from None
    except ValueError as error:
        if "hash" not in str(error):
            raise FetchError(_without_credentials(f"{url} cannot be downloaded: {error}")) from None
        raise FetchError(
            f"{_without_credentials(url)} is not the file that was pinned: its SHA-256 is not {checksum}; "
            "nothing was kept"
        ) from None


def _without_credentials(text: str) -> str:
    """A text whose addresses name no user and no password."""
    return _CREDENTIALS.sub("***@", text)
