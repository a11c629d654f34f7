"""The question of a command line: a text, the path of a file that holds it, or ``-`` for standard input."""

import re
import sys
from pathlib import Path

from agent.errors import QuestionError

MAX_BYTES = 10_000_000
"""More is no question; `intake` has the closer limit, in characters."""
_ENDS_AS_FILE = re.compile(r"\S+\.(txt|md|text|tex|rst|csv|json|xlsx|pdf|docx?)", re.IGNORECASE)


def read_question(argument: str) -> str:
    """The question that an argument gives.

    Raises:
        QuestionError: it names a folder or a missing file, or what it names cannot be read as text.
    """
    if argument == "-":
        return _decoded(sys.stdin.buffer.read(MAX_BYTES + 1), "standard input")
    if not argument.strip():  # the empty path would be this folder
        return argument
    path = Path(argument)
    try:
        if path.is_file():
            return _decoded(_start_of(path), str(path))
        if path.is_dir():
            raise QuestionError(f"{path} is a folder; name a file in it, or give the question as text")
    except OSError as error:
        if _looks_like_path(argument):
            raise QuestionError(f"{argument[:200]} cannot be read: {error.strerror}") from None
    if _looks_like_path(argument):
        raise QuestionError(
            f"there is no file {argument[:200]}; name an existing file, or give the question as text"
        )
    return argument


def _looks_like_path(argument: str) -> bool:
    """Whether an argument that is no file was meant as one: without blanks, with a slash or ending."""
    if re.search(r"\s", argument):
        return False
    return "/" in argument or "\\" in argument or _ENDS_AS_FILE.fullmatch(argument) is not None


def _start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _decoded(data: bytes, name: str) -> str:
    if len(data) > MAX_BYTES:
        raise QuestionError(
            f"{name} has more than {MAX_BYTES:,} bytes; put tables into files and pass them with --data"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise QuestionError(
            f"{name} is no text in UTF-8 (byte {error.start + 1}); save it as plain text"
        ) from None
