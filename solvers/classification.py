"""What kind of model it is, how large, how well scaled: what decides which engine fits."""

import math
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
import pyomo.environ as pyo
from pyomo.repn.quadratic import QuadraticRepnVisitor
from pyomo.repn.util import OrderedVarRecorder

from solvers.combinatorial import declared
from solvers.errors import ModelError
from solvers.matrix import Extract, Program, active_rows, check_components, extract, the_objective
from solvers.structure import Structure, structure

LARGEST_FACTORED = 3_000
"""Variables in products up to which convexity is decided; a dense factorization beyond takes too long."""
WIDE_RANGE = 1e9
"""Ratio of the largest to the smallest coefficient from which double precision leaves few digits."""
LOOSE_BIG_M = 1e4


class ModelClass(StrEnum):
    """Linear, quadratic (objective), quadratically constrained or general nonlinear; with integers or without."""

    LP = "LP"
    MILP = "MILP"
    QP = "QP"
    MIQP = "MIQP"
    QCP = "QCP"
    MIQCP = "MIQCP"
    NLP = "NLP"
    MINLP = "MINLP"

    @property
    def is_integer(self) -> bool:
        """Whether some variables are whole."""
        return self.value.startswith("MI")

    @property
    def is_linear(self) -> bool:
        """Whether objective and rows are linear."""
        return self in (ModelClass.LP, ModelClass.MILP)


@dataclass(frozen=True, slots=True)
class Classification:
    """What `classify` found.

    Attributes:
        model_class: the narrowest class that holds the model.
        is_convex: whether its continuous relaxation is convex; None where that was not decided.
        variables: variables in the objective or a row.
        integers: those that are whole, binaries included.
        binaries: those that are 0 or 1.
        constraints: rows.
        nonzeros: linear coefficients in rows.
        coefficients: smallest and largest magnitude of row coefficients; None without any.
        has_global_constraints: whether some constraints are declared as no-overlap, cumulative and the like.
        is_pure_integer: whether every variable is whole, those of global constraints' linearizations aside.
        structure: network flow or knapsack, where the whole model is one of whole numbers.
        warnings: what threatens numerical trouble, in words.
    """

    model_class: ModelClass
    is_convex: bool | None
    variables: int
    integers: int
    binaries: int
    constraints: int
    nonzeros: int
    coefficients: tuple[float, float] | None
    has_global_constraints: bool
    is_pure_integer: bool
    structure: Structure | None = None
    warnings: tuple[str, ...] = ()

    @property
    def density(self) -> float:
        """Share of the coefficient matrix that is not 0."""
        return self.nonzeros / max(1, self.variables * self.constraints)


class Reading(NamedTuple):
    """A model as it was read: its class, and its arrays where rows are linear."""

    classification: Classification
    extract: Extract | None


def classify(model: pyo.ConcreteModel) -> Classification:
    """The class, size and scaling of a model.

    Raises:
        ModelError: there is no objective, or more than one; a number is not finite.
    """
    return read(model).classification


def read(model: pyo.ConcreteModel) -> Reading:
    """What `classify` finds, with the arrays that it was found in.

    Raises:
        ModelError: as `classify`.
    """
    if not hasattr(model, "component_data_objects"):
        raise ModelError(f"a Pyomo model is needed, not {type(model).__name__}")
    if isinstance(model, pyo.AbstractModel):
        raise ModelError("the model is abstract; build it with `create_instance()` first")
    found = extract(model)
    return Reading(_of_rows(model, found) if found is not None else _of_expressions(model), found)


def _of_rows(model: pyo.ConcreteModel, found: Extract) -> Classification:
    program = found.program
    is_whole = bool(program.is_integer.any())
    is_convex: bool | None = True
    kind = ModelClass.MILP if is_whole else ModelClass.LP
    if not program.is_linear:
        kind = ModelClass.MIQP if is_whole else ModelClass.QP
        is_convex = is_convex_objective(program)
    reduced = extract(model, without=declared(model)) if declared(model) else found
    assert reduced is not None  # fewer rows of a program with linear rows
    return Classification(
        model_class=kind,
        is_convex=is_convex,
        variables=len(program.cost),
        integers=int(program.is_integer.sum()),
        binaries=int((program.is_integer & (program.lower >= 0) & (program.upper <= 1)).sum()),
        constraints=program.row_count,
        nonzeros=len(program.data),
        coefficients=_range(program.data),
        has_global_constraints=bool(declared(model)),
        is_pure_integer=bool(reduced.program.is_integer.all()),
        structure=structure(program),
        warnings=(*_scaling(program), *_big_m(found)),
    )


