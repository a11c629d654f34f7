"""How a long download tells how far it is."""

from typing import Protocol

import rich.progress
from rich.console import Console


class Progress(Protocol):
    """Told by the download, shown by whoever started it; called from one thread."""

    def start(self, what: str, total_bytes: int, done_bytes: int) -> None:
        """A download begins, or goes on where it was left."""

    def update(self, done_bytes: int) -> None:
        """So many bytes of it are there."""

    def stop(self) -> None:
        """It has ended, well or not."""


class Silence:
    """A ``Progress`` that shows nothing."""

    def start(self, what: str, total_bytes: int, done_bytes: int) -> None:
        """Shows nothing."""

    def update(self, done_bytes: int) -> None:
        """Shows nothing."""

    def stop(self) -> None:
        """Shows nothing."""


class RichProgress:
    """A ``Progress`` that draws a bar on a terminal, and prints its beginning and end elsewhere."""

    def __init__(self, console: Console | None = None) -> None:
        """Draws on ``console``; default: standard error."""
        self._console = console or Console(stderr=True)
        self._bar: rich.progress.Progress | None = None
        self._task = rich.progress.TaskID(0)

    def start(self, what: str, total_bytes: int, done_bytes: int) -> None:
        """Draws the bar."""
        self.stop()
        self._bar = rich.progress.Progress(
            rich.progress.TextColumn("{task.description}"),
            rich.progress.BarColumn(),
            rich.progress.DownloadColumn(),
            rich.progress.TransferSpeedColumn(),
            rich.progress.TimeRemainingColumn(),
            console=self._console,
        )
        self._task = self._bar.add_task(what, total=total_bytes, completed=done_bytes)
        self._bar.start()

    def update(self, done_bytes: int) -> None:
        """Moves the bar."""
        if self._bar is not None:
            self._bar.update(self._task, completed=done_bytes)

    def stop(self) -> None:
        """Leaves the bar as it is."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
