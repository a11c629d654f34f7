"""By how much a point violates a formulation: constraints, bounds and integrality, from the data alone."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from agent.formulation.check import Rule
from agent.formulation.evaluate import Env, Evaluator
from agent.formulation.faults import ExpressionFault, FaultyFormulation
from agent.formulation.instance import Instance, Key
from agent.formulation.model import Domain
from agent.formulation.syntax import Compare, Decision, Fold, Global, Logic, Node, has_decision

Values = Mapping[str, Mapping[Key, float]]


@dataclass(frozen=True, slots=True)
class Violation:
    """A condition that a point breaks, by `amount` relative to the size of its sides (at least 1)."""

    element: str
    key: Key
    amount: float

    def __str__(self) -> str:
        """The element, its combination of indices, and the amount."""
        where = f"[{self.key}]" if self.key != () else ""
        return f"{self.element}{where} is violated by {self.amount:.3g}"


def objective_value(instance: Instance, values: Values) -> float:
    """The objective at a point.

    Raises:
        FaultyFormulation: the objective has no value there.
    """
    try:
        value = float(Evaluator(instance, values).number(instance.checked.objective)({}))
        if not math.isfinite(value):
            raise ExpressionFault(f"its value is {value}")
        return value
    except ExpressionFault as fault:
        raise FaultyFormulation([fault.located("objective", instance.checked.objective_text)]) from None


def violations(instance: Instance, values: Values, tolerance: float = 1e-6) -> list[Violation]:
    """All that a point breaks by more than `tolerance`, the worst first."""
    found = [item for item in _all(instance, values) if not item.amount <= tolerance]
    return sorted(found, key=lambda item: -item.amount)


def largest_violation(instance: Instance, values: Values) -> float:
    """The largest relative amount by which a point breaks anything."""
    return max((item.amount for item in _all(instance, values)), default=0.0)


def _all(instance: Instance, values: Values) -> Iterator[Violation]:
    yield from _domains(instance, values)
    meter = Meter(instance, values)
    for rule in instance.checked.rules:
        yield from meter.rule(rule)


def _domains(instance: Instance, values: Values) -> Iterator[Violation]:
    evaluator = Evaluator(instance)
    for item in instance.formulation.variables:
        lower, upper = (bound and evaluator.number(bound) for bound in instance.checked.bounds[item.name])
        for key in instance.keys(item.indices):
            value, env = values[item.name][key], dummies_of(item.indices, key, instance)
            if not math.isfinite(value):
                yield Violation(f"variable `{item.name}`", key, math.inf)
                continue
            amounts = [abs(value - round(value)) if item.domain is not Domain.REAL else 0.0]
            amounts += [_scaled(lower(env) - value, value)] if lower else []
            amounts += [_scaled(value - upper(env), value)] if upper else []
            amounts += [abs(value) if value < 0 else value - 1] if item.domain is Domain.BINARY else []
            yield Violation(f"variable `{item.name}`", key, max(0.0, *amounts))


def dummies_of(indices: tuple[str, ...], key: Key, instance: Instance) -> Env:
    """The environment in which a variable's bound is evaluated: one hidden dummy for each of its sets."""
    parts = list(key) if isinstance(key, tuple) else [key]
    env: Env = {}
    for position, name in enumerate(indices):
        first = next(iter(instance.sets[name]), 0)
        size = len(first) if isinstance(first, tuple) else 1
        env[f"_{position}"] = tuple(parts[:size]) if size > 1 else parts[0]
        parts = parts[size:]
    return env


def _scaled(excess: float, *sizes: float) -> float:
    if math.isnan(excess):
        return math.inf
    return max(0.0, excess) / max((1.0, *map(abs, sizes)))


