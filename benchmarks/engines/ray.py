"""Questions on a Ray cluster: that of ``RAY_ADDRESS`` or of this machine, else one started here for the run.

Each worker is an actor with a connection of its own. It reads the settings of the machine it runs on, so that keys
do not travel; Optwright and the questions' data files must be there, too.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from benchmarks.answering import WORKER_LOST, Answer, Setup, Task
from benchmarks.errors import ExtraMissing
from benchmarks.journal import to_json


async def answers(tasks: Sequence[Task], setup: Setup, workers: int) -> AsyncGenerator[Answer]:
    """The answers to `tasks` by at most `workers` actors, each at one task at a time.

    An actor that dies is started anew; the question that it was at yields an error, which a resumed run asks again.

    Raises:
        ExtraMissing: Ray is not installed.
        ConfigError: no question can be answered with the settings of a worker.
    """
    try:
        import ray
    except ImportError:
        raise ExtraMissing("ray", "ray") from None
    is_ours = not ray.is_initialized()
    if is_ours:
        await asyncio.to_thread(_connect, ray, workers)
    actor = ray.remote(max_restarts=-1)(Worker)
    idle = [actor.remote(setup.model_dump_json()) for _ in range(min(workers, len(tasks)))]
    waiting = iter(tasks)
    running: dict[asyncio.Task[Answer], Any] = {}
    try:
        while True:
            for task in waiting if idle else ():
                worker = idle.pop()
                running[asyncio.create_task(_answer(ray, worker, task))] = worker
                if not idle:
                    break
            if not running:
                return
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for finished in done:
                idle.append(running.pop(finished))
                yield finished.result()
    finally:
        for left, worker in running.items():
            left.cancel()
            ray.kill(worker)
        if is_ours:
            await asyncio.to_thread(ray.shutdown)


def _connect(ray: Any, workers: int) -> None:
    try:
        ray.init(address="auto", log_to_driver=False)
    except ConnectionError:  # there is no cluster
        ray.init(address="local", num_cpus=workers, include_dashboard=False, log_to_driver=False)


async def _answer(ray: Any, worker: Any, task: Task) -> Answer:
    try:
        return Answer.model_validate_json(await worker.answer.remote(task.model_dump_json()))
    except ray.exceptions.RayActorError as error:
        return Answer(id=task.id, status="error", error=f"the worker died: {error}", error_kind=WORKER_LOST)


class Worker:
    """What an actor runs; values travel as JSON, so that the two sides need not be of one mind on classes."""

    def __init__(self, setup: str) -> None:
        from agent.llm import connect
        from agent.settings import load
        from benchmarks.experience import opened

        self._setup = Setup.model_validate_json(setup)
        self._library = opened(self._setup.library)
        self._model = connect(load().with_model(self._setup.model))

    async def answer(self, task: str) -> str:
        """The record of one task."""
        from benchmarks.answering import answer

        found = await answer(Task.model_validate_json(task), self._setup, self._model, self._library)
        return to_json(found)
