"""Checked expressions as Python source over Pyomo, with parentheses only where precedence needs them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

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
    Logic,
    Loop,
    Member,
    Negative,
    Node,
    Number,
    Range,
    Sum,
    Text,
    has_decision,
)

# Python's precedence, loosest first.
_ANY, _CHOICE, _OR, _AND, _NOT, _RELATION, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(11)
_LEVELS = {"or": _OR, "and": _AND}


@dataclass(frozen=True, slots=True)
class Python:
    """Writes checked nodes.

    Attributes:
        data: what sets and parameters are called.
        variables: what variables are called in the model.
        dummies: what indices are called.
        sizes: how many subscripts an element of each set has.
        tuples: the indices around the expression that stand for a whole tuple.
    """

    data: Mapping[str, str]
    variables: Mapping[str, str]
    dummies: Mapping[str, str]
    sizes: Mapping[str, int]
    tuples: frozenset[str] = frozenset()

    def inside(self, loops: tuple[Loop, ...]) -> "Python":
        """The same writer for what stands inside some loops."""
        tuples = set(self.tuples)
        for loop in loops:
            tuples -= set(loop.targets)
            if len(loop.targets) == 1 and isinstance(loop.domain, str) and self.sizes[loop.domain] > 1:
                tuples |= set(loop.targets)
        return replace(self, tuples=frozenset(tuples))

    def write(self, node: Node, place: int = _ANY) -> str:
        """The node, in parentheses where `place` binds tighter than the node does."""
        text, level = self._written(node)
        return text if level >= place else f"({text})"

    def loop(self, loop: Loop) -> str:
        """One loop with its conditions: ``for i, j in arcs if i != j``."""
        tests = "".join(f" if {self.write(test, _OR)}" for test in loop.conditions)
        return f"{self.head(loop)}{tests}"

    def condition(self, node: Node) -> str:
        """A condition that stands among others joined by `and`."""
        return self.write(node, _NOT)

    def head(self, loop: Loop) -> str:
        """One loop without its conditions."""
        targets = ", ".join(self.dummies[target] for target in loop.targets)
        return f"for {targets} in {self._domain(loop)}"

    def _domain(self, loop: Loop) -> str:
        if isinstance(loop.domain, Range):
            return f"range({self._whole(loop.domain.start)}, {self._whole(loop.domain.stop)})"
        return self.data[loop.domain]

    def _whole(self, node: Node) -> str:
        text = self.write(node)
        return str(int(node.value)) if isinstance(node, Number) else f"int({text})"

    def _written(self, node: Node) -> tuple[str, int]:
        match node:
            case Number(value=value):
                return repr(value), _ATOM if value >= 0 else _SIGN
            case Text(value=word):
                return repr(word), _ATOM
            case Dummy(name=word):
                return self.dummies[word], _ATOM
            case Datum(name=word, subscripts=subscripts):
                return self.data[word] + self._subscripts(subscripts), _ATOM
            case Decision(name=word, subscripts=subscripts):
                return f"model.{self.variables[word]}{self._subscripts(subscripts)}", _ATOM
            case Negative(argument=argument):
                return f"-{self.write(argument, _SIGN)}", _SIGN
            case Sum(terms=terms):
                return self._sum(terms), _SUM
            case Arithmetic():
                return self._arithmetic(node)
            case Call(function=function, argument=argument):
                return f"{self._function(function, argument)}({self.write(argument)})", _ATOM
            case Choice(condition=condition, then=then, otherwise=otherwise):
                test = self.write(condition, _OR)
                return f"{self.write(then, _OR)} if {test} else {self.write(otherwise, _CHOICE)}", _CHOICE
            case Fold():
                return self._fold(node), _ATOM
            case Compare(operator=operator, left=left, right=right):
                return f"{self.write(left, _SUM)} {operator} {self.write(right, _SUM)}", _RELATION
            case Logic(operator=operator, arguments=arguments):
                return self._logic(operator, arguments)
            case Member(element=element, set_name=name):
                key = self._subscripts(element)[1:-1]
                is_tuple = len(element) > 1
                return f"{f'({key})' if is_tuple else key} in {self.data[name]}", _RELATION
        raise AssertionError(f"{type(node).__name__} has no Python form")

    def _subscripts(self, parts: tuple[Node, ...]) -> str:
        if len(parts) == 1:
            return f"[{self.write(parts[0])}]"
        # Data are kept under flat keys, so an index that is itself a tuple is spread out.
        flat = (
            ("*" if isinstance(part, Dummy) and part.name in self.tuples else "") + self.write(part)
            for part in parts
        )
        return f"[{', '.join(flat)}]" if parts else ""

    def _sum(self, terms: tuple[Node, ...]) -> str:
        text = self.write(terms[0], _SUM)
        for term in terms[1:]:
            if isinstance(term, Negative):
                text += f" - {self.write(term.argument, _PRODUCT)}"
            else:
                text += f" + {self.write(term, _PRODUCT)}"
        return text

    def _arithmetic(self, node: Arithmetic) -> tuple[str, int]:
        if node.operator == "**":
            return f"{self.write(node.left, _ATOM)} ** {self.write(node.right, _SIGN)}", _POWER
        left, right = self.write(node.left, _PRODUCT), self.write(node.right, _SIGN)
        return f"{left} {node.operator} {right}", _PRODUCT

    def _function(self, function: str, argument: Node) -> str:
        if function in ROUNDING or (function == "abs" and not has_decision(argument)):
            return "round" if function == "round" else {"abs": "abs"}.get(function, f"math.{function}")
        return f"pyo.{function}"

    def _fold(self, node: Fold) -> str:
        function = "math.prod" if node.operator == "prod" else node.operator
        inner = self.inside(node.loops)
        body = ", ".join(inner.write(part, _CHOICE) for part in node.arguments)
        if node.loops:
            return f"{function}({body} {' '.join(inner.loop(loop) for loop in node.loops)})"
        return f"{function}([{body}])"

    def _logic(self, operator: str, arguments: tuple[Node, ...]) -> tuple[str, int]:
        if operator in _LEVELS:
            level = _LEVELS[operator]
            return f" {operator} ".join(self.write(part, level + 1) for part in arguments), level
        if operator == "not":
            return f"not {self.write(arguments[0], _NOT)}", _NOT
        first, second = arguments
        if operator == "implies":
            return f"not {self.write(first, _NOT)} or {self.write(second, _AND)}", _OR
        return f"({self.write(first)}) == ({self.write(second)})", _RELATION
