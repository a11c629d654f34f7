"""Checked expressions as LaTeX mathematics, with parentheses only where precedence needs them.

Names and elements come from a language model, so every one is escaped: no text becomes a command.
"""

from collections.abc import Mapping
from itertools import pairwise

from agent.formulation.syntax import (
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
    Sum,
    Text,
)

_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "#": r"\#",
        "_": r"\_",
        "%": r"\%",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "`": "'",
    }
)
_RELATIONS = {"<=": r"\leq", ">=": r"\geq", "==": "=", "!=": r"\neq", "<": "<", ">": ">"}
_LOGIC = {"and": r"\wedge", "or": r"\vee", "implies": r"\Rightarrow", "iff": r"\Leftrightarrow"}
_BIG = {
    "sum": r"\sum",
    "prod": r"\prod",
    "min": r"\min",
    "max": r"\max",
    "all": r"\bigwedge",
    "any": r"\bigvee",
}
_FUNCTIONS = {
    "log": r"\ln",
    "log10": r"\log_{10}",
    "asin": r"\arcsin",
    "acos": r"\arccos",
    "atan": r"\arctan",
}
_FENCES = {"abs": (r"\lvert", r"\rvert"), "floor": (r"\lfloor", r"\rfloor"), "ceil": (r"\lceil", r"\rceil")}
_GLOBALS = {"all_different": "alldifferent", "no_overlap": "noOverlap"}

# How tightly a piece of mathematics holds together; a looser piece inside a tighter place gets parentheses.
_ANY, _IMPLY, _OR, _AND, _RELATION, _SUM, _PRODUCT, _POWER, _ATOM = range(9)
_LEVEL_OF_LOGIC = {"implies": _IMPLY, "iff": _IMPLY, "or": _OR, "and": _AND, "not": _PRODUCT}


def escaped(text: str) -> str:
    """`text` as LaTeX text on one line; whatever LaTeX would act on stands for itself."""
    plain = " ".join(text.split())
    return "".join(sign if sign.isprintable() else "?" for sign in plain).translate(_ESCAPES)


def name(word: str) -> str:
    """A name as one symbol: a letter as it is, a longer name upright as one word."""
    return word if len(word) == 1 and word.isalpha() else rf"\mathit{{{escaped(word)}}}"


def number(value: float) -> str:
    """A number; powers of ten instead of Python's `e`."""
    digits, _, exponent = f"{value:.15g}".partition("e")
    if not exponent:
        return digits
    power = f"10^{{{int(exponent)}}}"
    return {"1": power, "-1": f"-{power}"}.get(digits, rf"{digits} \times {power}")


