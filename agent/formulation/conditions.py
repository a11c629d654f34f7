"""Conditions on variables as functions giving a `Form`, which `logic` turns into rows."""

from collections.abc import Callable
from typing import Any, cast

from agent.formulation import logic
from agent.formulation.emit import Emit, Emitter
from agent.formulation.evaluate import Env
from agent.formulation.faults import ExpressionFault
from agent.formulation.instance import Key
from agent.formulation.logic import Every, Form, Literal, Some, Truth
from agent.formulation.syntax import Compare, Decision, Fold, Global, Logic, Node, Span, has_decision
from agent.formulation.terms import Terms
from solvers.combinatorial import GlobalConstraint, Kind

_OPPOSITE = {"<=": ">", ">=": "<", "==": "!=", "<": ">=", ">": "<=", "!=": "=="}


class Conditions:
    """Compiles checked conditions for one model; auxiliary variables come from the `new_*` functions."""

    def __init__(
        self,
        emitter: Emitter,
        variables: dict[str, dict[Key, Any]],
        new_binary: Callable[[], Any],
        new_number: Callable[[float, float, bool], Any],
    ) -> None:
        self._emitter = emitter
        self._data = emitter.data
        self._variables = variables
        self._new_binary = new_binary
        self._new_number = new_number
        self.written: list[GlobalConstraint] = []
        """The global constraints whose forms were built since this was last emptied."""

    def condition(self, node: Node, negated: bool = False) -> Callable[[Env], Form]:
        """A function giving the form of a condition, or of its opposite."""
        if not has_decision(node):
            test = self._data.condition(node)
            return lambda env: Truth(test(env) != negated)
        match node:
            case Decision():
                variables, key_of = self._variables[node.name], self._data.key(node.subscripts)
                return lambda env: Literal(variables[key_of(env)], not negated)
            case Compare(operator=operator, left=left, right=right):
                return self._relation(_OPPOSITE[operator] if negated else operator, left, right, node.span)
            case Logic(operator=operator, arguments=arguments):
                return self._logic(operator, arguments, negated)
            case Fold(operator=operator, arguments=arguments, loops=loops):
                parts, iterate = (
                    [self.condition(part, negated) for part in arguments],
                    self._data.loops(loops),
                )
                join = Every if (operator == "all") != negated else Some
                return lambda env: join(tuple(part(inner) for inner in iterate(env) for part in parts))
            case Global() if not negated:
                return self._global(node)
        raise ExpressionFault("a global constraint can be neither negated nor a condition", node.span)

    def _relation(self, operator: str, left: Node, right: Node, span: Span) -> Callable[[Env], Form]:
        first, second = self._emitter.emit(left), self._emitter.emit(right)

        def build(env: Env) -> Form:
            def difference(direction: int) -> Terms:
                terms = Terms(direction)
                first(env, 1.0, terms)
                second(env, -1.0, terms)
                return terms

            try:
                return logic.relation(operator, difference)
            except ExpressionFault as fault:
                raise ExpressionFault(fault.message, fault.span or span) from None

        return build

    def _logic(self, operator: str, arguments: tuple[Node, ...], negated: bool) -> Callable[[Env], Form]:
        if operator == "not":
            return self.condition(arguments[0], not negated)
        if operator == "iff":
            a, b = arguments
            forward = self._logic("or" if not negated else "and", (Logic(a.span, "not", (a,)), b), False)
            back = self._logic("or" if not negated else "and", (a, Logic(b.span, "not", (b,))), False)
            join = Some if negated else Every
            return lambda env: join((forward(env), back(env)))
        flips = [negated] * len(arguments)
        if operator == "implies":
            flips[0] = not negated
        parts = [self.condition(part, flip) for part, flip in zip(arguments, flips, strict=True)]
        join = Every if (operator == "and") != negated else Some
        return lambda env: join(tuple(part(env) for part in parts))

    def _global(self, node: Global) -> Callable[[Env], Form]:
        iterate, is_circuit = self._data.loops(node.loops), node.kind == "circuit"
        rows: list[list[Any]] = [
            [
                self._data.number(p) if is_circuit and i < 2 else self._emitter.emit(p)
                for i, p in enumerate(row)
            ]
            for row in node.items
        ]
        capacity = self._emitter.emit(node.capacity) if node.capacity is not None else None

        def build(env: Env) -> Form:
            found = [(row, dict(inner)) for inner in iterate(env) for row in rows]
            if is_circuit:
                arcs = [self._arc(row, inner) for row, inner in found]
                self.written.append(GlobalConstraint("circuit", tuple(arcs)))
                return logic.circuit(arcs, lambda n: self._new_number(1, n, False))
            items = [tuple(_later(part, inner) for part in row) for row, inner in found]
            limit = None if capacity is None else _later(capacity, dict(env))
            self._write(node.kind, items, limit)
            if limit is not None:
                return logic.cumulative(items, limit, self._new_binary)
            if node.kind == "no_overlap":
                return logic.no_overlap([(start, duration) for start, duration in items])
            return logic.all_different([value for (value,) in items])

        return build

    def _write(self, kind: str, items: list[tuple[Any, ...]], limit: Any) -> None:
        told = tuple(tuple(part(0).expression() for part in item) for item in items)
        capacity = None if limit is None else limit(0).expression()
        self.written.append(GlobalConstraint(cast(Kind, kind), told, capacity))

    def _arc(self, row: list[Any], env: Env) -> tuple[Any, Any, Any]:
        terms = Terms()
        row[2](env, 1.0, terms)
        return row[0](env), row[1](env), terms.vars[0]


def _later(emit: Emit, env: Env) -> Callable[[int], Terms]:
    def build(direction: int) -> Terms:
        terms = Terms(direction)
        emit(env, 1.0, terms)
        return terms

    return build