def _of_expressions(model: pyo.ConcreteModel) -> Classification:
    columns: dict[int, Any] = {}
    visitor = QuadraticRepnVisitor({}, var_recorder=OrderedVarRecorder(columns, {}, None))
    goal = visitor.walk_expression(the_objective(model).expr)
    check_components(model)
    is_general, entries, rows = goal.nonlinear is not None, 0, 0
    for row in active_rows(model):
        repn = visitor.walk_expression(row.to_bounded_expression(evaluate_bounds=True)[1])
        is_general |= repn.nonlinear is not None
        entries, rows = entries + len(repn.linear), rows + 1
    variables = [var for var in model.component_data_objects(pyo.Var) if not var.fixed]
    whole = [var for var in variables if not var.is_continuous()]
    kinds = (ModelClass.MINLP, ModelClass.MIQCP) if whole else (ModelClass.NLP, ModelClass.QCP)
    return Classification(
        model_class=kinds[0] if is_general else kinds[1],
        is_convex=None,
        variables=len(variables),
        integers=len(whole),
        binaries=sum(var.is_binary() for var in whole),
        constraints=rows,
        nonzeros=entries,
        coefficients=None,
        has_global_constraints=bool(declared(model)),
        is_pure_integer=len(whole) == len(variables),
    )


def is_convex_objective(program: Program) -> bool | None:
    """Whether a quadratic objective is convex for its sense; None where that is too large to decide.

    Decided by a Cholesky factorization of the matrix, shifted up by a billionth of its largest entry.
    """
    used = np.unique(np.concatenate((program.q_row, program.q_column)))
    if len(used) > LARGEST_FACTORED:
        return None
    place = {int(column): index for index, column in enumerate(used)}
    matrix = np.zeros((len(used), len(used)))
    for first, second, value in zip(program.q_row, program.q_column, program.q_value, strict=True):
        matrix[place[int(first)], place[int(second)]] += value
        matrix[place[int(second)], place[int(first)]] += value
    matrix *= -1.0 if program.is_maximize else 1.0
    matrix += np.eye(len(used)) * 1e-9 * max(1.0, np.abs(matrix).max(initial=0.0))
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return False
    return True


def _range(values: np.ndarray) -> tuple[float, float] | None:
    sizes = np.abs(values[values != 0])
    return (float(sizes.min()), float(sizes.max())) if len(sizes) else None


def _scaling(program: Program) -> list[str]:
    """Warnings on groups of numbers that span too many orders of magnitude."""
    limits = np.concatenate((program.row_lower, program.row_upper))
    groups = {
        "row coefficients": program.data,
        "objective coefficients": program.cost,
        "right-hand sides": limits[np.isfinite(limits)],
    }
    found = []
    for name, values in groups.items():
        span = _range(values)
        if span is not None and span[1] / span[0] > WIDE_RANGE:
            orders = math.log10(span[1] / span[0])
            found.append(
                f"the {name} span {orders:.0f} orders of magnitude ({span[0]:.1e} to {span[1]:.1e}); "
                "other units for the largest or smallest would leave engines more digits"
            )
    return found


def _big_m(found: Extract) -> list[str]:
    """Hints on rows whose coefficient of a binary is a large constant that could be smaller."""
    program = found.program
    is_binary = program.is_integer & (program.lower >= 0) & (program.upper <= 1)
    suspects = np.flatnonzero(is_binary[program.indices] & (np.abs(program.data) >= LOOSE_BIG_M))
    rows = Counter(int(row) for row in program.entry_rows()[suspects])
    hints = []
    for row in list(rows)[:5]:
        span = slice(program.starts[row], program.starts[row + 1])
        columns, factors = program.indices[span], program.data[span]
        largest = int(np.abs(np.where(is_binary[columns], factors, 0.0)).argmax())
        needed = _needed_big_m(program, row, columns, factors, largest)
        if needed is not None and needed < 0.99 * abs(factors[largest]):
            name, var = found.rows[row].name, found.columns[columns[largest]].name
            hints.append(f"`{name}`: the big-M {abs(factors[largest]):g} on `{var}` can be {needed:g}")
    return hints


def _needed_big_m(
    program: Program, row: int, columns: np.ndarray, factors: np.ndarray, position: int
) -> float | None:
    """The smallest coefficient of a binary that still switches a one-sided row off; None if bounds are missing.

    For sum a_j x_j + M z <= b the row must be idle at z = 0 (M < 0: at z = 1), so |M| = max sum a_j x_j - b.
    """
    low, high = program.row_lower[row], program.row_upper[row]
    if np.isfinite(low) == np.isfinite(high):
        return None
    sign, limit = (1.0, high) if np.isfinite(high) else (-1.0, -low)
    rest = np.delete(sign * factors, position)
    others = np.delete(columns, position)
    ends = np.where(rest > 0, program.upper[others], program.lower[others])
    most = float(np.sum(rest[rest != 0] * ends[rest != 0]))
    own = float(sign * factors[position])
    excess = most - limit if own < 0 else most + own - limit
    return max(0.0, excess) if math.isfinite(excess) else None
