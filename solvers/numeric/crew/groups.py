"""Groups of lanes that take their steps side by side: in this process, and in workers that take a share of them.

Which lane takes which start is decided here and nowhere else, after every group has told, so that the answers do not
depend on how many workers there are, nor on when they are ready.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from solvers.numeric.cache import Program
from solvers.numeric.crew.group import Group, Leaves
from solvers.numeric.crew.pool import LaneWorker
from solvers.numeric.errors import WorkerLost
from solvers.numeric.kernels.state import Answer

GRACE_S = 1.0
"""Seconds beyond the deadline that a worker has for the steps that it is at, before it is killed."""
SILENCE_S, SILENCE_TIMES = 60.0, 10.0
"""A worker is taken for stuck, and killed, after so many seconds, if this process took less than a tenth of them."""


class Groups:
    """The groups of one run."""

    def __init__(self, program: Program, width: int, count: int, workers: Sequence[LaneWorker]) -> None:
        """All groups are of this process, until workers have the program."""
        self._program = program
        self._parts = [slice(place * width, (place + 1) * width) for place in range(count)]
        self._groups: list[Group | _Lent] = [Group(program) for _ in self._parts]
        self._workers = list(enumerate(workers, 1))
        self._shares = len(workers) + 1
        self.lanes = width * count
        self.processes = 1

    def step(
        self, inputs: Callable[[slice], Leaves], is_live: Any, fresh: Any, deadline: float
    ) -> Iterator[tuple[slice, Answer]]:
        """Take the live lanes some sweeps further, and give what those of each group have found.

        Groups without a live lane rest. A group that is not given was lost with its worker, or not reached in time;
        its lanes must start anew.

        Args:
            inputs: of the lanes of a part: what their program takes, besides the state.
            is_live: which lanes are searching.
            fresh: which of them start.
            deadline: on `time.monotonic()`.
        """
        self._hand_out()
        begun = time.monotonic()
        live = [place for place, part in enumerate(self._parts) if is_live[part].any()]
        for place in live:
            part = self._parts[place]
            self._groups[place].send(inputs(part) if fresh[part].any() else None, fresh[part])
        for place in sorted(live, key=self._is_lent):  # one's own first: workers are at theirs meanwhile
            group, now = self._groups[place], time.monotonic()
            if isinstance(group, Group):
                if now < deadline:
                    yield self._parts[place], group.receive()
                continue
            patience = max(SILENCE_S, SILENCE_TIMES * (now - begun))
            try:
                yield self._parts[place], group.receive(min(patience, deadline + GRACE_S - now))
            except WorkerLost:
                self._groups[place] = Group(self._program)

    def _hand_out(self) -> None:
        """Give the workers that have come to hold the program their shares, as they stand."""
        ready = [(number, worker) for number, worker in self._workers if worker.has(self._program)]
        for number, worker in ready:
            self._workers.remove((number, worker))
            self.processes += 1
            for place in range(number, len(self._groups), self._shares):
                group = self._groups[place]
                assert isinstance(group, Group)
                self._groups[place] = _Lent(worker, place, group)

    def _is_lent(self, place: int) -> bool:
        return isinstance(self._groups[place], _Lent)


class _Lent:
    """A group that a worker takes further. What a lost worker was told is lost, too, and is missed on receipt."""

    def __init__(self, worker: LaneWorker, place: int, group: Group) -> None:
        self._worker, self._place, self._inputs = worker, place, group.inputs
        told = _named("input", group.inputs) | _named("state", group.state)
        with contextlib.suppress(WorkerLost):
            worker.tell(told, take=place, program=group.program.name)

    def send(self, inputs: Leaves | None, fresh: Any) -> None:
        """Have the worker begin; of the inputs only what differs travels."""
        changed = {
            f"input{number}": np.asarray(leaf)
            for number, leaf in enumerate(inputs or [])
            if number >= len(self._inputs) or leaf is not self._inputs[number]
        }
        self._inputs = self._inputs if inputs is None else inputs
        with contextlib.suppress(WorkerLost):
            self._worker.tell(changed | {"fresh": fresh}, step=self._place)

    def receive(self, patience_s: float) -> Answer:
        """What the worker tells; raises WorkerLost where it does not."""
        return Answer(**self._worker.heard(patience_s))


def _named(name: str, leaves: Leaves) -> dict[str, np.ndarray]:
    return {f"{name}{number}": np.asarray(leaf) for number, leaf in enumerate(leaves)}
