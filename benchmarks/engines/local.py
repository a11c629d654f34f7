"""Questions side by side in this process."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, closing

from agent.llm import ChatModel, connect
from agent.llm.progress import RichProgress
from agent.settings import load
from benchmarks.answering import Answer, Setup, Task, answer
from benchmarks.experience import opened
from library import ExperienceLibrary


async def answers(tasks: Sequence[Task], setup: Setup, workers: int) -> AsyncGenerator[Answer]:
    """The answers to `tasks` by the language model of the settings, at most `workers` at a time.

    Raises:
        ConfigError: no question can be answered with these settings.
    """
    library = opened(setup.library)
    settings = load().with_model(setup.model)
    with closing(await asyncio.to_thread(connect, settings, RichProgress())) as model:
        async with aclosing(answers_by(model, library, tasks, setup, workers)) as found:
            async for one in found:
                yield one


async def answers_by(
    model: ChatModel, library: ExperienceLibrary, tasks: Sequence[Task], setup: Setup, workers: int
) -> AsyncGenerator[Answer]:
    """The answers to `tasks` by a language model and a library, at most `workers` at a time."""
    waiting = iter(tasks)
    running: set[asyncio.Task[Answer]] = set()
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
        for under_way in running:
            under_way.cancel()
        await asyncio.gather(*running, return_exceptions=True)
