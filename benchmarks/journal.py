"""An append-only file of records, each on disk before the next begins; a line torn by a crash costs that line only."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from benchmarks.errors import StorageError

Item = TypeVar("Item", bound=BaseModel)


def to_json(record: BaseModel) -> str:
    """A record as one line; unlike pydantic's own JSON it keeps NaN and infinity, which engines may give.

    A lone surrogate, which a reply may hold and no file can, becomes a question mark.
    """
    text = json.dumps(record.model_dump(mode="json"), ensure_ascii=False)
    return text.encode(errors="replace").decode()


class Journal(Generic[Item]):
    """Records of one kind in a JSON Lines file; one process writes it at a time."""

    def __init__(self, path: Path, kind: type[Item]) -> None:
        """The journal at `path`, which is created by the first record."""
        self.path = path
        self._kind = kind

    def __iter__(self) -> Iterator[Item]:
        """The records in the order in which they were written; unreadable lines are passed over."""
        try:
            with self.path.open("rb") as stream:
                for line in stream:
                    try:
                        yield self._kind.model_validate_json(line)
                    except ValidationError:  # torn by a crash, or by a full disk
                        continue
        except FileNotFoundError:
            return

    def append(self, record: Item) -> None:
        """Put a record on disk, and wait until it is there.

        Raises:
            StorageError: the disk is full or the file cannot be written; the records before stay readable.
        """
        line = to_json(record) + "\n"
        try:
            with self.path.open("ab+") as stream:
                if stream.tell() and not self._ends_whole():
                    stream.write(b"\n")
                stream.write(line.encode())
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise StorageError(
                f"{self.path} cannot take another record: {error.strerror}; make room and run the command again: "
                "what was written stays"
            ) from None

    def _ends_whole(self) -> bool:
        with self.path.open("rb") as stream:
            stream.seek(-1, os.SEEK_END)
            return stream.read(1) == b"\n"
