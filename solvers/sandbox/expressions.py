"""Writes Pyomo expressions as text in the small algebra: ``+ - * / **`` and a fixed list of functions.

Linear and quadratic expressions go through Pyomo's standard representation, which collects terms fast; the
others are written as they stand. Fixed variables and parameters become numbers.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from pyomo.core.expr import numeric_expr as node_types
from pyomo.core.expr.numvalue import is_potentially_variable, native_numeric_types, value
from pyomo.core.expr.visitor import StreamBasedExpressionVisitor
from pyomo.repn.standard_repn import generate_standard_repn

FUNCTIONS = frozenset(
    {
        "sqrt",
        "exp",
        "log",
        "log10",
        "sin",
        "cos",
        "tan",
        "asin",
        "acos",
        "atan",
        "sinh",
        "cosh",
        "tanh",
        "abs",
    }
)

_LARGEST_WHOLE = 1e15
"""Below, a whole float is written as an integer without losing a digit."""

_SUM, _PRODUCT, _POWER, _ATOM = range(4)

NameOf = Callable[[Any], str]


class ExportError(Exception):
    """The model cannot be written as plain data; the text names the component and the reason."""


class _Text(NamedTuple):
    """A piece of text and how tightly its outermost operator binds."""

    text: str
    binding: int

    def within(self, binding: int) -> str:
        return self.text if self.binding >= binding else f"({self.text})"


def write(expression: Any, name_of: NameOf) -> str:
    """The expression as text.

    Args:
        expression: A Pyomo expression or a number.
        name_of: The identifier of a variable.

    Raises:
        ExportError: It holds a number that is not finite, a variable fixed without a value, or a function
        outside
            of the algebra.
    """
    if not is_potentially_variable(expression):
        return number(value(expression))
    if expression.polynomial_degree() in (0, 1, 2):
        terms = generate_standard_repn(expression, compute_values=True, quadratic=True)
        if terms.nonlinear_expr is None:
            return _polynomial(terms, name_of)
    written: _Text = _Writer(name_of).walk_expression(expression)
    return written.text


def number(given: Any) -> str:
    """A finite number as text.

    Raises:
        ExportError: It is not a finite real number.
    """
    try:
        real = float(given)
    except (TypeError, ValueError, OverflowError):
        raise ExportError(f"the number {str(given)[:40]!r} is not a real number of ordinary size") from None
    if not math.isfinite(real):
        raise ExportError("a number is NaN or infinite")
    if real.is_integer() and abs(real) < _LARGEST_WHOLE:
        return repr(int(real))
    return repr(real)


def _polynomial(terms: Any, name_of: NameOf) -> str:
    linear = (
        _term(coefficient, name_of(variable))
        for coefficient, variable in zip(terms.linear_coefs, terms.linear_vars, strict=True)
    )
    quadratic = (
        _term(
            coefficient, f"{name_of(first)}**2" if first is second else f"{name_of(first)}*{name_of(second)}"
        )
        for coefficient, (first, second) in zip(terms.quadratic_coefs, terms.quadratic_vars, strict=True)
    )
    written = [*linear, *quadratic]
    constant = number(terms.constant)
    if constant != "0" or not written:
        written.append(constant)
    return _sum(written)


def _term(coefficient: Any, factor: str) -> str:
    multiple = number(coefficient)
    if multiple == "1":
        return factor
    return f"-{factor}" if multiple == "-1" else f"{multiple}*{factor}"


def _sum(terms: Iterable[str]) -> str:
    text = "".join(f" - {term[1:]}" if term.startswith("-") else f" + {term}" for term in terms)
    return text[3:] if text.startswith(" + ") else f"-{text[3:]}"


class _Writer(StreamBasedExpressionVisitor):  # type: ignore[misc]
    """Walks an expression from the leaves up; Pyomo's visitor copes with any depth."""

    def __init__(self, name_of: NameOf) -> None:
        super().__init__()
        self._name_of = name_of

    def initializeWalker(self, expression: Any) -> tuple[bool, Any]:
        return self.beforeChild(None, expression, 0)

    def beforeChild(self, _: Any, child: Any, __: int) -> tuple[bool, Any]:
        if child.__class__ in native_numeric_types or not child.is_potentially_variable():
            return False, _constant(value(child))
        if child.is_variable_type():
            if child.fixed:
                return False, _constant(_fixed_value(child))
            return False, _Text(self._name_of(child), _ATOM)
        return True, child

    def exitNode(self, node: Any, parts: list[_Text]) -> _Text:
        if node.is_named_expression_type():
            return parts[0]
        if isinstance(node, node_types.SumExpression):
            return _Text(_sum(part.text for part in parts) if parts else "0", _SUM)
        if isinstance(node, node_types.AbsExpression | node_types.UnaryFunctionExpression):
            return _function(node.getname(), parts[0])
        write_node = _BY_TYPE.get(type(node))
        if write_node is None:
            raise ExportError(f"it uses {type(node).__name__}, which has no place in a plain model")
        return write_node(*parts)


def _constant(given: Any) -> _Text:
    text = number(given)
    return _Text(text, _SUM if text.startswith("-") else _ATOM)


def _fixed_value(variable: Any) -> Any:
    if variable.value is None:
        raise ExportError(f"the variable {variable.name!r} is fixed without a value")
    return variable.value


def _function(name: str, argument: _Text) -> _Text:
    if name not in FUNCTIONS:
        raise ExportError(f"it uses the function {name!r}; known are {', '.join(sorted(FUNCTIONS))}")
    return _Text(f"{name}({argument.text})", _ATOM)


def _product(left: _Text, right: _Text) -> _Text:
    if left.text in ("1", "-1"):
        return right if left.text == "1" else _negation(right)
    return _Text(f"{left.within(_PRODUCT)}*{right.within(_POWER)}", _PRODUCT)


def _quotient(left: _Text, right: _Text) -> _Text:
    return _Text(f"{left.within(_PRODUCT)}/{right.within(_POWER)}", _PRODUCT)


def _power(base: _Text, exponent: _Text) -> _Text:
    return _Text(f"{base.within(_ATOM)}**{exponent.within(_ATOM)}", _POWER)


def _negation(operand: _Text) -> _Text:
    return _Text(f"-{operand.within(_PRODUCT)}", _SUM)


_BY_TYPE: dict[type, Callable[..., _Text]] = {
    node_types.DivisionExpression: _quotient,
    node_types.MonomialTermExpression: _product,
    node_types.NegationExpression: _negation,
    node_types.PowExpression: _power,
    node_types.ProductExpression: _product,
}
