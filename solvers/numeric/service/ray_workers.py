"""Workers as actors of a Ray cluster, each with the share of a GPU that it is told to have.

Optwright must be installed on the cluster's machines. Tasks and replies travel as JSON, so that the two sides need
not be of one mind on classes. An actor is killed at a deadline or when its job is no longer wanted.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from solvers.numeric.errors import Refused, Stopped, WorkerLost
from solvers.numeric.process import COMPILE_GRACE_S, ENVIRONMENT, GRACE_S
from solvers.numeric.service.config import ConfigProblem
from solvers.numeric.wire import Reply, Task, Told

LOCAL = "local"
"""The address of a cluster that is started on this machine, for this service."""
START_LIMIT_S = 120.0
"""Seconds that the cluster may take to place and start an actor."""
POLL_S = 0.05


@contextmanager
def cluster(address: str, workers: int) -> Iterator[None]:
    """A connection to a Ray cluster; one that this process already has is used, and left as it is.

    Args:
        address: as of `ray.init`, such as auto or ray://host:10001; or local.
        workers: processors of a cluster that is started here.

    Raises:
        ConfigProblem: Ray is not installed, or there is no cluster.
    """
    try:
        import ray
    except ImportError:
        raise ConfigProblem('workers on Ray need it: pip install "optwright[ray]"') from None
    if ray.is_initialized():
        yield
        return
    own = {"num_cpus": workers, "include_dashboard": False} if address == LOCAL else {}
    try:
        ray.init(address=address, log_to_driver=False, **own)
    except Exception as error:  # Ray raises bare ones, too
        raise ConfigProblem(f"there is no Ray cluster at {address}: {error}") from None
    try:
        yield
    finally:
        ray.shutdown()


class RayWorker:
    """A `Worker` that is an actor."""

    pid = None

    def __init__(self, gpus: float = 0.0) -> None:
        """Nothing is placed yet; the cluster must be connected before the first task."""
        self._gpus = gpus
        self._actor: Any = None
        self._lock = threading.Lock()

    def answer(
        self,
        task: Task,
        *,
        on_progress: Callable[[Told], None] | None = None,
        cancelled: threading.Event | None = None,
    ) -> Reply:
        """As of `Worker`."""
        from ray.exceptions import RayError

        with self._lock:
            try:
                self._start(cancelled)
                limit = min(options.time_limit_s for options in task.options)
                deadline = time.monotonic() + limit + GRACE_S + COMPILE_GRACE_S
                wanted = self._actor.answer.remote(task.model_dump_json())
                reply = Reply.model_validate_json(self._awaited(wanted, deadline, cancelled, on_progress))
            except RayError as error:
                self.close()
                raise WorkerLost(f"the worker on Ray was lost; send the job again. {error}"[:1_000]) from None
        if reply.error is not None:
            raise Refused(reply.error)
        return reply

    def close(self) -> None:
        """Kill the actor; a later task starts another."""
        import ray

        actor, self._actor = self._actor, None
        if actor is not None and ray.is_initialized():
            ray.kill(actor)

    def _start(self, cancelled: threading.Event | None) -> None:
        """See to an actor that runs: the one of the last task, or where that is gone a new one."""
        from ray.exceptions import RayActorError

        if self._actor is not None:
            try:
                self._reached(cancelled)
                return
            except RayActorError:  # its machine went while nobody needed it
                self._actor = None
        self._actor = self._placed()
        self._reached(cancelled)

    def _placed(self) -> Any:
        """A new actor, which runs once the cluster has room for it."""
        import ray

        kind = ray.remote(
            num_cpus=1,
            num_gpus=self._gpus,
            max_concurrency=2,  # so that it tells how far it is
            runtime_env={"env_vars": ENVIRONMENT},
        )(Actor)
        return kind.remote()

    def _reached(self, cancelled: threading.Event | None) -> None:
        """Wait until the actor answers."""
        try:
            self._awaited(self._actor.told.remote(), time.monotonic() + START_LIMIT_S, cancelled, None)
        except Stopped as stopped:
            if not stopped.is_deadline:
                raise
            raise WorkerLost(
                f"the Ray cluster started no worker within {START_LIMIT_S:g} seconds; each takes 1 CPU and "
                f"{self._gpus:g} GPUs: lower the number of workers or their share of GPUs, or enlarge the cluster"
            ) from None

    def _awaited(
        self,
        wanted: Any,
        deadline: float,
        cancelled: threading.Event | None,
        on_progress: Callable[[Told], None] | None,
    ) -> Any:
        """What a call of the actor gives; the actor is killed when that is no longer wanted, or too late."""
        import ray

        asked, heard = None, None
        while True:
            if ray.wait([wanted], timeout=POLL_S)[0]:
                return ray.get(wanted)
            if cancelled is not None and cancelled.is_set():
                self.close()
                raise Stopped(is_deadline=False)
            if time.monotonic() >= deadline:
                self.close()
                raise Stopped(is_deadline=True)
            if on_progress is None:
                continue
            asked = asked or self._actor.told.remote()
            if ray.wait([asked], timeout=0)[0]:
                told, asked = ray.get(asked), None
                if told is not None and told != heard:
                    heard = told
                    on_progress(Told.model_validate_json(told))


class Actor:
    """What runs on the cluster: the job body, and how far it is."""

    def __init__(self) -> None:
        self._told: str | None = None

    def answer(self, task: str) -> str:
        """The reply to a task."""
        from solvers.numeric.tasks import answered

        self._told = None

        def tell(told: Told) -> None:
            self._told = told.model_dump_json()

        return answered(task, tell).model_dump_json(exclude_none=True)

    def told(self) -> str | None:
        """How far the task is that runs."""
        return self._told
