"""Stands in for every solver while an untrusted program runs, so that ``solve`` ends the program.

What a program does after ``solve`` depends on numbers that do not exist here: the model is solved later, by
trusted code. So the first call of ``solve`` exports the model as it is then, and stops the program.
"""

import contextlib
import importlib
from collections.abc import Callable, Iterator
from typing import Any

from pyomo.common.collections import Bunch
from pyomo.contrib.solver.common.factory import SolverFactoryClass as NewFactory
from pyomo.opt.base.solvers import SolverFactoryClass

_DIRECT_SOLVERS = (
    ("pyomo.contrib.appsi.solvers.highs", "Highs"),
    ("pyomo.contrib.solver.solvers.highs", "Highs"),
)
"""Solver classes that programs use without the factory."""

OnSolve = Callable[[Any], None]


class SolveReached(BaseException):
    """The program has called ``solve``; no ``Exception``, so that the program's own handlers let it pass."""


class SolverDouble:
    """Looks enough like a solver to be configured; ``solve`` reports the model and does not return."""

    def __init__(self, on_solve: OnSolve) -> None:
        self.options = Bunch()
        self.config = Bunch()
        self._on_solve = on_solve
        self._model: Any = None

    def available(self, *_: object, **__: object) -> bool:
        """Always: a real solver will follow."""
        return True

    def set_instance(self, model: Any, *_: object, **__: object) -> None:
        """Keeps the model, as persistent solvers do."""
        self._model = model

    def solve(self, model: Any = None, *_: object, **__: object) -> None:
        """Reports the model.

        Raises:
            SolveReached: Always.
        """
        self._on_solve(self._model if model is None else model)
        raise SolveReached

    def __enter__(self) -> "SolverDouble":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *_, **__: None


@contextlib.contextmanager
def instead_of_solvers(on_solve: OnSolve) -> Iterator[None]:
    """Within the block, all of Pyomo's ways to a solver lead to ``on_solve(model)``."""

    def make(*_: object, **__: object) -> SolverDouble:
        return SolverDouble(on_solve)

    def solve(_: object, model: Any, *__: object, **___: object) -> None:
        on_solve(model)
        raise SolveReached

    with contextlib.ExitStack() as stack:
        for factory in (SolverFactoryClass, NewFactory):
            stack.enter_context(_replaced(factory, "__call__", make))
        for module, name in _DIRECT_SOLVERS:
            stack.enter_context(_replaced(getattr(importlib.import_module(module), name), "solve", solve))
        yield


@contextlib.contextmanager
def _replaced(owner: type, name: str, stand_in: object) -> Iterator[None]:
    original = getattr(owner, name)
    setattr(owner, name, stand_in)
    try:
        yield
    finally:
        setattr(owner, name, original)
