"""Programs in numbers that engines take well: objective and rows scaled by powers of two, and the way back.

Engines drop what is below their tolerances: a cost of 1e-10 is no cost to them, an entry of 1e-10 no entry. A power of
two changes no digit, so what comes back belongs to the program as it was told.
"""

from dataclasses import dataclass, replace

import numpy as np

from solvers.matrix import Program

SMALL, LARGE = 1e-3, 1e6
"""A row or objective whose largest coefficient lies between is left as it is."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """A scaled program; `objective` and `rows` (m values) are what it was multiplied by."""

    program: Program
    objective: float
    rows: np.ndarray

    def unscaled(self, results: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The engine's arrays in the units of the program as it was."""
        back = dict(results)
        if "duals" in back:
            back["duals"] = back["duals"] * self.rows / self.objective
        if "farkas" in back:
            back["farkas"] = back["farkas"] * self.rows
        for name in ("reduced_costs", "cost_low", "cost_high"):
            if name in back:
                back[name] = back[name] / self.objective
        for name in ("row_low", "row_high"):
            if name in back:
                back[name] = back[name] / self.rows
        return back


def scaled(program: Program) -> Scaled:
    """The program, with objective and rows in the engines' range."""
    costs = np.concatenate([program.cost, program.q_value])
    objective = float(_factors(np.array([np.abs(costs).max(initial=0.0)]))[0])
    largest = np.zeros(program.row_count)
    np.maximum.at(largest, program.entry_rows(), np.abs(program.data))
    rows = _factors(largest)
    if objective == 1.0 and (rows == 1.0).all():
        return Scaled(program, 1.0, rows)
    changed = replace(
        program,
        cost=program.cost * objective,
        q_value=program.q_value * objective,
        offset=program.offset * objective,
        data=program.data * rows[program.entry_rows()],
        row_lower=program.row_lower * rows,
        row_upper=program.row_upper * rows,
    )
    return Scaled(changed, objective, rows)


def _factors(largest: np.ndarray) -> np.ndarray:
    """Powers of two that bring these sizes near 1; 1 for those that are fine, and for 0."""
    is_off = (largest > 0) & ((largest < SMALL) | (largest > LARGE))
    exponents = np.where(is_off, -np.round(np.log2(np.where(is_off, largest, 1.0))), 0.0)
    return np.asarray(np.exp2(exponents), float)
