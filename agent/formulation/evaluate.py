"""Values of expressions at a point: the meaning of the algebra in plain floats, without Pyomo.

This is what verification rests on, so it shares no linearization with `compile`: min, max, abs, logic and the
global constraints are computed as they are defined.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from operator import floordiv, mod, mul, truediv
from typing import Any, TypeVar

from agent.formulation.faults import ExpressionFault
from agent.formulation.instance import Instance, Key, flatten
from agent.formulation.syntax import (
    Arithmetic,
    Call,
    Choice,
    Compare,
    Datum,
    Decision,
    Dummy,
    Fold,
    Logic,
    Loop,
    Member,
    Negative,
    Node,
    Number,
    Range,
    Sum,
    Text,
)

MAX_RANGE = 1_000_000
MAX_STEPS = 20_000_000
"""Of all loops of one evaluator together: loops within loops multiply, and a slip there would never end."""
Value = TypeVar("Value")
Env = dict[str, Any]
"""The current element of each loop."""

_FUNCTIONS: dict[str, Callable[[float], float]] = {
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "log10": math.log10,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "asin": math.asin,
    "acos": math.acos,
    "atan": math.atan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "abs": abs,
    "floor": math.floor,
    "ceil": math.ceil,
    "round": round,
}
_FOLDS: dict[str, Callable[[Iterator[float]], float]] = {
    "sum": math.fsum,
    "prod": lambda values: math.prod(values, start=1.0),
    "min": min,
    "max": max,
}


class Evaluator:
    """Turns checked nodes into functions of the current loop elements; `values` are those of variables."""

    def __init__(self, instance: Instance, values: Mapping[str, Mapping[Key, float]] | None = None) -> None:
        self.instance = instance
        self._values = values or {}
        self._steps = 0

    # Numbers ----------------------------------------------------------------------------------------------

    def number(self, node: Node) -> Callable[[Env], Any]:
        """A function giving the value of `node`: a float, or the element that an index stands for.

        The function raises ExpressionFault where the value does not exist (division by zero, log of a
        negative number, a subscript outside its set).
        """
        match node:
            case Number(value=value) | Text(value=value):
                return lambda _: value
            case Dummy(name=name):
                return lambda env: env[name]
            case Datum(name=name, subscripts=subscripts):
                return self._entry(node, name, subscripts, self.instance.parameters[name])
            case Decision(name=name, subscripts=subscripts):
                return self._entry(node, name, subscripts, self._values[name])
            case Negative(argument=argument):
                inner = self.number(argument)
                return _guarded(node, lambda env: -inner(env))
            case Sum(terms=terms):
                parts = [self.number(term) for term in terms]
                return _guarded(node, lambda env: sum(part(env) for part in parts))
            case Arithmetic():
                return self._arithmetic(node)
            case Call(function=function, argument=argument):
                inner, apply = self.number(argument), _FUNCTIONS[function]
                return _guarded(node, lambda env: apply(inner(env)))
            case Choice(condition=condition, then=then, otherwise=otherwise):
                test, yes, no = self.condition(condition), self.number(then), self.number(otherwise)
                return lambda env: yes(env) if test(env) else no(env)
            case Fold(operator=operator, arguments=arguments, loops=loops):
                fold, iterate = _FOLDS[operator], self.loops(loops)
                items = [self.number(part) for part in arguments]
                return _guarded(
                    node, lambda env: fold(item(inner) for inner in iterate(env) for item in items)
                )
        raise AssertionError(f"{type(node).__name__} is no number")

    def _entry(
        self, node: Node, name: str, subscripts: tuple[Node, ...], data: Mapping[Key, float]
    ) -> Callable[[Env], float]:
        if not subscripts:
            value = data[()]
            return lambda _: value
        key_of = self.key(subscripts)

        def look_up(env: Env) -> float:
            key = key_of(env)
            try:
                return data[key]
            except KeyError:
                raise outside(node, name, key) from None

        return look_up

    def key(self, subscripts: tuple[Node, ...]) -> Callable[[Env], Key]:
        """A function giving the key that subscripts stand for."""
        if all(isinstance(part, Dummy) for part in subscripts):
            names = [part.name for part in subscripts if isinstance(part, Dummy)]
            if len(names) == 1:
                (only,) = names
                return lambda env: env[only]
            if len(names) == 2:
                first, second = names

                def pair(env: Env) -> Key:
                    key = (env[first], env[second])
                    return flatten(key) if isinstance(key[0], tuple) or isinstance(key[1], tuple) else key

                return pair
        parts = [self.number(part) for part in subscripts]
        return lambda env: flatten([_element(part(env)) for part in parts])

    def _arithmetic(self, node: Arithmetic) -> Callable[[Env], float]:
        left, right = self.number(node.left), self.number(node.right)
        compute = _OPERATIONS[node.operator]

        def value(env: Env) -> float:
            first, second = left(env), right(env)
            if isinstance(first, _WORDS) or isinstance(second, _WORDS):  # Python multiplies words, too
                raise TypeError("a set element is no number")
            return compute(first, second)

        return _guarded(node, value)

    # Conditions on data ------------------------------------------------------------------------------------

    def condition(self, node: Node) -> Callable[[Env], bool]:
        """A function telling whether a condition holds exactly; for conditions on data."""
        match node:
            case Compare(operator=operator, left=left, right=right):
                first, second, relation = self.number(left), self.number(right), _RELATIONS[operator]
                return _guarded(node, lambda env: relation(first(env), second(env)))
            case Logic(operator=operator, arguments=arguments):
                tests = [self.condition(part) for part in arguments]
                return _LOGIC[operator](tests)
            case Member(element=element, set_name=name):
                key_of, members = self.key(element), frozenset(self.instance.sets[name])
                return lambda env: key_of(env) in members
            case Fold(operator=operator, arguments=arguments, loops=loops):
                tests, iterate = [self.condition(part) for part in arguments], self.loops(loops)
                fold = all if operator == "all" else any
                return lambda env: fold(test(inner) for inner in iterate(env) for test in tests)
        raise ExpressionFault("this is no condition on data", node.span)

    # Loops -------------------------------------------------------------------------------------------------

    def loops(self, loops: tuple[Loop, ...]) -> Callable[[Env], Iterator[Env]]:
        """A function running over all combinations of the loops; it yields one mapping, changed in place."""
        if not loops:
            return lambda env: iter((env,))
        first, rest = loops[0], self.loops(loops[1:]) if len(loops) > 1 else None
        elements, tests = self._domain(first), [self.condition(test) for test in first.conditions]
        targets = first.targets

        def run(env: Env) -> Iterator[Env]:
            before = {name: env[name] for name in targets if name in env}
            domain = elements(env)
            self._count(len(domain))
            try:
                for element in domain:
                    if len(targets) == 1:
                        env[targets[0]] = element
                    else:
                        env.update(zip(targets, element, strict=True))
                    if tests and not all(test(env) for test in tests):
                        continue
                    if rest is None:
                        yield env
                    else:
                        yield from rest(env)
            finally:  # an inner loop may reuse the name of an outer one, and be left before its end
                env.update(before)

        return run

    def _count(self, steps: int) -> None:
        self._steps += steps
        if self._steps > MAX_STEPS:
            raise ExpressionFault(f"the loops here and before take more than {MAX_STEPS:,} steps")

    def _domain(self, loop: Loop) -> Callable[[Env], Any]:
        domain = loop.domain
        if isinstance(domain, Range):
            start, stop = self.number(domain.start), self.number(domain.stop)
            return lambda env: _range(start(env), stop(env), domain)
        elements = self.instance.sets[domain]
        return lambda _: elements


def outside(node: Node, name: str, key: Key) -> ExpressionFault:
    """The fault of a subscript that has no entry."""
    shown = ", ".join(map(repr, key)) if isinstance(key, tuple) else repr(key)
    hint = "leave that case out with a condition, such as `for t in periods if t > 1`"
    return ExpressionFault(f"`{name}[{shown}]` does not exist; {hint}", node.span)


def _element(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _range(start: float, stop: float, where: Range) -> range:
    for end in (start, stop):
        if not isinstance(end, int | float) or not float(end).is_integer():
            raise ExpressionFault(f"a range runs between whole numbers, not {end!r}", where.span)
    if stop - start > MAX_RANGE:
        raise ExpressionFault(
            f"the range has {stop - start:,.0f} numbers; at most {MAX_RANGE:,} are run over", where.span
        )
    return range(int(start), int(stop))


def power(base: float, exponent: float) -> float:
    """`base` to the `exponent`, in floats: whole numbers could grow without limit."""
    value: float | complex = float(base) ** exponent
    if isinstance(value, complex):
        raise ValueError("a fractional power of a negative number")
    return value


_WORDS = (str, tuple)
_OPERATIONS: dict[str, Callable[[float, float], float]] = {
    "*": mul,
    "/": truediv,
    "**": power,
    "%": mod,
    "//": floordiv,
}


def _guarded(node: Node, compute: Callable[[Env], Value]) -> Callable[[Env], Value]:
    """`compute`, with what Python raises turned into a fault at `node`."""

    def guarded(env: Env) -> Value:
        try:
            return compute(env)
        except (ValueError, ZeroDivisionError, OverflowError, TypeError) as error:
            raise ExpressionFault(f"this has no value: {error}", node.span) from None

    return guarded


_RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}

Tests = list[Callable[[Env], bool]]
_LOGIC: dict[str, Callable[[Tests], Callable[[Env], bool]]] = {
    "and": lambda tests: lambda env: all(test(env) for test in tests),
    "or": lambda tests: lambda env: any(test(env) for test in tests),
    "not": lambda tests: lambda env: not tests[0](env),
    "implies": lambda tests: lambda env: not tests[0](env) or tests[1](env),
    "iff": lambda tests: lambda env: tests[0](env) == tests[1](env),
}
