"""Runs of an optimizer on a sum over data within a budget of sample gradients."""

import time
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from solvers.numeric.methods.stochastic.program import Program
from solvers.numeric.nl.model import Floats


class State(NamedTuple):
    """Where a run stands."""

    parameters: Any
    memory: Any


@dataclass(slots=True)
class Batches:
    """Places of samples for steps, without replacement within an epoch; the same for the same seed."""

    samples: int
    seed: int
    waiting: Any = field(init=False)
    random: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        self.waiting = np.zeros(0, np.int32)

    def take(self, steps: int, size: int) -> Any:
        """(K, b) for K steps; what is left of an epoch and is no whole batch is dropped."""
        rows = []
        for _ in range(steps):
            if len(self.waiting) < size:
                self.waiting = self.random.permutation(self.samples).astype(np.int32)
            rows.append(self.waiting[:size])
            self.waiting = self.waiting[size:]
        return np.stack(rows)


@dataclass(slots=True)
class Course:
    """What a run has spent and seen: sample gradients, steps, losses after each stretch, gradient norms."""

    spent: float = 0.0
    steps: int = 0
    history: list[tuple[float, float]] = field(default_factory=list)
    norms: list[Floats] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Runner:
    """A program with its data: what advances states and keeps the account.

    Attributes:
        program: the compiled steps.
        data: the arrays.
        size: samples of a step.
        cost: gradients that a step spends for one of them.
        stretch: steps of one call; always the same number, since another would be compiled anew.
        deadline: on `time.monotonic()`.
        course: the account.
    """

    program: Program
    data: Any
    size: int
    cost: float
    stretch: int
    deadline: float
    course: Course

    def begin(self, parameters: Any) -> State:
        """The state before the first step."""
        return State(parameters, self.program.begin(parameters))

    def run(self, state: State, steps: int, batches: Batches, rates: Floats) -> tuple[State, float]:
        """The state after some whole stretches, and the mean loss of the last half of their steps.

        It stops early at the deadline. A stretch that ends with numbers that are not finite is undone, and ends the
        run with an infinite loss.
        """
        losses: list[Floats] = []
        for _ in range(steps // self.stretch):
            if time.monotonic() >= self.deadline:
                break
            places = batches.take(self.stretch, self.size)
            parameters, memory, trace = self.program.advance(*state, self.data, places, rates)
            self.course.steps += self.stretch
            self.course.spent += self.stretch * self.size * self.cost
            seen = np.asarray(trace.losses)
            if not np.all(np.isfinite(seen)):
                return state, float("inf")
            losses.append(seen)
            self.course.norms.append(np.asarray(trace.norms))
            self.course.history.append((self.course.spent, float(seen.mean())))
            state = State(parameters, memory)
        seen = np.concatenate(losses) if losses else np.full(1, np.inf)
        return state, float(seen[len(seen) // 2 :].mean())
