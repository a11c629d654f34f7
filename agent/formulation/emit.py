"""Expressions with variables as functions that add their terms to a `Terms`."""

import math
from collections.abc import Callable
from typing import Any

import pyomo.environ as pyo

from agent.formulation.evaluate import Env, Evaluator, outside, power
from agent.formulation.faults import ExpressionFault
from agent.formulation.instance import Instance, Key
from agent.formulation.syntax import (
    Arithmetic,
    Call,
    Choice,
    Decision,
    Fold,
    Negative,
    Node,
    Span,
    Sum,
    has_decision,
)
from agent.formulation.terms import Terms

Emit = Callable[[Env, float, Terms], None]
"""Adds `scale` times the value of an expression to a sum."""

_INTRINSIC = {
    name: getattr(pyo, name)
    for name in (
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
    )
}


class Emitter:
    """Compiles checked nodes for one model; auxiliary variables come from the `new_*` functions."""

    def __init__(
        self,
        instance: Instance,
        variables: dict[str, dict[Key, Any]],
        new_binary: Callable[[], Any],
        new_number: Callable[[float, float, bool], Any],
        add_row: Callable[[Terms, bool], None],
    ) -> None:
        self._data = Evaluator(instance)
        self._variables = variables
        self._new_binary = new_binary
        self._new_number = new_number
        self._add_row = add_row

    @property
    def data(self) -> Evaluator:
        """The evaluator of what depends on data alone."""
        return self._data

    def emit(self, node: Node) -> Emit:
        """A function adding `node`'s terms to a sum."""
        if not has_decision(node):
            return self._emit_constant(node)
        match node:
            case Decision():
                return self._emit_decision(node)
            case Negative(argument=argument):
                inner = self.emit(argument)
                return lambda env, scale, terms: inner(env, -scale, terms)
            case Sum(terms=parts):
                return _in_turn([self.emit(part) for part in parts])
            case Arithmetic():
                return self._emit_arithmetic(node)
            case Call(function="abs", argument=argument):
                return self._emit_abs(self.emit(argument))
            case Call(function=function, argument=argument):
                apply, value = _INTRINSIC[function], self.expression(argument)
                return _nonlinear(node, lambda env: apply(value(env)))
            case Choice(condition=condition, then=then, otherwise=otherwise):
                test, yes, no = self._data.condition(condition), self.emit(then), self.emit(otherwise)
                return lambda env, scale, terms: (yes if test(env) else no)(env, scale, terms)
            case Fold(operator="sum"):
                return self._emit_sum(node)
            case Fold(operator="prod"):
                return self._emit_product(node)
            case Fold():
                return self._emit_extreme(node)
        raise AssertionError(f"{type(node).__name__} is no number")

    def expression(self, node: Node) -> Callable[[Env], Any]:
        """A function giving `node` as a Pyomo expression."""
        return _expression(self.emit(node))

    def _emit_constant(self, node: Node) -> Emit:
        value = self._data.number(node)

        def add(env: Env, scale: float, terms: Terms) -> None:
            number = value(env)
            if not isinstance(number, int | float):
                raise ExpressionFault(f"{number!r} is no number", node.span)
            terms.constant += scale * number

        return add

    def _emit_decision(self, node: Decision) -> Emit:
        variables, key_of = self._variables[node.name], self._data.key(node.subscripts)
        if not node.subscripts:
            only = variables[()]
            return lambda _, scale, terms: terms.add(scale, only)

        def add(env: Env, scale: float, terms: Terms) -> None:
            key = key_of(env)
            try:
                var = variables[key]
            except KeyError:
                raise outside(node, node.name, key) from None
            if scale:
                terms.coefs.append(scale)
                terms.vars.append(var)

        return add

    def _emit_arithmetic(self, node: Arithmetic) -> Emit:
        left, right = node.left, node.right
        if node.operator == "*" and not (has_decision(left) and has_decision(right)):
            factor, inner = (right, left) if has_decision(left) else (left, right)
            return self._emit_scaled(self._data.number(factor), self.emit(inner), factor.span)
        if node.operator == "/" and not has_decision(right):
            divisor, inner_emit = self._data.number(right), self.emit(left)
            return self._emit_scaled(_reciprocal(divisor, right.span), inner_emit, right.span)
        second = self.expression(right)
        if node.operator == "**":
            return _power(node, self.emit(left), second)
        first = self.expression(left)
        if node.operator == "*":
            return _nonlinear(node, lambda env: first(env) * second(env))
        return _nonlinear(node, lambda env: first(env) / second(env))

    def _emit_scaled(self, factor: Callable[[Env], Any], inner: Emit, span: Span) -> Emit:
        def add(env: Env, scale: float, terms: Terms) -> None:
            number = factor(env)
            if isinstance(number, str | tuple):
                raise ExpressionFault(f"{number!r} is no number", span)
            inner(env, scale * number, terms)

        return add

    def _emit_sum(self, node: Fold) -> Emit:
        add, iterate = _in_turn([self.emit(part) for part in node.arguments]), self._data.loops(node.loops)

        def run(env: Env, scale: float, terms: Terms) -> None:
            for inner in iterate(env):
                add(inner, scale, terms)

        return run

    def _emit_product(self, node: Fold) -> Emit:
        parts, iterate = [self.expression(part) for part in node.arguments], self._data.loops(node.loops)
        return _nonlinear(
            node, lambda env: math.prod(part(inner) for inner in iterate(env) for part in parts)
        )

    def _emit_extreme(self, node: Fold) -> Emit:
        """Min, max: bounded by each candidate where only that side counts, else chosen by a binary each."""
        parts, iterate = [self.emit(part) for part in node.arguments], self._data.loops(node.loops)
        sign = 1 if node.operator == "max" else -1  # min(a, b) = -max(-a, -b)

        def add(env: Env, scale: float, terms: Terms) -> None:
            towards = terms.direction * (1 if scale * sign > 0 else -1)
            candidates = []
            for inner in iterate(env):
                for part in parts:
                    candidates.append(Terms(1 if towards > 0 else 0))
                    part(inner, sign, candidates[-1])
            if not candidates:
                raise ExpressionFault(f"`{node.operator}` runs over nothing here", node.span)
            self._add_largest(candidates, is_exact=towards <= 0).add_to(terms, scale * sign)

        return add

    def _emit_abs(self, inner: Emit) -> Emit:
        def add(env: Env, scale: float, terms: Terms) -> None:
            positive = Terms()
            inner(env, 1.0, positive)
            is_exact = terms.direction * scale <= 0
            self._add_largest([positive, positive.negated()], is_exact).add_to(terms, scale)

        return add

    def _add_largest(self, candidates: list[Terms], is_exact: bool) -> "_Largest":
        ranges = [candidate.range() for candidate in candidates]
        low, high = max(low for low, _ in ranges), max(high for _, high in ranges)
        if len(candidates) == 1:
            return _Largest(terms=candidates[0])
        if is_exact and not all(map(math.isfinite, (low, high, *(end for pair in ranges for end in pair)))):
            first, *others = map(self._named, candidates)
            for other in others:  # max(a, b) = (a + b + |a - b|) / 2 needs no bounds
                larger = Terms()
                larger.rest.append((first + other + abs(first - other)) / 2)
                first = larger.expression() if other is others[-1] else self._named(larger)
            return _Largest(value=first)
        largest = self._new_number(low, high, all(candidate.is_whole() for candidate in candidates))
        choices = []
        for candidate, (candidate_low, _) in zip(candidates, ranges, strict=True):
            above = candidate.plus(Terms())
            above.add(-1.0, largest)
            self._add_row(above, False)
            if is_exact:
                choices.append(self._new_binary())
                below = candidate.negated()
                below.add(1.0, largest)
                slack = high - candidate_low
                below.add(slack, choices[-1])
                below.constant -= slack
                self._add_row(below, False)
        if is_exact:
            one = Terms()
            one.constant = -1.0
            for choice in choices:
                one.add(1.0, choice)
            self._add_row(one, True)
        return _Largest(var=largest)

    def _named(self, terms: Terms) -> Any:
        """The sum as an expression; a nonlinear one as a variable, lest each use of it double its size."""
        if not terms.rest:
            return terms.expression()
        var = self._new_number(-math.inf, math.inf, False)
        self._add_row(terms.plus(_of(var), -1.0), True)
        return var


