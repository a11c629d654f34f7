"""A group of lanes: a program and the state that it goes on from."""

from typing import Any

import numpy as np

from solvers.numeric.cache import Program
from solvers.numeric.kernels.state import Answer

Leaves = list[Any]
"""Arrays: what a program takes besides the state, or the state."""


class Group:
    """Lanes of this process."""

    def __init__(self, program: Program, state: Leaves | None = None, inputs: Leaves | None = None) -> None:
        """Lanes that have not begun, or where others left them."""
        self.program = program
        self.state = state or [np.zeros(shape, kind) for shape, kind in program.notes["state"]]
        self.inputs = inputs or []
        self._fresh: Any = None

    def send(self, inputs: Leaves | None, fresh: Any) -> None:
        """What the lanes are to go on with; without inputs, with the same."""
        self.inputs = self.inputs if inputs is None else inputs
        self._fresh = fresh

    def receive(self) -> Answer:
        """Go some sweeps further, and tell what was found."""
        result = self.program.run(*self.inputs, *self.state, self._fresh)
        self.state, found = list(result[: len(self.state)]), result[len(self.state) :]
        return Answer(*map(np.asarray, found))
