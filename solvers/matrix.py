"""Pyomo models with linear rows as plain arrays, for the wire to the engines and for checks."""

import math
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pyomo.environ as pyo
from pyomo.common.collections import ComponentMap
from pyomo.repn.linear import LinearRepnVisitor
from pyomo.repn.quadratic import QuadraticRepnVisitor
from pyomo.repn.util import OrderedVarRecorder

from solvers.errors import ModelError


def _no_indices() -> np.ndarray:
    return np.empty(0, np.int32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """min or max offset + cost'x + sum_k q_value[k] x[q_row[k]] x[q_column[k]] over linear rows, some x whole.

    The rows are row_lower <= A x <= row_upper, the bounds lower <= x <= upper. A is stored by rows: row i has
    entries data[starts[i]:starts[i+1]] at columns indices[...]. Shapes: n variables, m rows, k nonzeros.
    """

    cost: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    is_integer: np.ndarray
    starts: np.ndarray
    indices: np.ndarray
    data: np.ndarray
    row_lower: np.ndarray
    row_upper: np.ndarray
    offset: float
    is_maximize: bool
    q_row: np.ndarray = field(default_factory=_no_indices)
    q_column: np.ndarray = field(default_factory=_no_indices)
    q_value: np.ndarray = field(default_factory=lambda: np.empty(0))

    @property
    def row_count(self) -> int:
        """Number of rows, m."""
        return len(self.row_lower)

    @property
    def is_linear(self) -> bool:
        """Whether the objective has no products."""
        return not len(self.q_value)

    @property
    def is_lp(self) -> bool:
        """Whether it is linear and no variable is whole."""
        return self.is_linear and not bool(self.is_integer.any())

    def entry_rows(self) -> np.ndarray:
        """The row of each of the k nonzeros."""
        return np.repeat(np.arange(self.row_count), np.diff(self.starts))

    def activities(self, x: np.ndarray) -> np.ndarray:
        """A x, for a point of n values."""
        return np.bincount(self.entry_rows(), self.data * x[self.indices], self.row_count)

    def objective_at(self, x: np.ndarray) -> float:
        """The objective at a point of n values."""
        return float(self.offset + self.cost @ x + self.q_value @ (x[self.q_row] * x[self.q_column]))

    def check_finite(self) -> None:
        """Refuse numbers that engines answer with nonsense.

        Raises:
            ModelError: a coefficient is NaN or infinite, or a bound is NaN.
        """
        objective = np.concatenate((self.cost, self.q_value))
        for label, values in (("objective coefficient", objective), ("constraint coefficient", self.data)):
            if not np.isfinite(values).all():
                raise ModelError(
                    f"an {label} is not finite" if label[0] == "o" else f"a {label} is not finite"
                )
        bounds = (self.lower, self.upper, self.row_lower, self.row_upper)
        if not math.isfinite(self.offset) or any(np.isnan(part).any() for part in bounds):
            raise ModelError("a bound or the objective's constant is not a number")
        if np.isposinf(self.row_lower).any() or np.isneginf(self.row_upper).any():
            raise ModelError("a constraint's right-hand side is infinite on the wrong side")


class Extract(NamedTuple):
    """A program with the Pyomo variables of its columns and the Pyomo constraints of its rows.

    `constants` (m values) are what the rows' bodies have beside their terms: the program's limits are net of them.
    """

    program: Program
    columns: list[Any]
    rows: list[Any]
    constants: np.ndarray


def extract(model: pyo.ConcreteModel, *, without: Container[str] = ()) -> Extract | None:
    """The arrays of a model whose rows are linear and whose objective is at most quadratic, else None.

    Args:
        model: any Pyomo model.
        without: names of constraint components to leave out.

    Raises:
        ModelError: there is no objective, or more than one; a number is not finite.
    """
    objective = the_objective(model)
    check_components(model)
    columns: dict[int, Any] = {}
    recorder = OrderedVarRecorder(columns, {}, None)
    goal = QuadraticRepnVisitor({}, var_recorder=recorder).walk_expression(objective.expr)
    if goal.nonlinear is not None:
        return None
    table = _rows(active_rows(model, without), LinearRepnVisitor({}, var_recorder=recorder))
    if table is None:
        return None
    position = {var: index for index, var in enumerate(columns)}
    variables = list(columns.values())
    bounds = [var.bounds for var in variables]
    cost = np.zeros(len(variables))
    for var, coefficient in goal.linear.items():
        cost[position[var]] = coefficient
    products = goal.quadratic or {}
    program = Program(
        cost=cost,
        lower=np.array([-math.inf if low is None else low for low, _ in bounds], float),
        upper=np.array([math.inf if high is None else high for _, high in bounds], float),
        is_integer=_which_are_whole(variables),
        starts=np.array(table.starts, np.int32),
        indices=np.fromiter(map(position.__getitem__, table.entries), np.int32, len(table.entries)),
        data=np.array(table.data, float),
        row_lower=np.array(table.lower, float),
        row_upper=np.array(table.upper, float),
        offset=float(goal.constant),
        is_maximize=objective.sense == pyo.maximize,
        q_row=np.array([position[first] for first, _ in products], np.int32),
        q_column=np.array([position[second] for _, second in products], np.int32),
        q_value=np.array(list(products.values()), float),
    )
    program.check_finite()
    return Extract(program, variables, table.rows, np.array(table.constants, float))


def active_rows(model: pyo.ConcreteModel, without: Container[str] = ()) -> Iterator[Any]:
    """The active constraints, without those of some components."""
    for row in model.component_data_objects(pyo.Constraint, active=True, descend_into=True):
        if not without or row.parent_component().name not in without:
            yield row


def unmentioned(model: pyo.ConcreteModel, known: Iterable[Any]) -> Mapping[Any, float]:
    """The free variables of a model beside the known ones, each with the value nearest to 0 in its bounds."""
    seen = {id(var) for var in known}
    free = (
        v
        for v in model.component_data_objects(pyo.Var, active=True, descend_into=True)
        if id(v) not in seen and not v.fixed
    )
    found: Mapping[Any, float] = ComponentMap((v, _nearest_to_zero(v)) for v in free)
    return found


def _nearest_to_zero(var: Any) -> float:
    low = -math.inf if var.lb is None else var.lb
    high = math.inf if var.ub is None else var.ub
    if not var.is_continuous():
        low, high = (
            math.ceil(low) if math.isfinite(low) else low,
            math.floor(high) if math.isfinite(high) else high,
        )
    return float(min(max(0.0, low), high))


class _Table(NamedTuple):
    """Rows while they are read: entries are Pyomo's variable ids."""

    rows: list[Any]
    lower: list[float]
    upper: list[float]
    starts: list[int]
    entries: list[int]
    data: list[float]
    constants: list[float]


def _rows(rows: Iterator[Any], visitor: LinearRepnVisitor) -> _Table | None:
    table = _Table([], [], [], [0], [], [], [])
    for row in rows:
        low, body, high = row.to_bounded_expression(evaluate_bounds=True)
        repn = visitor.walk_expression(body)
        if repn.nonlinear is not None:
            return None
        table.entries.extend(repn.linear)
        table.data.extend(repn.linear.values())
        table.starts.append(len(table.data))
        table.lower.append(-math.inf if low is None else low - repn.constant)
        table.upper.append(math.inf if high is None else high - repn.constant)
        table.rows.append(row)
        table.constants.append(repn.constant)
    return table


_PASSIVE = {
    pyo.Block,
    pyo.BuildAction,
    pyo.BuildCheck,
    pyo.Constraint,
    pyo.Expression,
    pyo.Objective,
    pyo.Param,
    pyo.RangeSet,
    pyo.Set,
    pyo.Suffix,
    pyo.Var,
}


def check_components(model: pyo.ConcreteModel) -> None:
    """Refuse what no engine here would see: it would be left out without a word.

    Raises:
        ModelError: a variable is fixed without a value, or an active component is neither
            variable, constraint nor objective, such as a disjunction.
    """
    for var in model.component_data_objects(pyo.Var, active=True, descend_into=True):
        if var.fixed and var.value is None:
            raise ModelError(f"`{var.name}` is fixed without a value; give it one, or `unfix()` it")
    for block in model.block_data_objects(active=True, descend_into=True):
        for kind in block.collect_ctypes(active=True, descend_into=False):
            if kind not in _PASSIVE:
                component = next(iter(block.component_objects(kind, active=True, descend_into=False)))
                raise ModelError(
                    f"`{component.name}` is a {kind.__name__}, which is not taken; "
                    "transform it into constraints first (`pyo.TransformationFactory`), or deactivate it"
                )


def _which_are_whole(variables: Sequence[Any]) -> np.ndarray:
    """Which of n variables take whole numbers; each domain is looked at once.

    Raises:
        ModelError: a domain has steps or holes.
    """
    known: dict[int, bool] = {}
    flags = np.zeros(len(variables), bool)
    for place, var in enumerate(variables):
        domain = id(var.domain)
        if domain not in known:
            known[domain] = not var.is_continuous()
            if known[domain] and not (var.is_integer() or var.is_binary()):
                raise ModelError(
                    f"the domain of `{var.name}` is neither a range of real numbers nor one of whole numbers; "
                    "choose among its members with binary variables"
                )
        flags[place] = known[domain]
    return flags


def the_objective(model: pyo.ConcreteModel) -> Any:
    """The model's one active objective.

    Raises:
        ModelError: there is none, or more than one.
    """
    found = list(model.component_data_objects(pyo.Objective, active=True, descend_into=True))
    if len(found) != 1:
        names = ", ".join(objective.name for objective in found)
        raise ModelError(
            f"a model needs one active objective; this one has {len(found)} ({names}); deactivate the others"
            if found
            else "a model needs one active objective; this one has none. For any feasible point, give it "
            "`pyo.Objective(expr=0)`"
        )
    return found[0]
