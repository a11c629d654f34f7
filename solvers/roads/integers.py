"""Whole-number models, exactly, to CP-SAT: rows scaled to integers, global constraints as they are."""

import math
import threading
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pyomo.environ as pyo
from pyomo.repn.linear import LinearRepnVisitor
from pyomo.repn.util import VarRecorder

from solvers.arrays import pack
from solvers.certificate import Certificate, certify
from solvers.combinatorial import GlobalConstraint, declared, holds
from solvers.errors import ModelError
from solvers.job import Limits, run_job
from solvers.matrix import Program, extract
from solvers.report import SolveReport, Status
from solvers.roads.nl import at_point

LARGEST_SUM = 2**61
"""CP-SAT computes in 64 bits; sums of a row's terms stay a factor of 4 below what overflows."""
PROPAGATION_ROUNDS = 10
_NO_LIMIT = 2**62


def solve_integers(
    model: pyo.ConcreteModel,
    limits: Limits,
    *,
    with_start: bool = False,
    cancelled: threading.Event | None = None,
) -> SolveReport:
    """The report of CP-SAT on a model of whole variables with linear rows and declared global constraints.

    Coefficients are read as the decimals that they are written as: 0.1 is a tenth.

    Raises:
        ModelError: a variable has no bounds, or the numbers do not fit into 64 bits; the text names the place.
    """
    try:
        whole = translated(model, with_start=with_start)
    except Contradiction as found:
        return SolveReport(status=Status.INFEASIBLE, engine="translation", seconds=0.0, message=str(found))
    payload = pack(whole.arrays, {**limits.meta(), **whole.meta})
    results, report = run_job("cpsat", payload, limits, cancelled=cancelled)
    if "x" not in results:
        return report
    certificate = _certificate(whole, results["x"])
    bound = certificate.objective
    if report.bound is not None:
        bound = report.bound / whole.factor + whole.program.offset
    return replace(
        report,
        objective=certificate.objective,
        bound=bound,
        columns=tuple(whole.columns),
        primal=tuple(results["x"].tolist()),
        certificate=certificate,
    )


class Translation(NamedTuple):
    """A model in whole numbers.

    Attributes:
        program: its rows and objective as they were, with all columns.
        columns: the variables.
        forms: the declared global constraints.
        factor: what the objective was multiplied by.
        arrays: what the worker gets.
        meta: the rest of that: global constraints, sense.
    """

    program: Program
    columns: list[Any]
    forms: list[GlobalConstraint]
    factor: int
    arrays: dict[str, np.ndarray]
    meta: dict[str, Any]


def translated(model: pyo.ConcreteModel, *, with_start: bool = False) -> Translation:
    """The model for CP-SAT.

    Raises:
        ModelError: as `solve_integers`.
        Contradiction: bounds or limits leave no whole number.
    """
    forms = [form for group in declared(model).values() for form in group]
    found = extract(model, without=declared(model))
    assert found is not None and found.program.is_linear  # the engine claims linear models only
    program, columns, rows, _ = found
    position = {id(var): index for index, var in enumerate(columns)}
    told = [_told(form, columns, position) for form in forms]
    program = _with_columns(program, columns)
    if not program.is_integer.all():
        raise ModelError("a variable of a global constraint is not whole, which constraint programming needs")
    scaled = _Scaled(program, columns, rows)
    arrays = scaled.arrays()
    if with_start:
        arrays["start"] = np.array([math.nan if var.value is None else var.value for var in columns], float)
    meta = {"is_maximize": program.is_maximize, "has_offset": bool(program.offset), "globals": told}
    return Translation(program, columns, forms, scaled.factor, arrays, meta)


def _certificate(whole: Translation, x: np.ndarray) -> Certificate:
    certificate = certify(whole.program, x)
    with at_point(whole.columns, x.tolist()):
        is_sound = all(holds(form) for form in whole.forms)
    return certificate if is_sound else certificate.model_copy(update={"residual": math.inf})


def _with_columns(program: Program, columns: Sequence[Any]) -> Program:
    """The program with the variables that only global constraints mention."""
    new = columns[len(program.cost) :]
    if not new:
        return program
    return replace(
        program,
        cost=np.concatenate((program.cost, np.zeros(len(new)))),
        lower=np.append(program.lower, [-math.inf if var.lb is None else var.lb for var in new]),
        upper=np.append(program.upper, [math.inf if var.ub is None else var.ub for var in new]),
        is_integer=np.append(program.is_integer, [not var.is_continuous() for var in new]).astype(bool),
    )


