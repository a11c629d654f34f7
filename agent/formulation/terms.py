"""Sums of terms on their way into Pyomo: a linear part as plain lists, and the rest as expressions.

Linear rows are handed to Pyomo as finished `LinearExpression`s, which is faster than adding term by term.
"""

import math
from typing import Any

from pyomo.contrib.fbbt.expression_bounds_walker import ExpressionBoundsVisitor
from pyomo.core.expr.numeric_expr import LinearExpression


class Terms:
    """constant + sum of coefs * vars + sum of rest.

    `direction` says what the sum is for: +1 when smaller is always as good (the body of ``<= 0``, a minimized
    objective), -1 when larger is, 0 when its exact value counts. It decides how min and max are linearized.
    """

    __slots__ = ("coefs", "constant", "direction", "rest", "vars")

    def __init__(self, direction: int = 0) -> None:
        self.constant = 0.0
        self.coefs: list[float] = []
        self.vars: list[Any] = []
        self.rest: list[Any] = []
        self.direction = direction

    def add(self, coef: float, var: Any) -> None:
        """Add a linear term."""
        self.coefs.append(coef)
        self.vars.append(var)

    @property
    def is_constant(self) -> bool:
        """Whether no variable is left in the sum."""
        return not self.vars and not self.rest

    def is_finite(self) -> bool:
        """Whether all numbers are finite; solvers report nonsense as optimal where they are not."""
        return math.isfinite(self.constant) and all(map(math.isfinite, self.coefs))

    def is_whole(self) -> bool:
        """Whether the sum can only take whole values."""
        numbers = (self.constant, *self.coefs)
        return (
            not self.rest
            and all(float(c).is_integer() for c in numbers)
            and all(v.is_integer() for v in self.vars)
        )

    def body(self) -> Any:
        """The sum without its constant, as a Pyomo expression, which a row can hold even if nothing is left."""
        if self.rest and not self.vars:
            return sum(self.rest)
        linear = LinearExpression(constant=0, linear_coefs=self.coefs, linear_vars=self.vars)
        return sum(self.rest, start=linear) if self.rest else linear

    def expression(self) -> Any:
        """The whole sum as a Pyomo expression or number."""
        if self.is_constant:
            return self.constant
        if len(self.vars) == 1 and not self.rest and not self.constant and self.coefs[0] == 1:
            return self.vars[0]
        return self.body() + self.constant if self.constant else self.body()

    def plus(self, other: "Terms", scale: float = 1.0) -> "Terms":
        """A new sum: this one plus `scale` times another."""
        total = Terms(self.direction)
        total.constant = self.constant + scale * other.constant
        total.coefs = [*self.coefs, *(scale * coef for coef in other.coefs)]
        total.vars = [*self.vars, *other.vars]
        total.rest = [*self.rest, *(scale * part for part in other.rest)]
        return total

    def negated(self) -> "Terms":
        """A new sum: this one times -1."""
        return Terms(self.direction).plus(self, -1.0)

    def range(self) -> tuple[float, float]:
        """The smallest and largest value that the variables' bounds allow; infinite where there is no limit."""
        low = high = self.constant
        for coef, var in zip(self.coefs, self.vars, strict=True):
            if not coef:
                continue
            ends = (coef * _bound(var.lb, -math.inf), coef * _bound(var.ub, math.inf))
            low, high = low + min(ends), high + max(ends)
        visitor = ExpressionBoundsVisitor() if self.rest else None
        for part in self.rest:
            bounds = visitor.walk_expression(part)  # type: ignore[union-attr]
            low, high = low + _bound(bounds[0], -math.inf), high + _bound(bounds[1], math.inf)
        return low, high


def _bound(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else float(value)
