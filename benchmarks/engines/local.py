"""Questions side by side in this process."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import closing

from agent.llm import connect
from agent.llm.progress import RichProgress
from agent.settings import load
from benchmarks.answering import Answer, Setup, Task, answer
from benchmarks.experience import opened


async def answers(tasks: Sequence[Task], setup: Setup, workers: int) -> AsyncGenerator[Answer]:
    """The answers to `tasks` by the language model of the settings, at most `workers` at a time.

    Raises:
        ConfigError: no question can be answered with these settings.
    """
    library = opened(setup.library)
    settings = load().with_model(setup.model)
    waiting = iter(tasks)
    running: set[asyncio.Task[Answer]] = set()
    with closing(await asyncio.to_thread(connect, settings, RichProgress())) as model:
        try:
            while True:
                for task in waiting:
                    running.add(asyncio.create_task(answer(task, setup, model, library)))
                    if len(running) >= workers:
                        break
                if not running:
                    return
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for finished in done:
                    yield finished.result()
        finally:
            for task_under_way in running:
                task_under_way.cancel()
            await asyncio.gather(*running, return_exceptions=True)