def _told(form: GlobalConstraint, columns: list[Any], position: dict[int, int]) -> dict[str, Any]:
    """A global constraint as plain values; variables that it brings are added to `columns`."""
    if form.kind == "circuit":
        nodes = {
            node: number for number, node in enumerate(dict.fromkeys(e for i in form.items for e in i[:2]))
        }
        arcs = [[nodes[tail], nodes[head], _column(var, columns, position)] for tail, head, var in form.items]
        return {"kind": form.kind, "items": arcs}
    items = [[_linear(part, columns, position) for part in item] for item in form.items]
    capacity = None if form.capacity is None else _linear(form.capacity, columns, position)
    return {"kind": form.kind, "items": items, "capacity": capacity}


def _column(var: Any, columns: list[Any], position: dict[int, int]) -> int:
    if not hasattr(var, "is_fixed") or var.is_fixed():
        raise ModelError(
            "a global constraint has a fixed variable or a number where constraint programming needs one"
        )
    if id(var) not in position:
        position[id(var)] = len(columns)
        columns.append(var)
    return position[id(var)]


def _linear(expression: Any, columns: list[Any], position: dict[int, int]) -> dict[str, Any]:
    seen: dict[int, Any] = {}
    repn = LinearRepnVisitor({}, var_recorder=VarRecorder(seen, None)).walk_expression(expression)
    if repn.nonlinear is not None:
        raise ModelError(
            "a global constraint has a nonlinear part, which constraint programming does not take"
        )
    numbers = [repn.constant, *repn.linear.values()]
    if any(not float(number).is_integer() for number in numbers):
        raise ModelError("a global constraint has a fraction in it; use smaller units so that all are whole")
    return {
        "columns": [_column(seen[var], columns, position) for var in repn.linear],
        "factors": [int(factor) for factor in repn.linear.values()],
        "constant": int(repn.constant),
    }


class _Scaled:
    """A program in whole numbers: each row and the objective times the least factor that makes them whole."""

    def __init__(self, program: Program, columns: Sequence[Any], rows: Sequence[Any]) -> None:
        self._program = program
        self._columns = columns
        self._rows = rows
        self._lower, self._upper = self._bounds()
        self._size = np.maximum(np.abs(self._lower), np.abs(self._upper))
        self.factor = 1
        self._cost = self._whole_cost()
        self._data = program.data.copy()
        self._row_lower, self._row_upper = self._scale_rows()

    def arrays(self) -> dict[str, np.ndarray]:
        """What the worker needs, as 64-bit integers."""
        return {
            "cost": self._cost,
            "lower": self._lower.astype(np.int64),
            "upper": self._upper.astype(np.int64),
            "starts": self._program.starts,
            "indices": self._program.indices,
            "data": self._data.astype(np.int64),
            "row_lower": self._row_lower,
            "row_upper": self._row_upper,
        }

    def _bounds(self) -> tuple[np.ndarray, np.ndarray]:
        lower, upper = np.ceil(self._program.lower - 1e-9), np.floor(self._program.upper + 1e-9)
        if not np.isfinite(np.concatenate((lower, upper))).all():
            lower, upper = propagated(self._program, lower, upper)
        for index in np.flatnonzero(~(np.isfinite(lower) & np.isfinite(upper))).tolist():
            raise ModelError(
                f"`{self._columns[index].name}` has no finite bounds, which constraint programming needs"
            )
        largest = np.abs(np.concatenate((lower, upper))).max(initial=0.0)
        if largest >= LARGEST_SUM:
            self._refuse("a variable's bound")
        for index in np.flatnonzero(lower > upper).tolist():
            raise Contradiction(f"no whole number lies within the bounds of `{self._columns[index].name}`")
        return lower, upper

    def _whole_cost(self) -> np.ndarray:
        cost = self._program.cost
        if np.array_equal(cost, np.round(cost)) and np.abs(cost).max(initial=0.0) < 2**53:
            whole = [int(value) for value in cost]
        else:
            fractions = [Fraction(repr(float(value))) for value in cost]
            self.factor = _least_factor(fractions)
            whole = [int(value * self.factor) for value in fractions]
        total = sum(abs(f) * max(1, int(size)) for f, size in zip(whole, self._size, strict=True))
        if total >= LARGEST_SUM:
            self._refuse("the objective")
        return np.array(whole, np.int64)

    def _scale_rows(self) -> tuple[np.ndarray, np.ndarray]:
        program, count = self._program, self._program.row_count
        is_fraction = np.zeros(count, bool)
        is_fraction[program.entry_rows()[program.data != np.round(program.data)]] = True
        low = np.where(np.isfinite(program.row_lower), np.ceil(program.row_lower - 1e-9), -_NO_LIMIT)
        high = np.where(np.isfinite(program.row_upper), np.floor(program.row_upper + 1e-9), _NO_LIMIT)
        lows, highs = [int(value) for value in low], [int(value) for value in high]
        for row in np.flatnonzero(is_fraction).tolist():
            span = slice(program.starts[row], program.starts[row + 1])
            factors = [Fraction(repr(float(value))) for value in program.data[span]]
            by = _least_factor(factors)
            self._data[span] = [float(value * by) for value in factors]
            if math.isfinite(program.row_lower[row]):
                lows[row] = _up(program.row_lower[row], by)
            if math.isfinite(program.row_upper[row]):
                highs[row] = -_up(-program.row_upper[row], by)
        most = np.bincount(
            program.entry_rows(), np.abs(self._data) * self._size[program.indices], program.row_count
        )
        for row in np.flatnonzero((most >= LARGEST_SUM) | (np.abs(self._row_sizes()) >= 2**53)).tolist():
            self._refuse(f"`{self._rows[row].name}`")
        for row, (least, most_allowed) in enumerate(zip(lows, highs, strict=True)):
            if least > most_allowed:
                raise Contradiction(f"no whole number meets `{self._rows[row].name}`")
        clipped = [[max(-_NO_LIMIT, min(_NO_LIMIT, value)) for value in side] for side in (lows, highs)]
        return np.array(clipped[0], np.int64), np.array(clipped[1], np.int64)

    def _row_sizes(self) -> np.ndarray:
        sizes = np.zeros(self._program.row_count)
        np.maximum.at(sizes, self._program.entry_rows(), np.abs(self._data))
        return sizes

    def _refuse(self, place: str) -> None:
        raise ModelError(
            f"{place}: made whole, its numbers do not fit into 64 bits, which constraint programming computes "
            "in; round the coefficients or bound the variables more tightly"
        )


