"""Where a service's jobs are done: in worker processes of this machine, or in actors of a Ray cluster."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Protocol

from solvers.numeric.process import WorkerProcess
from solvers.numeric.service.config import ServiceConfig
from solvers.numeric.wire import Reply, Task, Told


class Worker(Protocol):
    """Does one task at a time and keeps what it has compiled; started on the first task, and anew once it is lost."""

    @property
    def pid(self) -> int | None:
        """Of its process, where that runs on this machine."""

    def answer(
        self,
        task: Task,
        *,
        on_progress: Callable[[Told], None] | None = None,
        cancelled: threading.Event | None = None,
    ) -> Reply:
        """The last reply to a task: results of its models, or of its fit.

        Raises:
            Refused: a model cannot be solved as it stands.
            Stopped: at the deadline, or when `cancelled` was set; whatever it was doing, it was killed.
            WorkerLost: the worker ended by itself.
        """

    def close(self) -> None:
        """End it."""


@contextmanager
def workers_of(config: ServiceConfig) -> Iterator[list[Worker]]:
    """The workers that a service is told to have, until they are no longer needed.

    Raises:
        ConfigProblem: they should be on Ray, which is not installed or cannot be reached.
    """
    with ExitStack() as stack:
        if config.ray is None:
            local = [stack.enter_context(closing(WorkerProcess())) for _ in range(config.workers)]
            yield list(local)
            return
        from solvers.numeric.service.ray_workers import RayWorker, cluster

        stack.enter_context(cluster(config.ray, config.workers))
        actors = [stack.enter_context(closing(RayWorker(config.worker_gpus))) for _ in range(config.workers)]
        yield list(actors)
