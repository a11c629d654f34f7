"""Expressions of a compiled Pyomo model as Python source: for what a formulation has no direct row for."""

import re
from typing import Any

import pyomo.environ as pyo
from pyomo.core.expr.visitor import expression_to_string

from agent.formulation.compile import AUXILIARY
from agent.formulation.syntax import FUNCTIONS

_FUNCTION = re.compile(rf"\b({'|'.join(sorted(FUNCTIONS.keys() - {'abs'}))})\(")


def source(expression: Any) -> str:
    """The expression, with variables as entries of `model` and functions by Pyomo's names."""
    return str(expression_to_string(expression, labeler=_entry))


def relation(row: Any) -> str:
    """A constraint's row as a relation."""
    lower, body, upper = row.to_bounded_expression(evaluate_bounds=True)
    if row.equality:
        return f"{source(body)} == {upper!r}"
    return f"{source(body)} <= {upper!r}" if upper is not None else f"{source(body)} >= {lower!r}"


def auxiliary_variables(model: pyo.ConcreteModel) -> list[str]:
    """Statements that declare the extra variables with their bounds; none where the model has none."""
    block = model.component(AUXILIARY)
    if block is None:
        return []
    lines = [
        "",
        "# What min, max, abs, logic and global constraints need besides: variables here, rows below.",
        "model.auxiliary = pyo.Block()",
        f"model.auxiliary.choice = pyo.Var(range(1, {len(block.choice) + 1}), domain=pyo.Binary)",
        f"model.auxiliary.value = pyo.Var(range(1, {len(block.value) + 1}))",
    ]
    for entry in block.value.values():
        if entry.is_integer():
            lines.append(f"{_entry(entry)}.domain = pyo.Integers")
        bounds = [(side, bound) for side, bound in (("lb", entry.lb), ("ub", entry.ub)) if bound is not None]
        lines += [f"{_entry(entry)}.set{side}({bound!r})" for side, bound in bounds]
    return lines


def auxiliary_rows(model: pyo.ConcreteModel) -> list[str]:
    """Statements that add the extra rows."""
    block = model.component(AUXILIARY)
    if block is None or not len(block.row):
        return []
    added = [f"model.auxiliary.row.add({relation(row)})" for row in block.row.values()]
    return ["", "model.auxiliary.row = pyo.ConstraintList()", *added]


def functions_in(lines: list[str]) -> list[str]:
    """The functions that written rows call without a prefix."""
    return sorted({match[1] for line in lines for match in _FUNCTION.finditer(line)})


def _entry(variable: Any) -> str:
    component = variable.parent_component()
    is_extra = component.parent_block().local_name == AUXILIARY
    home = f"model.{AUXILIARY}" if is_extra else "model"
    return f"{home}.{component.local_name}{subscript(variable.index())}"


def subscript(index: Any) -> str:
    """An index as it is written behind a component; nothing for a component without indices."""
    if index is None:
        return ""
    return f"[{', '.join(map(repr, index)) if isinstance(index, tuple) else repr(index)}]"