class Mathematics:
    """Writes checked nodes as LaTeX; `dummies` renames indices."""

    def __init__(self, dummies: Mapping[str, str] | None = None) -> None:
        self._dummies = dummies or {}

    def write(self, node: Node, place: int = _ANY) -> str:
        """The node, in parentheses where `place` holds tighter than the node does."""
        text, level = self._written(node)
        return text if level >= place else rf"\left({text}\right)"

    def loops(self, loops: tuple[Loop, ...]) -> str:
        r"""The ranges of some indices, such as ``i \in A, j \in B: i \neq j``."""
        ranges = ", ".join(self._range(loop) for loop in loops)
        tests = ", ".join(self.write(test, _RELATION) for loop in loops for test in loop.conditions)
        return f"{ranges}: {tests}" if tests else ranges

    def _written(self, node: Node) -> tuple[str, int]:
        match node:
            case Number(value=value):
                return number(value), _SUM if value < 0 else _PRODUCT if "10^" in number(value) else _ATOM
            case Text(value=value):
                return rf"\text{{{escaped(value)}}}", _ATOM
            case Dummy(name=word):
                return self._dummy(word), _ATOM
            case Datum(name=word, subscripts=subscripts) | Decision(name=word, subscripts=subscripts):
                parts = ", ".join(self.write(part) for part in subscripts)
                return name(word) + (f"_{{{parts}}}" if parts else ""), _ATOM
            case Negative(argument=argument):
                return f"-{self.write(argument, _PRODUCT)}", _SUM
            case Sum(terms=terms):
                return self._sum(terms), _SUM
            case Arithmetic():
                return self._arithmetic(node)
            case Call(function=function, argument=argument):
                return self._call(function, argument), _POWER
            case Choice(condition=condition, then=then, otherwise=otherwise):
                rows = (
                    rf"{self.write(then)} & \text{{if }} {self.write(condition)} \\ {self.write(otherwise)}"
                )
                return rf"\begin{{cases}}{rows} & \text{{otherwise}}\end{{cases}}", _PRODUCT
            case Fold():
                return self._fold(node)
            case Compare(operator=operator, left=left, right=right):
                return f"{self.write(left, _SUM)} {_RELATIONS[operator]} {self.write(right, _SUM)}", _RELATION
            case Logic(operator=operator, arguments=arguments):
                return self._logic(operator, arguments)
            case Member():
                return self._member(node, r"\in"), _RELATION
            case Global():
                return self._global(node), _ATOM
        raise AssertionError(f"{type(node).__name__} has no notation")

    def _dummy(self, word: str) -> str:
        return name(self._dummies.get(word, word))

    def _range(self, loop: Loop) -> str:
        targets = ", ".join(map(self._dummy, loop.targets))
        targets = f"({targets})" if len(loop.targets) > 1 else targets
        if isinstance(loop.domain, Range):
            return rf"{targets} \in {self._interval(loop.domain)}"
        return rf"{targets} \in {name(loop.domain)}"

    def _interval(self, domain: Range) -> str:
        stop = domain.stop
        last = number(stop.value - 1) if isinstance(stop, Number) else f"{self.write(stop, _SUM)} - 1"
        return rf"\{{{self.write(domain.start)}, \dots, {last}\}}"

    def _sum(self, terms: tuple[Node, ...]) -> str:
        text = ""
        for position, term in enumerate(terms):
            is_minus = isinstance(term, Negative)
            body = term.argument if isinstance(term, Negative) else term
            is_last = position == len(terms) - 1
            place = _PRODUCT if text or is_minus else _SUM
            if not is_last and _is_open(body):
                place = _ATOM  # else the next term would look like a part of the big operator's body
            piece = self.write(body, place)
            sign = "-" if is_minus else "+"
            text = f"{text} {sign} {piece}" if text else ("-" if is_minus else "") + piece
        return text

    def _arithmetic(self, node: Arithmetic) -> tuple[str, int]:
        left, right = node.left, node.right
        match node.operator:
            case "/":
                return rf"\frac{{{self.write(left)}}}{{{self.write(right)}}}", _PRODUCT
            case "**":
                return f"{{{self.write(left, _ATOM)}}}^{{{self.write(right)}}}", _POWER
            case "//":
                return rf"\left\lfloor\frac{{{self.write(left)}}}{{{self.write(right)}}}\right\rfloor", _ATOM
            case "%":
                return rf"{self.write(left, _POWER)} \bmod {self.write(right, _POWER)}", _SUM
        first = self.write(left, _ATOM if _is_open(left) else _PRODUCT)
        second = self.write(right, _PRODUCT)
        sign = r" \cdot " if second[0].isdigit() or second[0] == "{" else r" \, "
        return first + sign + second, _PRODUCT

    def _call(self, function: str, argument: Node) -> str:
        inside = self.write(argument)
        if function == "sqrt":
            return rf"\sqrt{{{inside}}}"
        if function in _FENCES:
            left, right = _FENCES[function]
            return rf"\left{left} {inside} \right{right}"
        if function == "round":
            return rf"\operatorname{{round}}\left({inside}\right)"
        return rf"{_FUNCTIONS.get(function, chr(92) + function)}\left({inside}\right)"

    def _fold(self, node: Fold) -> tuple[str, int]:
        is_extreme = node.operator in ("min", "max")
        below = f"_{{{self.loops(node.loops)}}}" if node.loops else ""
        head = _BIG[node.operator] + below
        if is_extreme:
            return rf"{head} \left\{{{', '.join(map(self.write, node.arguments))}\right\}}", _PRODUCT
        if node.loops:
            return f"{head} {self.write(node.arguments[0], _PRODUCT)}", _PRODUCT
        sign, level = {"sum": (" + ", _SUM), "prod": (r" \cdot ", _PRODUCT), "all": (r" \wedge ", _AND)}.get(
            node.operator, (r" \vee ", _OR)
        )
        return sign.join(self.write(part, level + 1) for part in node.arguments), level

    def _logic(self, operator: str, arguments: tuple[Node, ...]) -> tuple[str, int]:
        level = _LEVEL_OF_LOGIC[operator]
        if operator == "not":
            (only,) = arguments
            if isinstance(only, Member):
                return self._member(only, r"\notin"), _RELATION
            return rf"\neg {self.write(only, _POWER)}", level
        chain = _chain(arguments) if operator == "and" else None
        if chain is not None:
            links = [f" {_RELATIONS[link.operator]} {self.write(link.right, _SUM)}" for link in chain]
            return self.write(chain[0].left, _SUM) + "".join(links), _RELATION
        return f" {_LOGIC[operator]} ".join(self.write(part, level + 1) for part in arguments), level

    def _member(self, node: Member, sign: str) -> str:
        element = ", ".join(self.write(part) for part in node.element)
        element = f"({element})" if len(node.element) > 1 else element
        return f"{element} {sign} {name(node.set_name)}"

    def _global(self, node: Global) -> str:
        items = [", ".join(self.write(part) for part in item) for item in node.items]
        inside = ", ".join(f"({item})" if len(node.items[0]) > 1 else item for item in items)
        inside += rf" \mid {self.loops(node.loops)}" if node.loops else ""
        inside += f"; {self.write(node.capacity)}" if node.capacity is not None else ""
        return rf"\operatorname{{{_GLOBALS.get(node.kind, node.kind)}}}\left({inside}\right)"


def _chain(parts: tuple[Node, ...]) -> list[Compare] | None:
    """Relations of which each goes on where the one before ends, as in ``1 <= x <= 5``; None for others."""
    links = [part for part in parts if isinstance(part, Compare)]
    is_chain = len(links) == len(parts) and all(a.right == b.left for a, b in pairwise(links))
    return links if is_chain else None


def _is_open(node: Node) -> bool:
    """Whether the mathematics ends in a big operator, whose reach has no visible end."""
    match node:
        case Fold(loops=loops, operator=operator):
            return bool(loops) and operator in ("sum", "prod")
        case Negative(argument=argument):
            return _is_open(argument)
        case Arithmetic(operator="*", right=right):
            return _is_open(right)
        case Sum(terms=terms):
            return _is_open(terms[-1])
    return False
