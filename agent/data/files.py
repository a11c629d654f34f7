"""Reading a file's bytes within limits."""

from pathlib import Path

from agent.errors import DataError

MAX_BYTES = 200_000_000
MAX_CELLS = 10_000_000


def read_limited(path: Path, label: str, max_bytes: int) -> bytes:
    """The content of a file that is not larger than allowed.

    Raises:
        DataError: no such file, a folder, unreadable or too large.
    """
    try:
        if not path.is_file():
            what = "is a folder; name the files in it" if path.is_dir() else "does not exist"
            raise DataError(f"{path}: {what}")
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None
    if len(content) > max_bytes:
        raise DataError(
            f"{label}: larger than the limit of {max_bytes:,} bytes; leave out what is not needed"
        )
    return content


def check_cells(cells: int, label: str) -> None:
    """Refuses a table of more cells than fit in memory with comfort.

    Raises:
        DataError: there are more than ten million cells.
    """
    if cells > MAX_CELLS:
        raise DataError(f"{label}: more than {MAX_CELLS:,} cells; leave out the columns that are not needed")
