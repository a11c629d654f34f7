"""Gives a formulation's expressions their meaning: names looked up, subscripts counted, kinds checked.

Nothing here needs data, so a formulation can be checked while it is being written.
"""

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import cast

from agent.formulation.faults import ExpressionFault, Fault, FaultyFormulation, did_you_mean
from agent.formulation.model import Constraint, Domain, Formulation, Parameter, Variable
from agent.formulation.parse import parse, parse_loops, tidy
from agent.formulation.syntax import (
    ROUNDING,
    Arithmetic,
    Call,
    Choice,
    Compare,
    Datum,
    Decision,
    Dummy,
    Fold,
    Global,
    Logic,
    Loop,
    Member,
    Negative,
    Node,
    Number,
    Range,
    Span,
    Sum,
    Symbol,
    Text,
    has_decision,
    walk,
)


class Kind(Enum):
    """What a node stands for; an index may be a number or a word, which only the data tell."""

    NUMBER = "a number"
    CONDITION = "a condition"
    WORD = "a set element"
    INDEX = "an index"


@dataclass(frozen=True, slots=True)
class Rule:
    """A constraint with its names looked up: `body` holds for each combination of `loops`."""

    name: str
    meaning: str
    text: str
    body: Node
    loops: tuple[Loop, ...]

    @property
    def element(self) -> str:
        """How messages name it."""
        return f"constraint `{self.name}`"


@dataclass(frozen=True, slots=True)
class Checked:
    """A formulation whose expressions all have a meaning."""

    formulation: Formulation
    objective: Node
    objective_text: str
    rules: tuple[Rule, ...]
    bounds: dict[str, tuple[Node | None, Node | None]]
    warnings: tuple[str, ...] = ()


def check(formulation: Formulation) -> Checked:
    """The formulation with its expressions parsed and every name looked up.

    Raises:
        FaultyFormulation: with all faults, each with element, place, sentence and, if there is one, a near name.
    """
    checker = _Checker(formulation)
    checked = checker.run()
    if checker.faults:
        raise FaultyFormulation(checker.faults)
    return cast(Checked, checked)


@dataclass(slots=True)
class _Scope:
    """The indices bound around an expression, with the number of subscripts each stands for."""

    dummies: dict[str, int] = field(default_factory=dict)

    def inside(self, names: dict[str, int]) -> "_Scope":
        return _Scope({**self.dummies, **names})


