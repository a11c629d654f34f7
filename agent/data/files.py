"""What of a file comes into memory."""

from pathlib import Path

from agent.errors import DataError

MAX_BYTES = 200_000_000
MAX_CELLS = 10_000_000


def read_limited(path: Path, max_bytes: int) -> bytes:
    """The content of a file that is not larger than allowed.

    Raises:
        DataError: no such file, a folder or device, unreadable or too large.
    """
    try:
        if not path.is_file():
            what = "is no file; name a file" if path.exists() else "does not exist"
            raise DataError(f"{path}: {what}")
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None
    if len(content) > max_bytes:
        raise DataError(f"{path}: larger than the limit of {max_bytes:,} bytes; leave out what is not needed")
    return content


def check_cells(cells: int, label: str) -> None:
    """Refuses a table of more cells than fit in memory with comfort.

    Raises:
        DataError: there are more than ten million cells.
    """
    if cells > MAX_CELLS:
        raise DataError(f"{label}: more than {MAX_CELLS:,} cells; leave out the columns that are not needed")
