"""Text of the algebra to a tree of `syntax` nodes; names are looked up later, by `check`.

Python's own parser reads the text, so precedence is Python's; whatever the algebra does not have is refused
by name and column. Nothing is ever evaluated as code.
"""

import ast
import re
from itertools import pairwise
from typing import cast

from agent.formulation.faults import ExpressionFault
from agent.formulation.syntax import (
    FOLDS,
    FUNCTIONS,
    GLOBALS,
    ROUNDING,
    Arithmetic,
    Call,
    Choice,
    Compare,
    Comparison,
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
)

MAX_LOOPS_LENGTH = 4_000
_OURS = re.compile(r"_\d+")
MAX_LENGTH = 2_000_000
MAX_DEPTH = 100
MAX_IFFS = 6
_TYPOGRAPHY = str.maketrans(
    {"≤": "<=", "≥": ">=", "≠": "!=", "×": "*", "·": "*", "−": "-", "–": "-", "^": "**"}
)
_C_LOGIC = {"&&": " and ", "||": " or "}
_QUOTED = re.compile(r"""('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[‘’][^‘’]*’)""")
_TOO_DEEP = (
    "the expression is nested too deeply; write long sums and products as sum(a, b, c) and prod(a, b, c)"
)
_LONE_EQUALS = re.compile(r"(?<![<>=!])=(?!=)")
_COMPARISONS: dict[type[ast.cmpop], Comparison] = {
    ast.LtE: "<=",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.Gt: ">",
}
_OPERATORS: dict[type[ast.operator], str] = {
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.Mod: "%",
    ast.FloorDiv: "//",
}


def tidy(text: str) -> str:
    """The text as the parser reads it: typographic signs, ``^``, ``&&``, a lone ``=`` become their plain forms.

    What stands in quotes is the name of a set element and stays as it is. Columns of faults are those
    of this form.
    """
    tidied, depth = [], 0
    for place, part in enumerate(_QUOTED.split(text.strip())):
        if place % 2:
            tidied.append(f"'{part[1:-1]}'" if part[0] in "‘’" else part)
            continue
        plain = re.sub(r"\s+", " ", part.translate(_TYPOGRAPHY))
        plain = re.sub(r" ?(&&|\|\|) ?", lambda match: _C_LOGIC[match[1]], plain)
        ends = [0]
        for match in re.finditer(r"[()\[\]=]", plain):
            sign = match.group()
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(sign, 0)
            if sign == "=" and depth == 0 and _LONE_EQUALS.match(plain, match.start()):
                ends.append(match.start())
        tidied.append("=".join(plain[start:stop] for start, stop in pairwise([*ends, len(plain)])))
    return "".join(tidied)


def parse(text: str) -> Node:
    """The tree of an expression; `text` must be tidy.

    Raises:
        ExpressionFault: the text is no expression of the algebra; with the columns at fault.
    """
    return _Reader(text).read(_python(text).body)


def parse_loops(text: str) -> tuple[Loop, ...]:
    """The loops of a `forall`, such as ``c in crops, d in days if d > 1``; ``for`` may stand before each.

    Raises:
        ExpressionFault: as `parse`.
    """
    if not text:
        return ()
    head = "(0 "
    # Python reads `c in crops, d in days` as one loop over a tuple: a comma before `name in` starts a loop
    # of its own, unless what stands before it is no loop yet, as in `i, j in arcs`.
    joined = ""
    if len(text) > MAX_LOOPS_LENGTH:
        raise ExpressionFault(
            f"the loops have {len(text):,} characters; at most {MAX_LOOPS_LENGTH:,} are read"
        )
    for piece in re.split(r",\s*(?:for\s+)?(?=(?:\w+|\([\w\s,]+\))\s+in\b)", text):
        link = "" if not joined else " for " if re.search(r"\bin\b", joined.rpartition(" for ")[2]) else ", "
        joined += link + piece
    joined = joined if joined.startswith("for ") else f"for {joined}"
    source = f"{head}{joined})"
    try:
        tree = _python(source)
        if not isinstance(tree.body, ast.GeneratorExp):
            raise ExpressionFault("write the indices as in `c in crops, d in days if d > 1`")
        return _Reader(source).loops(tree.body.generators)
    except ExpressionFault as fault:
        raise ExpressionFault(fault.message, Span(0, len(text))) from None