class Contradiction(Exception):
    """Bounds or a row's limits leave no whole number: the model is infeasible, and the text says where."""


def _up(limit: float, factor: int) -> int:
    """A limit times a factor, rounded up, where it is not whole but for the noise of float arithmetic."""
    value = Fraction(repr(float(limit))) * factor
    nearest = round(value)
    if abs(value - nearest) <= Fraction(1, 10**9) * max(1, abs(nearest)):
        return nearest
    return math.ceil(value)


def _least_factor(numbers: Sequence[Fraction]) -> int:
    return math.lcm(*(number.denominator for number in numbers))


def propagated(program: Program, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of whole variables that follow from the rows, repeated a few times: of n values each."""
    lower, upper = lower.copy(), upper.copy()
    starts = program.starts.tolist()
    for _ in range(PROPAGATION_ROUNDS):
        before = (lower.copy(), upper.copy())
        for row in range(program.row_count):
            entries = np.flatnonzero(program.data[starts[row] : starts[row + 1]]) + starts[row]
            columns, factors = program.indices[entries], program.data[entries]
            _tighten(columns, factors, program.row_upper[row], lower, upper)
            _tighten(columns, -factors, -program.row_lower[row], lower, upper)
        if np.isfinite(lower).all() and np.isfinite(upper).all():
            break
        if np.array_equal(before[0], lower) and np.array_equal(before[1], upper):
            break
    return lower, upper


def _tighten(
    columns: np.ndarray, factors: np.ndarray, limit: float, lower: np.ndarray, upper: np.ndarray
) -> None:
    """What sum factors * x <= limit says about the bounds of each x that has none."""
    if not math.isfinite(limit):
        return
    smallest = np.where(factors > 0, factors * lower[columns], factors * upper[columns])
    endless = np.flatnonzero(np.isinf(smallest))
    if len(endless) > 1:
        return
    total = smallest[np.isfinite(smallest)].sum()
    for place in endless if len(endless) else range(len(columns)):
        column, factor = columns[place], factors[place]
        rest = total if len(endless) else total - smallest[place]
        if factor > 0 and np.isinf(upper[column]):
            upper[column] = np.floor((limit - rest) / factor + 1e-9)
        elif factor < 0 and np.isinf(lower[column]):
            lower[column] = np.ceil((limit - rest) / factor - 1e-9)
