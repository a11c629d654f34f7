"""Why a model has no solution: constraints that contradict each other, and what relaxing them takes."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.common.modeling import unique_component_name

from solvers.arrays import pack
from solvers.copies import with_objective
from solvers.dispatch import solve
from solvers.job import Limits, run_job
from solvers.matrix import Extract, Program, active_rows, extract
from solvers.report import Status
from solvers.roads.arrays import program_arrays

NEGLIGIBLE = 1e-7
PROBE_LIMIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One limit of a constraint and where it must go.

    Attributes:
        constraint: its full name, such as ``labour[june]``.
        limit: where it stands.
        needed: where it must go at least; below `limit` for a lower one, above it for an upper one.
    """

    constraint: str
    limit: float
    needed: float

    @property
    def amount(self) -> float:
        """By how much the limit must give."""
        return abs(self.needed - self.limit)

    def __str__(self) -> str:
        """Such as: raise `labour[june]` by 12 (from 40 to 52)."""
        verb = "raise" if self.needed > self.limit else "lower"
        return f"{verb} `{self.constraint}` by {self.amount:g} (from {self.limit:g} to {self.needed:g})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Infeasibility:
    """Why no values satisfy a model.

    Attributes:
        constraints: full names of the constraints in one conflict.
        bounds: the bounds of variables that take part in it, such as ``x >= 0``.
        is_irreducible: whether without any one of these the rest has a solution.
        alone: for constraints of the conflict, what suffices if that one alone is relaxed.
        together: the least relaxation of all constraints, each relative to the size of its limit.
    """

    constraints: tuple[str, ...]
    bounds: tuple[str, ...]
    is_irreducible: bool
    alone: tuple[Relaxation, ...] = ()
    together: tuple[Relaxation, ...] = ()

    @property
    def components(self) -> tuple[str, ...]:
        """Names of the constraint components in conflict, without their own indices."""
        return tuple(dict.fromkeys(map(component_of, self.constraints)))

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """What is wrong and what would help, in words."""
        members = [f"`{name}`" for name in self.constraints] + list(self.bounds)
        if not members:
            return "Which constraints contradict each other was not found."
        parts = [f"These cannot hold together: {', '.join(members)}."]
        if self.alone:
            parts.append(f"To make it possible, {', or '.join(map(str, self.alone))}.")
        elif self.together:
            parts.append(f"To make it possible, {' and '.join(map(str, self.together))}.")
        return " ".join(parts)


def component_of(name: str) -> str:
    """The name of a component, from that of one of its rows: without the last index."""
    return name.rpartition("[")[0] if name.endswith("]") else name


def explain_infeasible(model: pyo.ConcreteModel, *, time_limit: float = 30.0) -> Infeasibility:
    """The conflict in a model, irreducible where there is time, and relaxations where its rows are linear.

    The model is left as it was. Without a proof of infeasibility within the time, everything is empty.

    Args:
        model: a model that was found infeasible.
        time_limit: seconds for all probes together.

    Raises:
        ModelError: as `solve`.
    """
    if next(model.component_data_objects(pyo.Objective, active=True, descend_into=True), None) is None:
        model = model.clone()  # whether values exist has nothing to do with an objective
        model.add_component(unique_component_name(model, "no_objective"), pyo.Objective(expr=0))
    found = extract(model)
    if found is not None:
        return _of_rows(found, time_limit)
    return _of_expressions(model, time_limit)


def _of_rows(found: Extract, time_limit: float) -> Infeasibility:
    program, columns, rows, constants = found
    plain = replace(
        program, q_row=program.q_row[:0], q_column=program.q_column[:0], q_value=program.q_value[:0]
    )
    limits = Limits(time_limit_s=time_limit)
    meta = {**limits.meta(), "offset": 0.0, "is_maximize": False}
    results, report = run_job("conflict", pack(program_arrays(plain), meta), limits)
    if "rows" not in results:
        return Infeasibility(constraints=(), bounds=(), is_irreducible=False)
    members = [int(row) for row in results["rows"]]
    lower = [f"{columns[i].name} >= {program.lower[i]:g}" for i in results["lower"]]
    upper = [f"{columns[i].name} <= {program.upper[i]:g}" for i in results["upper"]]
    pairs = zip(members, results["alone"], strict=True)
    return Infeasibility(
        constraints=tuple(rows[row].name for row in members),
        bounds=(*lower, *upper),
        is_irreducible=report.message == "irreducible",
        alone=_relaxations(program, rows, constants, pairs),
        together=_relaxations(program, rows, constants, enumerate(results["together"])),
    )


def _relaxations(
    program: Program, rows: Sequence[Any], constants: np.ndarray, amounts: Any
) -> tuple[Relaxation, ...]:
    """Relaxations from amounts: negative ones of lower limits, positive ones of upper limits."""
    found = []
    for row, amount in amounts:
        if not np.isfinite(amount) or abs(amount) <= NEGLIGIBLE:
            continue
        limit = float(program.row_lower[row] if amount < 0 else program.row_upper[row]) + float(
            constants[row]
        )
        found.append(Relaxation(rows[row].name, limit, limit + float(amount)))
    return tuple(found)


def _of_expressions(model: pyo.ConcreteModel, time_limit: float) -> Infeasibility:
    """The deletion filter with whole solves on a copy: components first, then the rows of those that are left."""
    copy, deadline = model.clone(), time.monotonic() + time_limit
    with_objective(copy, 0.0, pyo.minimize)
    if _probe(copy, deadline) is not Status.INFEASIBLE:
        return Infeasibility(constraints=(), bounds=(), is_irreducible=False)
    groups: dict[str, list[Any]] = {}
    for row in active_rows(copy):
        groups.setdefault(row.parent_component().name, []).append(row)
    is_done = _filter(copy, list(groups.values()), deadline)
    rows = [row for group in groups.values() for row in group if row.active]
    is_done = _filter(copy, [[row] for row in rows], deadline) and is_done
    names = tuple(row.name for row in rows if row.active)
    return Infeasibility(constraints=names, bounds=(), is_irreducible=is_done)


def _filter(copy: pyo.ConcreteModel, groups: Sequence[Sequence[Any]], deadline: float) -> bool:
    """Drop each group of rows that the rest is infeasible without; whether every probe came to a verdict."""
    is_certain = True
    for group in groups:
        if time.monotonic() > deadline:
            return False
        for row in group:
            row.deactivate()
        status = _probe(copy, deadline)
        is_certain &= status in (Status.INFEASIBLE, Status.OPTIMAL)
        if status is not Status.INFEASIBLE:
            for row in group:
                row.activate()
    return is_certain


def _probe(copy: pyo.ConcreteModel, deadline: float) -> Status:
    left_s = max(0.1, deadline - time.monotonic())
    return solve(copy, time_limit=min(PROBE_LIMIT_S, left_s)).status