class _Checker:
    def __init__(self, formulation: Formulation) -> None:
        self.formulation = formulation
        self.faults: list[Fault] = []
        self.sets = {item.name: item for item in formulation.sets}
        self.parameters = {item.name: item for item in formulation.parameters}
        self.variables = {item.name: item for item in formulation.variables}
        self.words = {
            part
            for item in formulation.sets
            for element in item.elements or ()
            for part in (element if isinstance(element, tuple) else (element,))
            if isinstance(part, str)
        }

    def run(self) -> Checked | None:
        items: tuple[Parameter | Variable, ...] = (*self.parameters.values(), *self.variables.values())
        for item in items:
            self._check_indices(item)
        bounds = {item.name: self._bounds(item) for item in self.variables.values()}
        objective_text = tidy(self.formulation.objective.expression)
        objective = self._objective(objective_text)
        rules = [self._rule(constraint) for constraint in self.formulation.constraints]
        if self.faults or objective is None:
            return None
        sound = tuple(rule for rule in rules if rule is not None)
        warnings = self._unused(objective, sound)
        return Checked(self.formulation, objective, objective_text, sound, bounds, warnings)

    def _check_indices(self, item: Parameter | Variable) -> None:
        for name in item.indices:
            if name not in self.sets:
                kind = "parameter" if isinstance(item, Parameter) else "variable"
                near = did_you_mean(name, self.sets)
                self.faults.append(
                    Fault(f"{kind} `{item.name}`", f"its index `{name}` is no declared set{near}")
                )

    def _objective(self, text: str) -> Node | None:
        try:
            node = self.resolve(parse(text), _Scope(), Kind.NUMBER)
            if not has_decision(node) and not isinstance(node, Number):
                raise ExpressionFault("the objective depends on no variable", node.span)
        except ExpressionFault as fault:
            self.faults.append(fault.located("objective", text))
            return None
        return node

    def _rule(self, constraint: Constraint) -> Rule | None:
        name, meaning = constraint.name, constraint.meaning
        element, text = f"constraint `{name}`", tidy(constraint.forall)
        try:
            loops, scope = self.resolve_loops(parse_loops(text), _Scope())
        except ExpressionFault as fault:  # its columns are those of the loops as they were read
            self.faults.append(Fault(element, fault.message, text, Span(0, len(text))))
            return None
        try:
            text = tidy(constraint.expression)
            body = self.resolve(parse(text), scope, Kind.CONDITION)
        except ExpressionFault as fault:
            self.faults.append(fault.located(element, text))
            return None
        return Rule(name, meaning, text, body, loops)

    def _bounds(self, variable: Variable) -> tuple[Node | None, Node | None]:
        return self._bound(variable, "lower"), self._bound(variable, "upper")

    def _bound(self, variable: Variable, side: str) -> Node | None:
        given = getattr(variable, side)
        if given is None or isinstance(given, float | int):
            return None if given is None else Number(Span(0, 0), given)
        text = tidy(given)
        try:
            names = {
                f"_{position}": self.sets[name].dimension for position, name in enumerate(variable.indices)
            }
            tree = parse(text)
            bare = isinstance(tree, Symbol) and not tree.subscripts and self.parameters.get(tree.name)
            if bare and bare.indices and bare.indices == variable.indices:
                dummies = tuple(Symbol(tree.span, name) for name in names)
                tree = replace(cast(Symbol, tree), subscripts=dummies)
            node = self.resolve(tree, _Scope(names), Kind.NUMBER)
            if has_decision(node):
                raise ExpressionFault("a bound depends on data alone; make it a constraint", node.span)
        except KeyError:
            return None  # an index that is no set, already reported
        except ExpressionFault as fault:
            self.faults.append(fault.located(f"{side} bound of `{variable.name}`", text))
            return None
        return node

    # Expressions -----------------------------------------------------------------------------------------

    def resolve(self, node: Node, scope: _Scope, wanted: Kind) -> Node:
        """`node` with its names looked up, and of the kind that its place asks for."""
        resolved, kind = self._resolve(node, scope)
        if kind is wanted or (kind is Kind.INDEX and wanted in (Kind.NUMBER, Kind.WORD)):
            return resolved
        if wanted is Kind.CONDITION and self._is_literal(resolved):
            return resolved
        raise ExpressionFault(_kind_message(kind, wanted), node.span)

    def _is_literal(self, node: Node) -> bool:
        return isinstance(node, Decision) and self.variables[node.name].domain is Domain.BINARY

    def _resolve(self, node: Node, scope: _Scope) -> tuple[Node, Kind]:
        match node:
            case Number():
                return node, Kind.NUMBER
            case Text():
                return node, Kind.WORD
            case Symbol():
                return self._symbol(node, scope)
            case Negative(argument=argument):
                return Negative(node.span, self.resolve(argument, scope, Kind.NUMBER)), Kind.NUMBER
            case Sum(terms=terms):
                return Sum(node.span, self._numbers(terms, scope)), Kind.NUMBER
            case Arithmetic(operator=operator, left=left, right=right):
                sides = self._numbers((left, right), scope)
                self._data_only(operator in ("%", "//"), operator, sides)
                return Arithmetic(node.span, operator, *sides), Kind.NUMBER
            case Call(function=function, argument=argument):
                (inner,) = self._numbers((argument,), scope)
                self._data_only(function in ROUNDING, function, (inner,))
                return Call(node.span, function, inner), Kind.NUMBER
            case Compare(operator=operator, left=left, right=right):
                return Compare(
                    node.span, operator, *self._sides(operator, left, right, scope)
                ), Kind.CONDITION
            case Logic(operator=operator, arguments=arguments):
                inner_conditions = tuple(self.resolve(part, scope, Kind.CONDITION) for part in arguments)
                return Logic(node.span, operator, inner_conditions), Kind.CONDITION
            case Choice(condition=condition, then=then, otherwise=otherwise):
                test = self._data_condition(condition, scope)
                return Choice(node.span, test, *self._numbers((then, otherwise), scope)), Kind.NUMBER
            case Member():
                return self._member(node, scope), Kind.CONDITION
            case Fold():
                return self._fold(node, scope)
            case Global():
                return self._global(node, scope), Kind.CONDITION
        raise AssertionError(f"unknown node {type(node).__name__}")

    def _numbers(self, nodes: tuple[Node, ...], scope: _Scope) -> tuple[Node, ...]:
        return tuple(self.resolve(node, scope, Kind.NUMBER) for node in nodes)

    def _data_only(self, applies: bool, name: str, nodes: tuple[Node, ...]) -> None:
        for node in nodes:
            if applies and has_decision(node):
                raise ExpressionFault(f"`{name}` works on data, not on variables", node.span)

    def _data_condition(self, node: Node, scope: _Scope) -> Node:
        test = self.resolve(node, scope, Kind.CONDITION)
        if has_decision(test):
            raise ExpressionFault(
                "a condition after `if` speaks of data; for variables write implies(a, b)", node.span
            )
        return test

    def _sides(self, operator: str, left: Node, right: Node, scope: _Scope) -> tuple[Node, Node]:
        first, first_kind = self._resolve(self._as_word(left, scope), scope)
        second, second_kind = self._resolve(self._as_word(right, scope), scope)
        kinds = {first_kind, second_kind}
        if Kind.CONDITION in kinds:
            raise ExpressionFault(
                "a condition cannot be compared; use `and`, `or`, implies or iff", left.span
            )
        if Kind.WORD in kinds and (Kind.NUMBER in kinds or operator not in ("==", "!=")):
            raise ExpressionFault("a set element is compared with an index, by == or !=", left.span)
        return first, second

    def _as_word(self, node: Node, scope: _Scope) -> Node:
        """A bare name that is an element of a declared set and nothing else stands for that element."""
        if isinstance(node, Symbol) and not node.subscripts and node.name in self.words:
            known = node.name in scope.dummies or node.name in self.parameters or node.name in self.variables
            return node if known else Text(node.span, node.name)
        return node

    def _symbol(self, node: Symbol, scope: _Scope) -> tuple[Node, Kind]:
        name = node.name
        if name in scope.dummies:
            if node.subscripts:
                raise ExpressionFault(f"`{name}` is an index and takes no subscript", node.span)
            return Dummy(node.span, name), Kind.INDEX
        item = self.parameters.get(name) or self.variables.get(name)
        if item is None:
            raise ExpressionFault(
                self._unknown(name, scope), Span(node.span.start, node.span.start + len(name))
            )
        subscripts = tuple(self._subscript(part, scope) for part in node.subscripts)
        self._count_subscripts(node, item, subscripts, scope)
        maker = Datum if isinstance(item, Parameter) else Decision
        return maker(node.span, name, subscripts), Kind.NUMBER

    def _subscript(self, node: Node, scope: _Scope) -> Node:
        resolved, kind = self._resolve(self._as_word(node, scope), scope)
        if kind is Kind.CONDITION or has_decision(resolved):
            raise ExpressionFault("a subscript is an index, a set element or a number", node.span)
        return resolved

    def _count_subscripts(
        self, node: Symbol, item: Parameter | Variable, given: tuple[Node, ...], scope: _Scope
    ) -> None:
        wanted = sum(self.sets[name].dimension for name in item.indices if name in self.sets)
        count = sum(scope.dummies.get(part.name, 1) if isinstance(part, Dummy) else 1 for part in given)
        if count == wanted:
            return
        label = self._label(item)
        if not wanted:
            raise ExpressionFault(f"`{item.name}` has no index and takes no subscript", node.span)
        if not count:
            first = item.indices[0]
            hint = f"write `{label}` inside a loop, such as sum({label} for {first[0]} in {first})"
            raise ExpressionFault(f"`{item.name}` is indexed by {', '.join(item.indices)}; {hint}", node.span)
        raise ExpressionFault(f"`{label}` takes {wanted} subscripts, not {count}", node.span)

    def _label(self, item: Parameter | Variable) -> str:
        return f"{item.name}[{', '.join(item.indices)}]" if item.indices else item.name

    def _unknown(self, name: str, scope: _Scope) -> str:
        if name in self.sets:
            return f"`{name}` is a set; loop over it: sum(... for i in {name})"
        items: tuple[Parameter | Variable, ...] = (*self.parameters.values(), *self.variables.values())
        known = [self._label(item) for item in items]
        near = did_you_mean(name, [*known, *scope.dummies])
        return f"unknown name `{name}`{near or '; declare it as a variable or a parameter, or use a number'}"

    def _member(self, node: Member, scope: _Scope) -> Member:
        if node.set_name not in self.sets:
            near = did_you_mean(node.set_name, self.sets)
            raise ExpressionFault(f"`{node.set_name}` is no declared set{near}", node.span)
        return Member(node.span, tuple(self._subscript(part, scope) for part in node.element), node.set_name)

    def _fold(self, node: Fold, scope: _Scope) -> tuple[Node, Kind]:
        loops, inner = self.resolve_loops(node.loops, scope)
        wanted = Kind.CONDITION if node.operator in ("all", "any") else Kind.NUMBER
        arguments = tuple(self.resolve(part, inner, wanted) for part in node.arguments)
        return Fold(node.span, node.operator, arguments, loops), wanted

    def _global(self, node: Global, scope: _Scope) -> Node:
        loops, inner = self.resolve_loops(node.loops, scope)
        items = tuple(self._global_row(node.kind, row, inner) for row in node.items)
        capacity = None if node.capacity is None else self.resolve(node.capacity, scope, Kind.NUMBER)
        return Global(node.span, node.kind, items, loops, capacity)

    def _global_row(self, kind: str, row: tuple[Node, ...], scope: _Scope) -> tuple[Node, ...]:
        if kind != "circuit":
            return self._numbers(row, scope)
        literal = self.resolve(row[2], scope, Kind.CONDITION)
        if not self._is_literal(literal):
            raise ExpressionFault("the third part of a circuit's item is a binary variable", row[2].span)
        return (*(self._subscript(part, scope) for part in row[:2]), literal)

    def resolve_loops(self, loops: tuple[Loop, ...], scope: _Scope) -> tuple[tuple[Loop, ...], _Scope]:
        """The loops with their conditions looked up, and the scope inside them."""
        resolved = []
        for loop in loops:
            domain, dimension = self._domain(loop, scope)
            if len(loop.targets) not in (1, dimension):
                raise ExpressionFault(
                    f"elements of `{loop.domain}` have {dimension} parts, not {len(loop.targets)}", loop.span
                )
            sizes = [dimension] if len(loop.targets) == 1 else [1] * dimension
            scope = scope.inside(dict(zip(loop.targets, sizes, strict=True)))
            tests = tuple(self._data_condition(test, scope) for test in loop.conditions)
            resolved.append(Loop(loop.span, loop.targets, domain, tests))
        return tuple(resolved), scope

    def _domain(self, loop: Loop, scope: _Scope) -> tuple[str | Range, int]:
        if isinstance(loop.domain, Range):
            start, stop = self._numbers((loop.domain.start, loop.domain.stop), scope)
            if has_decision(start) or has_decision(stop):
                raise ExpressionFault("a range runs between numbers of the data", loop.domain.span)
            return Range(loop.domain.span, start, stop), 1
        if loop.domain not in self.sets:
            near = did_you_mean(loop.domain, self.sets) or "; declare it, or use range(start, stop)"
            raise ExpressionFault(f"`{loop.domain}` is no declared set{near}", loop.span)
        return loop.domain, self.sets[loop.domain].dimension

    def _unused(self, objective: Node, rules: tuple[Rule, ...]) -> tuple[str, ...]:
        bodies = [objective, *(rule.body for rule in rules)]
        used = {part.name for body in bodies for part in walk(body) if isinstance(part, Decision)}
        return tuple(
            f"variable `{name}` appears in no constraint and not in the objective"
            for name in self.variables
            if name not in used
        )


def _kind_message(kind: Kind, wanted: Kind) -> str:
    if wanted is Kind.CONDITION:
        return "this is no condition; write <=, >= or == and the other side"
    if kind is Kind.CONDITION:
        return "this is a condition where a number is needed; leave out the comparison"
    return f"this is {kind.value} where {wanted.value} is needed"
