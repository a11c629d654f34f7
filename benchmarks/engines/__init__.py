"""Where questions are answered: in this process, or on a Ray cluster. Both give the same records."""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from benchmarks.answering import Answer, Setup, Task

__all__ = ["Engine", "engine"]


class Engine(Protocol):
    """Answers tasks side by side and yields each record as it is ready, in any order.

    Closing the iterator stops the work that is under way. A task that fails yields a record that says so.
    """

    def __call__(self, tasks: Sequence[Task], setup: Setup, workers: int) -> AsyncGenerator[Answer]:
        """The answers to `tasks`, at most `workers` at a time."""
        ...


def engine(name: str) -> Engine:
    """The engine of a name: "local" or "ray"."""
    if name == "local":
        from benchmarks.engines.local import answers as here

        return here
    from benchmarks.engines.ray import answers as on_ray

    return on_ray
