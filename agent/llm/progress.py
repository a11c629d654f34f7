"""How a long download tells how far it is."""

from typing import Protocol


class Progress(Protocol):
    """Told by the download, shown by whoever started it; called from one thread."""

    def start(self, what: str, total_bytes: int, done_bytes: int) -> None:
        """A download begins, or goes on where it was left."""

    def advance(self, done_bytes: int) -> None:
        """So much of it is there."""

    def stop(self) -> None:
        """It has ended, well or not."""