class _Largest:
    """The largest of several sums: an auxiliary variable, an expression, or the only sum itself."""

    def __init__(self, var: Any = None, value: Any = None, terms: Terms | None = None) -> None:
        self._var, self._value, self._terms = var, value, terms

    def add_to(self, terms: Terms, scale: float) -> None:
        """Add `scale` times the largest."""
        if self._terms is not None:
            total = terms.plus(self._terms, scale)
            terms.constant, terms.coefs, terms.vars, terms.rest = (
                total.constant,
                total.coefs,
                total.vars,
                total.rest,
            )
        elif self._var is not None:
            terms.add(scale, self._var)
        else:
            terms.rest.append(scale * self._value)


def _in_turn(emits: list[Emit]) -> Emit:
    if len(emits) == 1:
        return emits[0]

    def add(env: Env, scale: float, terms: Terms) -> None:
        for emit in emits:
            emit(env, scale, terms)

    return add


def _nonlinear(node: Node, value: Callable[[Env], Any]) -> Emit:
    """Adds a value that is an expression, or a plain number where the data leave no variable in it."""

    def add(env: Env, scale: float, terms: Terms) -> None:
        try:
            result = value(env)
        except (ValueError, ZeroDivisionError, OverflowError, TypeError) as error:
            raise ExpressionFault(f"this has no value: {error}", node.span) from None
        if isinstance(result, int | float):
            terms.constant += scale * result
        elif math.isfinite(scale):
            terms.rest.append(scale * result)
        else:
            raise ExpressionFault("the data give a number here that is not finite", node.span)

    return add


def _expression(emit: Emit) -> Callable[[Env], Any]:
    def build(env: Env) -> Any:
        terms = Terms()
        emit(env, 1.0, terms)
        return terms.expression()

    return build


def _power(node: Node, base: Emit, exponent: Callable[[Env], Any]) -> Emit:
    expression = _expression(base)

    def add(env: Env, scale: float, terms: Terms) -> None:
        value = exponent(env)
        is_number = isinstance(value, int | float)
        if is_number and value == 1:
            base(env, scale, terms)
        elif is_number and value == 0:
            terms.constant += scale
        else:
            _nonlinear(node, lambda env: _raised(expression(env), value))(env, scale, terms)

    return add


def _raised(base: Any, exponent: Any) -> Any:
    is_plain = isinstance(base, int | float) and isinstance(exponent, int | float)
    return power(base, exponent) if is_plain else base**exponent


def _of(var: Any) -> Terms:
    terms = Terms()
    terms.add(1.0, var)
    return terms


def _reciprocal(divisor: Callable[[Env], Any], span: Span) -> Callable[[Env], float]:
    def compute(env: Env) -> float:
        number = divisor(env)
        if not number:
            raise ExpressionFault("this is a division by zero", span)
        return float(1.0 / number)

    return compute
