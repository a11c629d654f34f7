"""Bars on standard error: of downloads, and of runs with their running score."""

from types import TracebackType
from typing import Self

from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from agent.cli import terminal


class DownloadBar:
    """A download as a bar, told in the words of pooch's progress protocol."""

    def __init__(self, name: str) -> None:
        self.total: int | None = None
        self._name = name
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), DownloadColumn(), console=terminal.err()
        )
        self._task: TaskID | None = None

    def update(self, amount: int) -> None:
        """So many bytes more came."""
        if self._task is None:
            self._bar.start()
            self._task = self._bar.add_task(self._name, total=self.total)
        self._bar.advance(self._task, amount)

    def reset(self) -> None:
        """The bytes start from zero."""
        if self._task is not None:
            self._bar.reset(self._task, total=self.total)

    def close(self) -> None:
        """It is over."""
        self._bar.stop()


class ScoreBar:
    """How many items are done, and how many of them are right, or accepted, so far."""

    def __init__(
        self, name: str, total: int, done: int, right: int, word: str = "right", *, is_quiet: bool
    ) -> None:
        self._right, self._done, self._word = right, done, word
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[score]}"),
            TimeRemainingColumn(),
            console=terminal.err(),
            disable=is_quiet,
        )
        self._task = self._bar.add_task(name, total=total, completed=done, score=self._score())

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def show(self, is_right: bool) -> None:
        """One more item."""
        self._done, self._right = self._done + 1, self._right + is_right
        self._bar.update(self._task, advance=1, score=self._score())

    def _score(self) -> str:
        return f"{self._right / self._done:.1%} {self._word}" if self._done else ""
