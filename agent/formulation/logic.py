"""Conditions on variables as rows: relations, and/or/not, implications, global constraints; with tight big-M.

A condition first becomes a small form (`Relation`, `Literal`, `Every`, `Some`) with negations pushed inside;
posting a form writes rows, with a binary variable for each alternative. Where a bound for a big-M is missing,
the row is multiplied by its literal instead, which is exact and goes to the global nonlinear solver.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from agent.formulation.faults import ExpressionFault
from agent.formulation.terms import Terms


@dataclass(frozen=True, slots=True)
class Relation:
    """``terms <= 0``, or ``terms == 0`` where `is_equality`."""

    terms: Terms
    is_equality: bool = False


@dataclass(frozen=True, slots=True)
class Literal:
    """A binary variable that is 1, or 0 where not `is_positive`."""

    var: Any
    is_positive: bool = True

    def add_to(self, terms: Terms, scale: float) -> None:
        """Add `scale` times the literal's truth value."""
        terms.add(scale if self.is_positive else -scale, self.var)
        terms.constant += 0.0 if self.is_positive else scale

    def truth(self) -> Any:
        """The literal's truth value as an expression."""
        return self.var if self.is_positive else 1 - self.var


@dataclass(frozen=True, slots=True)
class Truth:
    """A condition that the data alone decide."""

    value: bool


