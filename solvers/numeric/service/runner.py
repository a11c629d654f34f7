"""The threads of a service: take jobs, have workers solve them, keep the results, tell who listens."""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack

from solvers.errors import ModelError, SolversError
from solvers.numeric.errors import Refused, Stopped, WorkerLost
from solvers.numeric.process import usable_cores
from solvers.numeric.service.config import ServiceConfig
from solvers.numeric.service.metrics import Metrics
from solvers.numeric.service.queue import FairQueue, Ticket, group_of
from solvers.numeric.service.schema import State
from solvers.numeric.service.store import Job, Store
from solvers.numeric.service.workers import Worker, workers_of
from solvers.numeric.wire import Reply, Task, Told

_logger = logging.getLogger(__name__)
Listener = Callable[[], None]


class Runner:
    """Threads with a worker each. `start` begins where the last run of the service ended."""

    def __init__(self, config: ServiceConfig, store: Store, metrics: Metrics) -> None:
        """Nothing is started yet."""
        self._config, self._store, self.metrics = config, store, metrics
        self.queue = FairQueue(config.queue_limit, config.most_coalesced)
        self._workers: list[Worker] = []
        self._processes = usable_cores() if config.workers == 1 and config.ray is None else 1
        self._open = ExitStack()
        self._threads: list[threading.Thread] = []
        self._running: dict[str, Ticket] = {}
        self._progress: dict[str, Told] = {}
        self._listeners: dict[str, list[Listener]] = defaultdict(list)
        self._lock = threading.Lock()
        self._is_closing = False

    def start(self) -> None:
        """Start the threads, after what was waiting when the service ended waits again.

        Raises:
            ConfigProblem: the workers cannot be had where they should be.
        """
        self._workers = self._open.enter_context(workers_of(self._config))
        for job in self._store.waiting():
            self.submit(job)
        for worker in self._workers:
            thread = threading.Thread(target=self._serve, args=(worker,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def close(self) -> None:
        """Stop; jobs that run are stopped, too, and wait for the next start of the service."""
        self._is_closing = True
        self.queue.close()
        with self._lock:
            for ticket in self._running.values():
                ticket.cancelled.set()
        for thread in self._threads:
            thread.join()
        self._open.close()

    def worker_pids(self) -> list[int]:
        """Of the worker processes that run on this machine."""
        return [worker.pid for worker in self._workers if worker.pid is not None]

    def submit(self, job: Job) -> None:
        """Queue a job, or end it at once where its models cannot be solved."""
        try:
            self.queue.put(Ticket(job, group_of(job, self._config.nl_limits)))
        except ModelError as error:
            self._end(job.id, "failed", error=str(error))

    def cancel(self, name: str) -> None:
        """End a job, wherever it is."""
        self.queue.drop(name)
        self._end(name, "cancelled")
        with self._lock:
            if name in self._running:
                self._running[name].cancelled.set()

    def progress(self, name: str) -> Told | None:
        """How far a running job is."""
        return self._progress.get(name)

    def listen(self, name: str, listener: Listener) -> Callable[[], None]:
        """Call a listener whenever a job changes; gives a function that ends that."""
        with self._lock:
            self._listeners[name].append(listener)

        def leave() -> None:
            with self._lock:
                self._listeners[name].remove(listener)
                if not self._listeners[name]:
                    del self._listeners[name]

        return leave

    def _serve(self, worker: Worker) -> None:
        while tickets := self.queue.take():
            try:
                self._run(worker, tickets)
            except Exception:  # a full disk, say: this thread must go on to serve the others
                _logger.exception("a job could not be run")
                for ticket in tickets:
                    self._end(ticket.job.id, "failed", error="the service failed; its log says how")

    def _run(self, worker: Worker, tickets: list[Ticket]) -> None:
        live = [ticket for ticket in tickets if self._store.set_running(ticket.job.id)]
        if not live:
            return
        with self._lock:
            self._running |= {ticket.job.id: ticket for ticket in live}
        begun = time.monotonic()
        try:
            self._solve(worker, live)
        finally:
            seconds = (time.monotonic() - begun) / len(live)
            with self._lock:
                for ticket in live:
                    self._running.pop(ticket.job.id, None)
            for ticket in live:
                self._progress.pop(ticket.job.id, None)
                self.queue.charge(ticket.job.owner, seconds)

    def _solve(self, worker: Worker, tickets: list[Ticket]) -> None:
        """Solve jobs as one batch; if that fails, each on its own, so that none suffers for another."""
        if len(tickets) == 1 and tickets[0].cancelled.is_set():
            self._failed(tickets[0], Stopped(is_deadline=False))
            return
        requests = [ticket.job.request for ticket in tickets]
        config = self._config
        task = Task(
            models=[text for request in requests for text in request.models],
            options=[
                options.model_copy(
                    update={"time_limit_s": min(options.time_limit_s, config.most_time_limit_s)}
                )
                for request in requests
                for options in request.options_of_each()
            ],
            variants=requests[0].variants,
            fit=requests[0].fit,
            transport=requests[0].transport,
            cache_folder=None if config.cache_folder is None else str(config.cache_folder),
            processes=self._processes,
            memory_limit_bytes=config.memory_limit_bytes,
        )
        cancelled = (
            tickets[0].cancelled if len(tickets) == 1 else _All([ticket.cancelled for ticket in tickets])
        )
        try:
            reply = worker.answer(
                task, on_progress=lambda told: self._tell(tickets, told), cancelled=cancelled
            )
        except (Refused, Stopped, WorkerLost) as error:
            if len(tickets) > 1:
                for ticket in tickets:
                    self._solve(worker, [ticket])
                return
            self._failed(tickets[0], error)
            return
        self.metrics.batch_size.observe(len(tickets))
        self._deliver(tickets, reply)

    def _deliver(self, tickets: list[Ticket], reply: Reply) -> None:
        if reply.results is None:  # of a fit or a transport, which goes alone
            self._end(tickets[0].job.id, "done", reply=reply)
            return
        place = 0
        for ticket in tickets:
            count = ticket.job.request.result_count
            self._end(ticket.job.id, "done", reply=Reply(results=reply.results[place : place + count]))
            place += count

    def _failed(self, ticket: Ticket, error: SolversError) -> None:
        if isinstance(error, Stopped) and not error.is_deadline:
            if not self._is_closing:
                self._end(ticket.job.id, "cancelled")
            return  # a job that the service's own end stopped is still "running" on disk, and will wait again
        self._end(ticket.job.id, "failed", error=str(error))

    def _tell(self, tickets: list[Ticket], told: Told) -> None:
        for ticket in tickets:
            self._progress[ticket.job.id] = told
            self._notify(ticket.job.id)

    def _end(self, name: str, state: State, *, reply: Reply | None = None, error: str | None = None) -> None:
        if self._store.finish(name, state, reply=reply, error=error):
            self.metrics.jobs.labels(state=state).inc()
        self._notify(name)

    def _notify(self, name: str) -> None:
        with self._lock:
            listeners = list(self._listeners.get(name, ()))
        for listener in listeners:
            listener()


class _All(threading.Event):
    """Set when all of some events are."""

    def __init__(self, events: list[threading.Event]) -> None:
        super().__init__()
        self._events = events

    def is_set(self) -> bool:
        return all(event.is_set() for event in self._events)
