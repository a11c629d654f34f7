"""The private event loop."""

import asyncio
import gc
import threading

import pytest

from agent.llm.background import BackgroundLoop


async def thread_name() -> str:
    return threading.current_thread().name


def test_work_runs_on_the_named_thread() -> None:
    loop = BackgroundLoop("bg")
    assert loop.run(thread_name()) == "bg"
    loop.close()


def test_errors_come_back() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    loop = BackgroundLoop("bg")
    with pytest.raises(ZeroDivisionError):
        loop.run(fail())
    loop.close()


async def test_cancelling_the_waiter_cancels_the_work() -> None:
    ended = threading.Event()

    async def endless() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    loop = BackgroundLoop("bg")
    waiter = asyncio.create_task(loop.arun(endless()))
    await asyncio.sleep(0.05)
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    assert ended.wait(1)
    loop.close()


def test_the_thread_ends_with_the_object() -> None:
    loop = BackgroundLoop("bg-collected")
    loop.run(thread_name())
    del loop
    gc.collect()
    assert "bg-collected" not in {thread.name for thread in threading.enumerate()}


def test_closing_twice_and_unstarted() -> None:
    loop = BackgroundLoop("bg")
    loop.close()
    assert loop.run(thread_name()) == "bg"
    loop.close()
    loop.close()