@dataclass(frozen=True, slots=True)
class Every:
    """All of several forms hold."""

    forms: tuple["Form", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one of several forms holds."""

    forms: tuple["Form", ...]


Form = Relation | Literal | Truth | Every | Some
Row = tuple[Terms, bool]
"""A finished row: ``terms <= 0``, or ``== 0`` where the flag is set."""

_STRICT = (
    "`{}` between real values leaves out its border, where optima lie; write {} with the margin you mean"
)


def relation(operator: str, difference: Callable[[int], Terms]) -> Form:
    """The form of ``left operator right``, where `difference(direction)` gives the terms of left - right."""
    match operator:
        case "<=":
            return Relation(difference(1))
        case ">=":
            return Relation(difference(-1).negated())
        case "==":
            return Relation(difference(0), is_equality=True)
        case "<":
            return Relation(_strictly(difference(1), "<", "<="))
        case ">":
            return Relation(_strictly(difference(-1).negated(), ">", ">="))
    return Some((relation("<", difference), relation(">", difference)))


def _strictly(terms: Terms, operator: str, closed: str) -> Terms:
    if not terms.is_whole():
        raise ExpressionFault(_STRICT.format(operator, closed))
    terms.constant += 1
    return terms


def all_different(values: Sequence[Callable[[int], Terms]]) -> Form:
    """No two values are equal; they must be whole."""
    return Every(tuple(_pairwise("!=", a, b) for a, b in combinations(values, 2)))


def no_overlap(tasks: Sequence[tuple[Callable[[int], Terms], Callable[[int], Terms]]]) -> Form:
    """Of each two tasks (start, duration), one ends before the other starts."""
    return Every(tuple(Some((_before(a, b), _before(b, a))) for a, b in combinations(tasks, 2)))


def _before(first: Any, second: Any) -> Form:
    return relation("<=", lambda d: first[0](d).plus(first[1](d)).plus(second[0](-d), -1.0))


def _pairwise(operator: str, a: Callable[[int], Terms], b: Callable[[int], Terms]) -> Form:
    return relation(operator, lambda d: a(d).plus(b(-d), -1.0))


def cumulative(
    tasks: Sequence[tuple[Callable[[int], Terms], ...]],
    capacity: Callable[[int], Terms],
    new_binary: Callable[[], Any],
) -> Form:
    """At each task's start, the demands of the running tasks stay within the capacity; starts must be whole.

    The load can only rise at a start, so checking starts is enough.
    """
    forms: list[Form] = []
    for here in tasks:
        load = Terms(1).plus(capacity(-1), -1.0)
        for other in tasks:
            demand = other[2](0)
            if not demand.is_constant:
                raise ExpressionFault("the demands of `cumulative` must be data")
            duration = other[1](0)
            if other is here and duration.is_constant:
                load.constant += demand.constant if duration.constant > 0 else 0.0
                continue
            running = new_binary()
            load.add(demand.constant, running)
            if other is here:
                forms.append(Some((Literal(running), relation("<=", other[1]))))
            else:
                later = _pairwise(">", other[0], here[0])
                forms.append(Some((Literal(running), later, _before(other, here))))
        forms.append(Relation(load))
    return Every(tuple(forms))


def circuit(arcs: Sequence[tuple[Any, Any, Any]], new_position: Callable[[int], Any]) -> Form:
    """The chosen arcs (from, to, binary) form one tour through all nodes.

    The formulation of Miller, Tucker and Zemlin (1960), lifted as by Desrochers and Laporte (1991).
    """
    nodes = list(dict.fromkeys(end for arc in arcs for end in arc[:2]))
    chosen = {(start, end): var for start, end, var in arcs}
    if len(chosen) < len(arcs):
        raise ExpressionFault("`circuit` lists an arc twice")
    forms: list[Form] = [
        _exactly_one([var for arc, var in chosen.items() if arc[side] == node])
        for node in nodes
        for side in (0, 1)
    ]
    if len(nodes) > 1:
        forms += [Literal(var, is_positive=False) for (start, end), var in chosen.items() if start == end]
    position = {node: new_position(len(nodes) - 1) for node in nodes[1:]}
    for (start, end), var in chosen.items():
        if start == end or start not in position or end not in position:
            continue
        order = Terms(1)  # position[start] - position[end] + (n - 1) * chosen + (n - 3) * reverse <= n - 2
        order.add(1.0, position[start])
        order.add(-1.0, position[end])
        order.add(len(nodes) - 1, var)
        if (end, start) in chosen:
            order.add(len(nodes) - 3, chosen[end, start])
        order.constant -= len(nodes) - 2
        forms.append(Relation(order))
    return Every(tuple(forms))


def _exactly_one(variables: list[Any]) -> Form:
    total = Terms()
    for var in variables:
        total.add(1.0, var)
    total.constant -= 1
    return Relation(total, is_equality=True)


def rows(form: Form, new_binary: Callable[[], Any]) -> list[Row]:
    """The rows that make a form hold.

    Raises:
        ExpressionFault: a row has a number that is not finite.
    """
    found: list[Row] = []
    _post(form, None, new_binary, found)
    return found


def _post(form: Form, when: Literal | None, new_binary: Callable[[], Any], found: list[Row]) -> None:
    match form:
        case Truth(value=value):
            if not value:
                _imply(
                    [], when, found
                )  # unconditionally this is 1 <= 0, for the engine to name as infeasible
        case Literal():
            _imply([form], when, found)
        case Relation(terms=terms, is_equality=is_equality):
            _post_relation(terms, is_equality, when, found)
        case Every(forms=forms):
            for part in forms:
                _post(part, when, new_binary, found)
        case Some(forms=forms):
            _post_some(forms, when, new_binary, found)


def _post_some(
    forms: tuple[Form, ...], when: Literal | None, new_binary: Callable[[], Any], found: list[Row]
) -> None:
    if any(isinstance(part, Truth) and part.value for part in forms):
        return
    open_forms = [part for part in forms if not isinstance(part, Truth)]
    if len(open_forms) == 1:
        _post(open_forms[0], when, new_binary, found)
        return
    literals = []
    for part in open_forms:
        literal = _as_literal(part)
        if literal is None:
            literal = Literal(new_binary())
            _post(part, literal, new_binary, found)
        literals.append(literal)
    _imply(literals, when, found)


def _as_literal(form: Form) -> Literal | None:
    """The form as a literal, where it is one: a binary variable, or its comparison with 0 or 1."""
    if isinstance(form, Literal):
        return form
    if not isinstance(form, Relation) or form.terms.rest or len(form.terms.vars) != 1:
        return None
    (var,), (coef,), constant = form.terms.vars, form.terms.coefs, form.terms.constant
    if not var.is_binary() or not coef:
        return None
    holds = [
        abs(coef * x + constant) < 1e-9 if form.is_equality else coef * x + constant < 1e-9 for x in (0, 1)
    ]
    return Literal(var, is_positive=holds[1]) if holds[0] != holds[1] else None


def _imply(literals: list[Literal], when: Literal | None, found: list[Row]) -> None:
    """At least one literal is true (if `when` is)."""
    row = Terms(1)
    row.constant = 1.0
    for literal in literals:
        literal.add_to(row, -1.0)
    if when is not None:
        row.constant -= 1.0
        when.add_to(row, 1.0)
    _add(row, False, found)


def _post_relation(terms: Terms, is_equality: bool, when: Literal | None, found: list[Row]) -> None:
    if when is None:
        _add(terms, is_equality, found)
        return
    for side in (terms, terms.negated()) if is_equality else (terms,):
        excess = side.range()[1]
        if excess <= 0:
            continue
        guarded = Terms(side.direction)
        if math.isfinite(excess):
            guarded = guarded.plus(side)
            guarded.constant -= excess
            when.add_to(guarded, excess)
        else:
            guarded.rest.append(when.truth() * side.expression())
        _add(guarded, False, found)


def _add(terms: Terms, is_equality: bool, found: list[Row]) -> None:
    if not terms.is_finite():
        raise ExpressionFault("the data give a number here that is not finite")
    is_false = terms.constant > 1e-9 or (is_equality and abs(terms.constant) > 1e-9)
    if (
        not terms.is_constant or is_false
    ):  # a row that the data alone make false is a reason for infeasibility
        found.append((terms, is_equality))
