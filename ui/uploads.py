"""Uploaded files become tables in the data layer, and nowhere else."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from agent.data import Table, Tables, load
from agent.errors import DataError

ENDINGS = ("csv", "tsv", "txt", "xlsx", "xlsm", "json", "jsonl", "ndjson")
MAX_MEGABYTES = 25
PREVIEW_ROWS = 50


class Uploaded(Protocol):
    """A file as the browser sent it."""

    name: str

    def getvalue(self) -> bytes:
        """Its content."""
        ...


def tables_of(files: Sequence[Uploaded]) -> Tables:
    """The tables in uploaded files.

    Raises:
        DataError: a file is too large or cannot be read; the text names it and the place in it.
    """
    with tempfile.TemporaryDirectory(prefix="optwright-upload-") as folder:
        paths = []
        for number, file in enumerate(files):
            if len(file.getvalue()) > MAX_MEGABYTES * 1_000_000:
                raise DataError(
                    f"{file.name}: larger than {MAX_MEGABYTES} MB; leave out what is not needed, or use "
                    "`optwright solve --data`, which takes larger files"
                )
            path = Path(folder, str(number), Path(file.name).name or "data")
            path.parent.mkdir()
            path.write_bytes(file.getvalue())
            paths.append(path)
        try:
            return load(paths) if paths else Tables()
        except DataError as error:  # the temporary folder is none of the user's
            text = str(error)
            for path in paths:
                text = text.replace(str(path), path.name)
            raise DataError(text) from None


def preview(table: Table) -> list[dict[str, object]]:
    """The first rows of a table, as text where a column is text."""
    shown = min(table.rows, PREVIEW_ROWS)
    return [{column.title: column.cells[row] for column in table.columns} for row in range(shown)]