def _python(text: str) -> ast.Expression:
    if not text:
        raise ExpressionFault("the expression is empty")
    if len(text) > MAX_LENGTH:
        raise ExpressionFault(f"the expression has {len(text):,} characters; at most {MAX_LENGTH:,} are read")
    if "#" in _QUOTED.sub("", text):
        raise ExpressionFault("leave out the comment after #", Span(text.rindex("#"), len(text)))
    try:
        return ast.parse(text, mode="eval")
    except SyntaxError as error:
        start = max(0, (error.offset or len(text)) - 1)
        stop = max(start + 1, (error.end_offset or 0) - 1)
        raise ExpressionFault(_syntax_hint(text, error.msg), Span(min(start, len(text)), stop)) from None
    except (RecursionError, MemoryError):
        raise ExpressionFault(_TOO_DEEP) from None
    except ValueError as error:
        raise ExpressionFault(f"the expression cannot be read: {error}") from None


def _syntax_hint(text: str, message: str) -> str:
    if re.search(r"\d\s*%", text):
        return "a percentage is written as a fraction: 0.35, not 35%"
    if "$" in text or "€" in text:
        return "write numbers without currency signs"
    if re.search(r"\d\s*(?!(?:and|or|if|else|for|in|not|is)\b)[A-Za-z_(]", text) and (
        "invalid decimal literal" in message or "invalid syntax" in message
    ):
        return "a product needs its sign: 2 * x, not 2x"
    if len(re.findall(r"<=|>=|==", text)) > 1 and "," in text:
        return "one constraint is one condition; join several with `and` or give each its own"
    return f"this is no expression ({message})"


