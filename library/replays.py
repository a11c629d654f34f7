"""Attempts that are paid for once: every result is in the store's journal before it is used."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from library.protocol import Advice, Ask, Attempt, Solver
from library.store import Store


class Replays:
    """The attempts of one run, side by side up to a limit.

    An attempt is known by its question, its seed and the advice it was given: the runs without an insight are
    shared by all that are compared with them, and a run that was interrupted goes on where it was.
    """

    def __init__(self, store: Store, run: str, solver: Solver, workers: int) -> None:
        self._store, self._run, self._solver = store, run, solver
        self._gate = asyncio.Semaphore(workers)
        self._known = store.recall(run)
        self._waiting: dict[str, asyncio.Task[Attempt]] = {}
        self._saving: set[asyncio.Task[None]] = set()

    async def attempt(self, question: str, advice: Sequence[Advice], seed: int) -> Attempt:
        """One try at a question with this advice."""
        key = _key(question, advice, seed)
        if key in self._known:
            return Attempt.model_validate(self._known[key])
        if key not in self._waiting:
            self._waiting[key] = asyncio.create_task(self._fresh(key, question, advice, seed))
        return await self._waiting[key]

    async def _fresh(self, key: str, question: str, advice: Sequence[Advice], seed: int) -> Attempt:
        async with self._gate:
            found = await self._solver.attempt(question, advice, seed)
        await self._kept(key, found.model_dump(mode="json"))
        return found

    def remembering(self, ask: Ask) -> Ask:
        """`ask`, whose replies are kept as well."""

        async def asked(instruction: str, data: Mapping[str, str], **options: Any) -> str:
            key = f"ask:{digest(instruction, *data.values(), str(options.get('seed', 0)))}"
            if key not in self._known:
                await self._kept(key, await ask(instruction, data, **options))
            return str(self._known[key])

        return asked

    async def _kept(self, key: str, value: object) -> None:
        saving = asyncio.create_task(self.keep(key, value))
        self._saving.add(saving)
        await asyncio.shield(saving)  # what was paid for is kept, also where the run is being stopped
        self._saving.discard(saving)

    def known(self, key: str) -> object | None:
        """What was kept under a key in this run, now or before it was interrupted."""
        return self._known.get(key)

    async def keep(self, key: str, value: object) -> None:
        """Keep a result (JSON) of this run under a key."""
        await asyncio.to_thread(self._store.note, self._run, key, value)
        self._known[key] = value

    async def close(self) -> None:
        """Stop what is under way, and keep what has come."""
        for task in self._waiting.values():
            task.cancel()
        await asyncio.gather(*self._waiting.values(), *self._saving, return_exceptions=True)


def _key(question: str, advice: Sequence[Advice], seed: int) -> str:
    parts = [question, *(f"{a.condition}\0{a.explanation}\0{a.example}" for a in advice)]
    return f"try:{digest(*parts)}:{seed}"


def digest(*parts: str) -> str:
    """What stands for some texts in a key."""
    return hashlib.sha256("\1".join(parts).encode()).hexdigest()[:24]