class Meter:
    """Measures conditions at a point; 0 where they hold."""

    def __init__(self, instance: Instance, values: Values) -> None:
        self._evaluator = Evaluator(instance, values)

    def rule(self, rule: Rule) -> Iterator[Violation]:
        """The violation of a constraint for each combination of its loops."""
        names = [name for loop in rule.loops for name in loop.targets]
        try:
            measure, iterate = self.amount(rule.body), self._evaluator.loops(rule.loops)
            for env in iterate({}):
                key = tuple(env[name] for name in names)
                yield Violation(rule.element, key[0] if len(key) == 1 else key, measure(env))
        except ExpressionFault as fault:
            raise FaultyFormulation([fault.located(rule.element, rule.text)]) from None

    def amount(self, node: Node, negated: bool = False) -> Callable[[Env], float]:
        """A function giving by how much `node` (or its opposite) is violated."""
        if not has_decision(node):
            test = self._evaluator.condition(node)
            return lambda env: 0.0 if test(env) != negated else 1.0
        match node:
            case Decision():
                value = self._evaluator.number(node)
                return lambda env: abs(value(env) - (not negated))
            case Compare(operator=operator, left=left, right=right):
                first, second = self._evaluator.number(left), self._evaluator.number(right)
                relation = _OPPOSITE[operator] if negated else operator
                excess, is_scaled = _EXCESS[relation], relation not in _STRICT
                return lambda env: _compared(excess, first(env), second(env), is_scaled)
            case Logic(operator=operator, arguments=arguments):
                return self._logic(operator, arguments, negated)
            case Fold(operator=operator, arguments=arguments, loops=loops):
                parts, iterate = (
                    [self.amount(part, negated) for part in arguments],
                    self._evaluator.loops(loops),
                )
                worst = max if (operator == "all") != negated else min
                empty = 0.0 if worst is max else 1.0
                return lambda env: worst(
                    (part(inner) for inner in iterate(env) for part in parts), default=empty
                )
            case Global() if not negated:
                return self._global(node)
        raise ExpressionFault("a global constraint can be neither negated nor a condition", node.span)

    def _logic(self, operator: str, arguments: tuple[Node, ...], negated: bool) -> Callable[[Env], float]:
        if operator == "not":
            return self.amount(arguments[0], not negated)
        if operator == "iff":
            first, second = arguments
            both = [self.amount(first), self.amount(second, negated)]
            none = [self.amount(first, True), self.amount(second, not negated)]
            return lambda env: min(max(part(env) for part in both), max(part(env) for part in none))
        flips = [negated] * len(arguments)
        if operator == "implies":
            flips[0] = not negated
        parts = [self.amount(part, flip) for part, flip in zip(arguments, flips, strict=True)]
        worst = max if (operator == "and") != negated else min
        return lambda env: worst(part(env) for part in parts)

    def _global(self, node: Global) -> Callable[[Env], float]:
        columns = [[self._evaluator.number(part) for part in row] for row in node.items]
        iterate = self._evaluator.loops(node.loops)
        capacity = None if node.capacity is None else self._evaluator.number(node.capacity)

        def measure(env: Env) -> float:
            rows = [tuple(part(inner) for part in row) for inner in iterate(env) for row in columns]
            if capacity is not None:
                return _cumulative(rows, capacity(env))
            return _GLOBALS[node.kind](rows)

        return measure


def _compared(excess: Callable[[float, float], float], left: float, right: float, is_scaled: bool) -> float:
    return _scaled(excess(left, right), left, right) if is_scaled else _scaled(excess(left, right))


# Strict relations stand between whole numbers only (`compile` sees to that), so a broken one is off by at least 1
# whatever the size of its sides.
_STRICT = ("<", ">", "!=")
_EXCESS: dict[str, Callable[[float, float], float]] = {
    "<=": lambda a, b: a - b,
    ">=": lambda a, b: b - a,
    "==": lambda a, b: abs(a - b),
    "<": lambda a, b: a - b + 1,
    ">": lambda a, b: b - a + 1,
    "!=": lambda a, b: 1 - abs(a - b),
}
_OPPOSITE = {"<=": ">", ">=": "<", "==": "!=", "<": ">=", ">": "<=", "!=": "=="}


def _all_different(rows: list[tuple[float, ...]]) -> float:
    ordered = sorted(row[0] for row in rows)
    return max((_scaled(1 - (b - a)) for a, b in pairwise(ordered)), default=0.0)


def _no_overlap(rows: list[tuple[float, ...]]) -> float:
    ordered = sorted((start, start + duration) for start, duration in rows)
    overlaps = (_scaled(a[1] - b[0], b[0]) for a, b in pairwise(ordered))
    return max(overlaps, default=0.0)


def _cumulative(rows: list[tuple[float, ...]], capacity: float) -> float:
    def load(moment: float) -> float:
        return sum(demand for start, duration, demand in rows if start <= moment + 1e-6 < start + duration)

    return max((_scaled(load(start) - capacity, capacity) for start, _, _ in rows), default=0.0)


def _circuit(rows: list[tuple[float, ...]]) -> float:
    """0 when the chosen arcs are one tour of all nodes, else the number of nodes it misses."""
    nodes = {end for row in rows for end in row[:2]}
    chosen = [(start, end) for start, end, literal in rows if literal > 0.5]
    following = dict(chosen)
    if (
        len(chosen) != len(nodes)
        or len(following) != len(nodes)
        or len(set(following.values())) != len(nodes)
    ):
        return float(max(1, abs(len(chosen) - len(nodes))))
    place = first = next(iter(nodes))
    for count in range(1, len(nodes) + 1):
        place = following[place]
        if place == first:
            return float(len(nodes) - count)
    return float(len(nodes))


_GLOBALS: dict[str, Callable[[list[tuple[float, ...]]], float]] = {
    "all_different": _all_different,
    "no_overlap": _no_overlap,
    "circuit": _circuit,
}