class _Reader:
    """Turns Python's tree into ours, refusing what the algebra does not have."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ascii = text.isascii()
        self._depth = 0
        self._iffs = 0

    def span(self, node: ast.AST) -> Span:
        start, stop = cast(int, getattr(node, "col_offset", 0)), cast(int, getattr(node, "end_col_offset", 0))
        if self._ascii:
            return Span(start, stop)
        data = self._text.encode()  # Python counts columns in bytes
        return Span(len(data[:start].decode(errors="ignore")), len(data[:stop].decode(errors="ignore")))

    def read(self, node: ast.expr) -> Node:
        method = getattr(self, f"_read_{type(node).__name__.lower()}", None)
        if method is None:
            raise ExpressionFault(f"the algebra has no {_construct(node)}", self.span(node))
        if self._depth == MAX_DEPTH:
            raise ExpressionFault(_TOO_DEEP, self.span(node))
        self._depth += 1
        try:
            return cast(Node, method(node))
        finally:
            self._depth -= 1

    def _read_constant(self, node: ast.Constant) -> Node:
        value = node.value
        if isinstance(value, bool):
            return Number(self.span(node), float(value))
        if isinstance(value, int | float):
            if not abs(value) < 1e300:
                raise ExpressionFault("the number is too large to compute with", self.span(node))
            return Number(self.span(node), value)
        if isinstance(value, str):
            return Text(self.span(node), value)
        raise ExpressionFault("only numbers and quoted set elements are constants", self.span(node))

    def _read_name(self, node: ast.Name) -> Node:
        return Symbol(self.span(node), node.id)

    def _read_subscript(self, node: ast.Subscript) -> Node:
        inner, parts = node.value, node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        subscripts = [self.read(part) for part in parts]
        while isinstance(inner, ast.Subscript):  # x[i][j] is x[i, j]
            outer = inner.slice.elts if isinstance(inner.slice, ast.Tuple) else [inner.slice]
            subscripts = [self.read(part) for part in outer] + subscripts
            inner = inner.value
        if not isinstance(inner, ast.Name):
            raise ExpressionFault("only a name takes subscripts", self.span(node))
        return Symbol(self.span(node), inner.id, tuple(subscripts))

    def _read_unaryop(self, node: ast.UnaryOp) -> Node:
        argument = self.read(node.operand)
        if isinstance(node.op, ast.USub):
            return Negative(self.span(node), argument)
        if isinstance(node.op, ast.Not):
            return Logic(self.span(node), "not", (argument,))
        if isinstance(node.op, ast.UAdd):
            return argument
        raise ExpressionFault("the algebra has no ~; write `not`", self.span(node))

    def _read_binop(self, node: ast.BinOp) -> Node:
        if isinstance(node.op, ast.Add | ast.Sub):
            return Sum(self.span(node), tuple(self._terms(node)))
        operator = _OPERATORS.get(type(node.op))
        if operator is None:
            raise ExpressionFault("join conditions with `and`, `or` and `not`", self.span(node))
        left, right = self.read(node.left), self.read(node.right)
        return Arithmetic(self.span(node), operator, left, right)  # type: ignore[arg-type]

    def _terms(self, node: ast.expr) -> list[Node]:
        """The terms of a chain of + and -; a loop, since such chains may be thousands long."""
        terms: list[Node] = []
        while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            term = self.read(node.right)
            terms.append(Negative(term.span, term) if isinstance(node.op, ast.Sub) else term)
            node = node.left
        terms.append(self.read(node))
        return terms[::-1]

    def _read_boolop(self, node: ast.BoolOp) -> Node:
        operator: str = "and" if isinstance(node.op, ast.And) else "or"
        return Logic(self.span(node), operator, tuple(self.read(value) for value in node.values))  # type: ignore[arg-type]

    def _read_compare(self, node: ast.Compare) -> Node:
        parts = [node.left, *node.comparators]
        relations = [self._relation(node, *link) for link in zip(parts, node.ops, parts[1:], strict=False)]
        return relations[0] if len(relations) == 1 else Logic(self.span(node), "and", tuple(relations))

    def _relation(self, whole: ast.Compare, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Node:
        if isinstance(operator, ast.In | ast.NotIn):
            if not isinstance(right, ast.Name):
                raise ExpressionFault("after `in` stands the name of a set", self.span(right))
            parts = left.elts if isinstance(left, ast.Tuple) else [left]
            member = Member(self.span(whole), tuple(self.read(part) for part in parts), right.id)
            return Logic(self.span(whole), "not", (member,)) if isinstance(operator, ast.NotIn) else member
        sign = _COMPARISONS.get(type(operator))
        if sign is None:
            raise ExpressionFault("the algebra has no `is`; write ==", self.span(whole))
        for side in (left, right):
            if isinstance(side, ast.Tuple):
                raise ExpressionFault("write numbers without commas: 1000, not 1,000", self.span(side))
        return Compare(self.span(whole), sign, self.read(left), self.read(right))

    def _read_tuple(self, node: ast.Tuple) -> Node:
        """Conditions with commas between them, as people write them, hold together."""
        if not node.elts or not all(isinstance(part, ast.Compare | ast.BoolOp) for part in node.elts):
            raise ExpressionFault(f"the algebra has no {_construct(node)}", self.span(node))
        return Logic(self.span(node), "and", tuple(self.read(part) for part in node.elts))

    def _read_ifexp(self, node: ast.IfExp) -> Node:
        return Choice(self.span(node), self.read(node.test), self.read(node.body), self.read(node.orelse))

    def _read_call(self, node: ast.Call) -> Node:
        if not isinstance(node.func, ast.Name):
            raise ExpressionFault("only functions of the algebra can be called", self.span(node.func))
        name = {"Sum": "sum", "Max": "max", "Min": "min", "ln": "log", "pow": "pow"}.get(
            node.func.id, node.func.id
        )
        if name in GLOBALS:
            return self._global(name, node)
        if node.keywords:
            raise ExpressionFault(f"`{name}` takes no named arguments", self.span(node))
        if name in FOLDS:
            return self._fold(name, node)
        self._iffs += name == "iff"
        if self._iffs > MAX_IFFS:  # each level doubles the rows
            raise ExpressionFault(f"`iff` nests more than {MAX_IFFS} deep", self.span(node))
        arguments = [self.read(argument) for argument in node.args]
        self._iffs -= name == "iff"
        if name in ("implies", "iff"):
            self._count(node, name, 2)
            return Logic(self.span(node), name, tuple(arguments))  # type: ignore[arg-type]
        if name == "pow":
            self._count(node, name, 2)
            return Arithmetic(self.span(node), "**", *arguments)
        if name in FUNCTIONS or name in ROUNDING:
            self._count(node, name, 1)
            return Call(self.span(node), name, arguments[0])
        known = ", ".join([*FOLDS, *FUNCTIONS, "implies", "iff", *GLOBALS])
        raise ExpressionFault(f"unknown function `{name}`; there are {known}", self.span(node.func))

    def _count(self, node: ast.Call, name: str, wanted: int) -> None:
        if len(node.args) != wanted:
            raise ExpressionFault(f"`{name}` takes {wanted} argument{'s' * (wanted > 1)}", self.span(node))

    def _fold(self, operator: str, node: ast.Call) -> Node:
        if len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp | ast.ListComp):
            body = (self.read(node.args[0].elt),)
            loops = self.loops(node.args[0].generators)
            return Fold(self.span(node), operator, body, loops)  # type: ignore[arg-type]
        first = node.args[0] if len(node.args) == 1 else None
        listed = first.elts if isinstance(first, ast.List | ast.Tuple | ast.Set) else node.args
        if not listed:
            raise ExpressionFault(f"`{operator}` needs something to run over", self.span(node))
        return Fold(self.span(node), operator, tuple(self.read(part) for part in listed), ())  # type: ignore[arg-type]

    def _global(self, kind: str, node: ast.Call) -> Node:
        first = node.args[0] if len(node.args) == 1 else None
        loops: tuple[Loop, ...] = ()
        rows: list[ast.expr] = list(node.args)
        if isinstance(first, ast.GeneratorExp | ast.ListComp):
            rows, loops = [first.elt], self.loops(first.generators)
        elif isinstance(first, ast.List | ast.Set):
            rows = first.elts
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        capacity = self.read(named.pop("capacity")) if "capacity" in named else None
        if named or (kind == "cumulative") != (capacity is not None):
            raise ExpressionFault(
                "`cumulative` takes capacity=..., the others no named argument", self.span(node)
            )
        return Global(self.span(node), kind, tuple(self._row(kind, row) for row in rows), loops, capacity)

    def _row(self, kind: str, row: ast.expr) -> tuple[Node, ...]:
        parts = row.elts if isinstance(row, ast.Tuple) else [row]
        if len(parts) != GLOBALS[kind]:
            shape = {1: "one value", 2: "(start, duration)"}.get(
                GLOBALS[kind], "(start, duration, demand)" if kind == "cumulative" else "(from, to, literal)"
            )
            raise ExpressionFault(f"each item of `{kind}` is {shape}", self.span(row))
        return tuple(self.read(part) for part in parts)

    def loops(self, generators: list[ast.comprehension]) -> tuple[Loop, ...]:
        """The loops of a comprehension."""
        return tuple(self._loop(generator) for generator in generators)

    def _loop(self, generator: ast.comprehension) -> Loop:
        if generator.is_async:
            raise ExpressionFault("the algebra has no async", self.span(generator.target))
        targets = generator.target.elts if isinstance(generator.target, ast.Tuple) else [generator.target]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        if len(names) != len(targets):
            raise ExpressionFault("a loop binds plain names: `for i in items`", self.span(generator.target))
        if any(map(_OURS.fullmatch, names)):
            raise ExpressionFault(
                "indices named `_0`, `_1` and so on are ours; name it otherwise", self.span(generator.target)
            )
        conditions = tuple(self.read(condition) for condition in generator.ifs)
        span = Span(self.span(generator.target).start, self.span(generator.iter).stop)
        return Loop(span, tuple(names), self._domain(generator.iter), conditions)

    def _domain(self, node: ast.expr) -> str | Range:
        if isinstance(node, ast.Name):
            return node.id
        is_range = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range"
        if is_range and len(cast(ast.Call, node).args) in (1, 2):
            bounds = [self.read(argument) for argument in cast(ast.Call, node).args]
            start = bounds[0] if len(bounds) == 2 else Number(bounds[0].span, 0)
            return Range(self.span(node), start, bounds[-1])
        raise ExpressionFault("a loop runs over a declared set or range(start, stop)", self.span(node))


def _construct(node: ast.expr) -> str:
    names = {
        ast.Attribute: "dotted names; write `flour_price`, not `flour.price`",
        ast.Lambda: "lambda",
        ast.Tuple: "lists of values here; write numbers without commas (1000, not 1,000), "
        "one condition a constraint",
        ast.List: "lists here",
        ast.Dict: "dictionaries",
        ast.JoinedStr: "formatted text",
        ast.GeneratorExp: "loops outside sum, prod, min, max, all and any; use the field `forall`",
        ast.ListComp: "loops outside sum, prod, min, max, all and any; use the field `forall`",
    }
    return names.get(type(node), type(node).__name__)
