"""Work of an event loop that any thread may stop."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass
class Stoppable:
    """Work that can be stopped whether it is at work or has not begun.

    Attributes:
        is_stopped: whether it was told to end; it may still be on its way to that.
    """

    is_stopped: bool = field(default=False, init=False)
    _task: "asyncio.Task[None] | None" = field(default=None, init=False, repr=False)

    def stop(self) -> None:
        """End it, as soon as it lets itself be ended."""
        self.is_stopped = True
        if self._task is not None:
            with suppress(RuntimeError):  # its loop is closed: it has ended
                self._task.get_loop().call_soon_threadsafe(self._task.cancel)

    def enter(self) -> None:
        """Called by the work's own task before all else.

        Raises:
            CancelledError: it was stopped before it began.
        """
        self._task = asyncio.current_task()
        if self.is_stopped:
            raise asyncio.CancelledError
