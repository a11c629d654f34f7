"""An event loop on a thread of its own.

An asynchronous HTTP client belongs to the event loop that first used it. The models here are called from
threads and from event loops that come and go (each ``asyncio.run`` is one), so their client lives on one
private loop, and both the blocking and the asynchronous call hand their work to it. That also gives the
blocking call what blocking sockets cannot: a limit on its whole duration, and an end at Ctrl-C.
"""

import asyncio
import concurrent.futures
import threading
import weakref
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

WIND_UP_S = 5.0
T = TypeVar("T")
Farewell = Callable[[], Awaitable[None]]


class BackgroundLoop:
    """Runs coroutines on a daemon thread that starts with the first of them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._farewells: list[Farewell] = []
        self._finalizer: weakref.finalize[Any, Any] | None = None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The coroutine's result; blocks."""
        future = self._submit(work)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    async def arun(self, work: Coroutine[Any, Any, T]) -> T:
        """The coroutine's result, awaited from any event loop; cancellation reaches the coroutine."""
        return await asyncio.wrap_future(self._submit(work))

    def before_end(self, farewell: Farewell) -> None:
        """Has ``farewell`` awaited before the thread ends: by ``close``, with this object or the process.

        Called by work that runs on the loop; ``farewell`` must not refer to this object.
        """
        self._farewells.append(farewell)

    def close(self) -> None:
        """Cancels what still runs and ends the thread; a later call starts a new one.

        Work that blocks the loop is waited for some seconds and then left to its daemon thread.
        """
        with self._lock:
            finalizer, self._finalizer, self._loop = self._finalizer, None, None
            self._farewells = []
        if finalizer is not None:
            finalizer()

    def _submit(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                thread = threading.Thread(target=_serve, args=(self._loop,), name=self._name, daemon=True)
                thread.start()
                self._finalizer = weakref.finalize(self, _stop, self._loop, thread, self._farewells)
            return asyncio.run_coroutine_threadsafe(work, self._loop)


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()


def _stop(loop: asyncio.AbstractEventLoop, thread: threading.Thread, farewells: list[Farewell]) -> None:
    async def wind_up() -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for farewell in farewells:
            await farewell()
        await loop.shutdown_asyncgens()

    if threading.current_thread() is thread:
        # The garbage collector found the owner while on this very thread, which cannot wait for itself.
        loop.call_soon(loop.stop)
        return
    try:
        asyncio.run_coroutine_threadsafe(wind_up(), loop).result(WIND_UP_S)
    except TimeoutError:  # work that blocks the loop cannot be ended; its thread ends with the process
        return
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
