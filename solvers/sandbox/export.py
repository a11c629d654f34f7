"""Turns a Pyomo model into plain data: variables, one objective, constraints, every expression as text."""

import builtins
import keyword
import math
import re
from collections.abc import Iterator
from typing import Any

import pyomo.environ as pyo

from solvers.sandbox.expressions import FUNCTIONS, ExportError, write

_PLAIN = frozenset(
    {
        *("Block", "BooleanVar", "BuildAction", "BuildCheck", "ConcreteModel", "Constraint", "ContinuousSet"),
        *("Expression", "Model", "Objective", "Param", "RangeSet", "Set", "SetOf", "Suffix", "Var"),
    }
)
"""Component types that either are exported or say nothing about the feasible set."""

_ADVICE = {
    "Complementarity": "write it with binary variables",
    "Disjunct": "apply TransformationFactory('gdp.bigm') to the model, or write it with binary variables",
    "Disjunction": "apply TransformationFactory('gdp.bigm') to the model, or write it with binary variables",
    "LogicalConstraint": "apply the transformation core.logical_to_linear, or write it with binary variables",
    "SOSConstraint": "write it with binary variables; for Piecewise choose pw_repn='DCC' or 'MC'",
}

_RESERVED = (
    FUNCTIONS
    | set(keyword.kwlist)
    | set(keyword.softkwlist)
    | {name for name in dir(builtins) if name.islower()}
)
_FEASIBILITY = 1e-9


def export(model: Any) -> dict[str, Any]:
    """The model as a dictionary of plain values; fixed variables have become numbers.

    Args:
        model: A concrete Pyomo model; it is not changed.

    Returns:
        ``sense``, ``objective``, ``variables``, ``constraints`` and ``warnings``; fixed variables are
        numbers.

    Raises:
        ExportError: The model holds something that has no plain form; the text names it.
    """
    _refuse_unknown(model)
    variables = _Variables()
    for variable in model.component_data_objects(pyo.Var, descend_into=True):
        if not variable.fixed:
            variables.name_of(variable)
    warnings: list[str] = []
    objective = _objective(model)
    text = _written(objective, objective.expr, variables)
    constraints = list(_constraints(model, variables, warnings))
    return {
        "sense": "minimize" if objective.sense == pyo.minimize else "maximize",
        "objective": text,
        "variables": variables.exported(),
        "constraints": constraints,
        "warnings": warnings,
    }


class _Names:
    """Gives out identifiers: readable, unique, and no word of the algebra."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._last: dict[str, int] = {}

    def new(self, label: str) -> str:
        """An identifier close to the label: ``x[1,'a']`` becomes ``x_1_a``."""
        stem = re.sub(r"[^0-9A-Za-z]+", "_", label).strip("_") or "v"
        if stem[0].isdigit():
            stem = f"v_{stem}"
        if stem in _RESERVED:
            stem += "_"
        name, count = stem, self._last.get(stem, 1)
        while name in self._taken:
            count += 1
            name = f"{stem}_{count}"
        self._last[stem] = count
        self._taken.add(name)
        return name


class _Variables:
    """The variables met so far, each with its identifier."""

    def __init__(self) -> None:
        self._names = _Names()
        self._found: dict[int, tuple[Any, str]] = {}

    def name_of(self, variable: Any) -> str:
        """The variable's identifier; a new variable gets one."""
        entry = self._found.get(id(variable))
        if entry is None:
            entry = self._found[id(variable)] = (variable, self._names.new(variable.name))
        return entry[1]

    def exported(self) -> list[dict[str, Any]]:
        """The variables as plain values, in the order in which they were met."""
        return [_variable(variable, name) for variable, name in self._found.values()]


def _variable(variable: Any, name: str) -> dict[str, Any]:
    label = variable.name
    try:
        lower, upper = variable.bounds
    except ValueError as error:
        raise ExportError(f"variable {label!r} has a bound without sense: {error}") from None
    return {
        "name": name,
        "label": label,
        "domain": _domain(variable, label),
        "lower": _bound(lower, label, unlimited=-math.inf),
        "upper": _bound(upper, label, unlimited=math.inf),
    }


def _domain(variable: Any, label: str) -> str:
    if variable.is_continuous():
        return "real"
    if variable.is_binary():
        return "binary"
    if variable.is_integer():
        return "integer"
    raise ExportError(
        f"variable {label!r} has the domain {variable.domain}; use Reals, Integers or Binary with bounds"
    )


def _bound(given: Any, label: str, *, unlimited: float) -> float | None:
    if given is None or given == unlimited:
        return None
    if not math.isfinite(given):
        raise ExportError(f"variable {label!r} has the bound {given}")
    return float(given)


def _objective(model: Any) -> Any:
    found = list(model.component_data_objects(pyo.Objective, active=True, descend_into=True))
    if len(found) == 1:
        return found[0]
    if not found:
        raise ExportError("the model has no active objective; add one with Objective(expr=..., sense=...)")
    names = ", ".join(repr(objective.name) for objective in found[:5])
    raise ExportError(f"the model has {len(found)} active objectives ({names}); deactivate all but one")


def _constraints(model: Any, variables: _Variables, warnings: list[str]) -> Iterator[dict[str, str]]:
    names = _Names()
    for constraint in model.component_data_objects(pyo.Constraint, active=True, descend_into=True):
        label = constraint.name
        lower, body, upper = constraint.to_bounded_expression(evaluate_bounds=True)
        for bound in (lower, upper):
            if bound is not None and not math.isfinite(bound):
                raise ExportError(f"constraint {label!r} has the right-hand side {bound}")
        if _always_holds(lower, body, upper):
            warnings.append(f"constraint {label!r} has no variable left and always holds; it was left out")
            continue
        text = _written(constraint, body, variables)
        if lower is not None and lower == upper:
            yield _row(names.new(label), label, f"{text} == {_side(lower)}")
            continue
        is_ranged = lower is not None and upper is not None
        if lower is not None:
            yield _row(names.new(f"{label}_low" if is_ranged else label), label, f"{text} >= {_side(lower)}")
        if upper is not None:
            yield _row(names.new(f"{label}_high" if is_ranged else label), label, f"{text} <= {_side(upper)}")


def _row(name: str, label: str, expression: str) -> dict[str, str]:
    return {"name": name, "label": label, "expression": expression}


def _side(bound: Any) -> str:
    return write(bound, str)


def _always_holds(lower: float | None, body: Any, upper: float | None) -> bool:
    if not (isinstance(body, int | float) or body.is_fixed()):
        return lower is None and upper is None
    level = pyo.value(body, exception=False)
    if level is None:
        return False
    return (lower is None or level >= lower - _FEASIBILITY) and (
        upper is None or level <= upper + _FEASIBILITY
    )


def _written(component: Any, expression: Any, variables: _Variables) -> str:
    try:
        return write(expression, variables.name_of)
    except ExportError as error:
        raise ExportError(f"{component.ctype.__name__.lower()} {component.name!r}: {error}") from None
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise ExportError(
            f"{component.ctype.__name__.lower()} {component.name!r} cannot be evaluated: {error}"
        ) from None


def _refuse_unknown(model: Any) -> None:
    for component in model.component_objects(active=True, descend_into=True):
        kind = component.ctype.__name__
        if kind not in _PLAIN:
            advice = _ADVICE.get(kind, "write it with variables and algebraic constraints")
            raise ExportError(f"{kind} {component.name!r} has no plain form; {advice}")
