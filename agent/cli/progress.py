"""What is going on, on standard error: the nodes of a run as they come and go, and the steps of a tuning."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.status import Status

from agent.cli import terminal
from agent.events import NodeEvent

if TYPE_CHECKING:
    from agent.workflow.records import Run, Verdict

_WORTH_A_LINE_S = 0.2


class NodeProgress:
    """Shows node events while its block lasts."""

    def __init__(self, *, is_quiet: bool) -> None:
        """Shows nothing where `is_quiet`, or where standard error is no terminal."""
        self._console = terminal.err()
        self._status: Status | None = None
        if self._console.is_terminal and not is_quiet:
            self._status = Status("starting", console=self._console)

    def __enter__(self) -> Self:
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def show(self, event: NodeEvent) -> None:
        """The node at work as a spinner; a finished one as a line, if there is news in it."""
        if self._status is None:
            return
        if event.kind == "started":
            self._status.update(terminal.plain(event.words))
        elif event.note or event.seconds >= _WORTH_A_LINE_S:
            line = f"{event.words:<30} {event.seconds:6.1f} s  {event.note}".rstrip()
            self._console.print(terminal.plain(line, "dim"), overflow="ellipsis", no_wrap=True)


class StepProgress:
    """Tells each verdict of a tuning as a line, and on a terminal how many runs were made."""

    def __init__(self, *, is_quiet: bool) -> None:
        """Tells nothing where `is_quiet`."""
        self._console = terminal.err()
        self._is_quiet = is_quiet
        self._runs = 0

    def __call__(self, event: "Run | Verdict") -> None:
        """Tells of a run or a verdict."""
        from agent.workflow.records import Verdict

        if self._is_quiet:
            return
        if isinstance(event, Verdict):
            who = "" if event.candidate is None else f" candidate {event.candidate}"
            line = f"step {event.step + 1}: {event.status}{who}: {event.reason}"
            self._console.print(terminal.plain(line), soft_wrap=True)
            return
        self._runs += 1
        if self._console.is_terminal:
            self._console.print(terminal.plain(f"{self._runs} runs", "dim"), end="\r")
