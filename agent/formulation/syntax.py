"""The algebra's expressions as a tree of plain frozen nodes, and the names that have a meaning in it.

The grammar is a subset of Python's expressions:

    number, 'element', name, name[subscript, ...]
    + - * / **, unary minus, ( )
    <= >= == < > !=, chained as in 1 <= x <= 5
    and, or, not, implies(a, b), iff(a, b)
    a if condition on data else b
    sum, prod, min, max, all, any (expression for i in set for (j, k) in set if condition on data)
    functions of FUNCTIONS, global constraints of GLOBALS
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Literal

FUNCTIONS: dict[str, int] = {
    "sqrt": 1,
    "exp": 1,
    "log": 1,
    "log10": 1,
    "sin": 1,
    "cos": 1,
    "tan": 1,
    "asin": 1,
    "acos": 1,
    "atan": 1,
    "sinh": 1,
    "cosh": 1,
    "tanh": 1,
    "abs": 1,
}
"""Function name to number of arguments."""

ROUNDING = {"floor", "ceil", "round"}
"""Functions of data alone: they have no place in a model's variables."""

FOLDS = ("sum", "prod", "min", "max", "all", "any")
GLOBALS: dict[str, int] = {"all_different": 1, "no_overlap": 2, "cumulative": 3, "circuit": 3}
"""Global constraint to the size of the tuple that each item gives: (value), (start, duration),
(start, duration, demand), (from, to, literal)."""

RESERVED_NAMES = {*FUNCTIONS, *ROUNDING, *FOLDS, *GLOBALS, "implies", "iff", "range", "len"}

Comparison = Literal["<=", ">=", "==", "<", ">", "!="]


@dataclass(frozen=True, slots=True)
class Span:
    """Columns of the text that a node was read from: first, and one past the last."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Node:
    """Any part of an expression."""

    span: Span


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A literal number."""

    value: float


@dataclass(frozen=True, slots=True)
class Text(Node):
    """A literal set element."""

    value: str


@dataclass(frozen=True, slots=True)
class Symbol(Node):
    """A name with subscripts, not yet looked up."""

    name: str
    subscripts: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Dummy(Node):
    """An index bound by a loop."""

    name: str


@dataclass(frozen=True, slots=True)
class Datum(Node):
    """A parameter's value."""

    name: str
    subscripts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Decision(Node):
    """A variable's value."""

    name: str
    subscripts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Negative(Node):
    """Unary minus."""

    argument: Node


@dataclass(frozen=True, slots=True)
class Sum(Node):
    """Terms joined by + and -; a subtracted term stands as its `Negative`."""

    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """Two numbers joined by * / **, or, for data alone, % and //."""

    operator: Literal["*", "/", "**", "%", "//"]
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A smooth or rounding function of one number."""

    function: str
    argument: Node


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """A relation between two numbers or elements."""

    operator: Comparison
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """Conditions joined by and, or, implies or iff, or one negated by not."""

    operator: Literal["and", "or", "not", "implies", "iff"]
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice(Node):
    """`then if condition else otherwise`, where the condition speaks of data alone."""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Member(Node):
    """`element in set` as a condition on data."""

    element: tuple[Node, ...]
    set_name: str


@dataclass(frozen=True, slots=True)
class Range(Node):
    """`range(start, stop)`: whole numbers from start to one below stop, as in Python."""

    start: Node
    stop: Node


@dataclass(frozen=True, slots=True)
class Loop(Node):
    """`for targets in domain if conditions`; the domain is a set's name or a range."""

    targets: tuple[str, ...]
    domain: str | Range
    conditions: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Fold(Node):
    """`sum(body for ...)` and its kin; without loops, over the listed arguments."""

    operator: Literal["sum", "prod", "min", "max", "all", "any"]
    arguments: tuple[Node, ...]
    loops: tuple[Loop, ...]


@dataclass(frozen=True, slots=True)
class Global(Node):
    """A global constraint over the tuples that its loops give."""

    kind: str
    items: tuple[tuple[Node, ...], ...]
    loops: tuple[Loop, ...]
    capacity: Node | None = None


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below `node`, in the order of the text."""
    for field in fields(node):
        yield from _nodes(getattr(node, field.name))


def _nodes(value: object) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _nodes(part)


def walk(node: Node) -> Iterator[Node]:
    """`node` and all nodes below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def has_decision(node: Node) -> bool:
    """Whether the value of `node` depends on a variable."""
    return any(isinstance(part, Decision) for part in walk(node))
