"""What a solve gives back: one typed report, whatever the engine."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np

from solvers.certificate import Certificate


class Status(StrEnum):
    """How a solve ended; `text` says what it means and what to do next."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    NO_SOLUTION = "no_solution"
    FAILED = "failed"

    @property
    def text(self) -> str:
        """A full sentence for people."""
        return _TEXTS[self]


_TEXTS = {
    Status.OPTIMAL: "The optimum was found and proven within the gap asked for.",
    Status.FEASIBLE: "A solution was found but not proven optimal in time; give more time or accept the gap.",
    Status.INFEASIBLE: "No values satisfy all constraints together; relax one of those in conflict.",
    Status.UNBOUNDED: "The objective improves without limit; a bound or a constraint is missing.",
    Status.NO_SOLUTION: "No solution was found in time; give more time, or tighten or simplify the model.",
    Status.FAILED: "The engine failed; the message says how.",
}


class Ranges(NamedTuple):
    """How far an LP's numbers may move one at a time while its optimal basis stays: n costs, m right-hand sides.

    `is_slack` tells which of the m rows are off their limits, where HiGHS's figures are no ranges of these.
    """

    cost_low: np.ndarray
    cost_high: np.ndarray
    row_low: np.ndarray
    row_high: np.ndarray
    is_slack: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveReport:
    """The outcome of one solve.

    Attributes:
        status: how it ended.
        engine: name and version of the engine.
        seconds: wall time of the engine itself; of its process, where that was killed or failed.
        process_seconds: wall time of its process, the way there and back included.
        objective: objective at the solution, in the model's own sense.
        bound: best proven bound on the objective.
        columns: the model's variables, in the order of `primal`.
        primal: their values; empty without a solution.
        rows: the model's constraints, in the order of `row_prices`.
        row_prices: their multipliers, of a continuous model; empty where there are none.
        column_prices: reduced costs of an LP or QP, in the order of `columns`; empty where there are none.
        ray: for an unbounded LP, how fast each variable moves along an improving direction.
        is_infeasibility_checked: whether multipliers that prove an LP infeasible were checked by us.
        message: what went wrong, where something did.
        route: why this engine.
        ranges: of an LP, where they were asked for.
        log: the last lines of the engine's log.
    """

    status: Status
    engine: str
    seconds: float
    process_seconds: float = 0.0
    objective: float | None = None
    bound: float | None = None
    columns: tuple[Any, ...] = ()
    primal: tuple[float, ...] = ()
    rows: tuple[Any, ...] = ()
    row_prices: tuple[float, ...] = ()
    column_prices: tuple[float, ...] = ()
    ray: dict[str, float] = field(default_factory=dict)
    certificate: Certificate | None = None
    iterations: int | None = None
    is_infeasibility_checked: bool = False
    message: str = ""
    route: str = ""
    ranges: Ranges | None = None
    log: str = ""

    @property
    def gap(self) -> float | None:
        """Relative distance of bound and objective; None without both."""
        if self.objective is None or self.bound is None:
            return None
        return abs(self.objective - self.bound) / max(1.0, abs(self.objective))

    @property
    def duals(self) -> dict[str, float]:
        """Multiplier of each constraint by name: change of the objective per unit of the right-hand side."""
        return _named(self.rows, self.row_prices)

    @property
    def reduced_costs(self) -> dict[str, float]:
        """Reduced cost of each variable by name: change of the objective per unit by which it is forced up."""
        return _named(self.columns, self.column_prices)

    @property
    def values(self) -> dict[str, float]:
        """Value of each variable by its full name, such as ``acres[wheat]``."""
        return _named(self.columns, self.primal)

    def load(self) -> None:
        """Write the solution into the model's variables."""
        for var, value in zip(self.columns, self.primal, strict=True):
            var.set_value(value, skip_validation=True)


def _named(components: Sequence[Any], numbers: Sequence[float]) -> dict[str, float]:
    """The numbers by full name, which Pyomo puts together anew for each component: only when somebody asks.

    Variables that were added behind those of the numbers, since no expression mentions them, have none.
    """
    return {item.name: number for item, number in zip(components, numbers, strict=False)}
