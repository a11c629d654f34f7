"""A service elsewhere in place of the worker process here: the same task in, the same results out."""

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from solvers.numeric.errors import Refused, Stopped

if TYPE_CHECKING:  # settings name a service without loading what talks to it
    from solvers.numeric.wire import Solved, Task

POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Service:
    """Where smooth models are solved instead of on this machine.

    Attributes:
        url: such as https://numbers.example:8080; see `optwright serve`.
        token: the bearer token, where the service wants one.
    """

    url: str
    token: str | None = field(default=None, repr=False)

    def run(self, task: "Task", *, cancelled: threading.Event | None = None) -> "list[Solved]":
        """The result of each model of a task, as of `WorkerProcess.run`.

        Lost connections and full queues are met by sending the same job again, which is solved once.

        Raises:
            Refused: a model cannot be solved as it stands.
            Stopped: `cancelled` was set; the job is cancelled there, too.
            ServiceError: the service refuses or cannot be reached.
        """
        from solvers.numeric.service import Client

        with Client(self.url, token=self.token) as client:
            job = client.submit(task.models, task.options)
            wanted = cancelled or threading.Event()
            while not job.is_over:
                if wanted.wait(POLL_S):
                    client.cancel(job.id)
                    raise Stopped(is_deadline=False)
                job = client.view(job.id)
        if job.results is None:
            raise Refused(job.error or f"the job was {job.state} at {self.url}")
        return job.results
