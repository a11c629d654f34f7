"""Text NL files to models: one segment after the other, every index and count checked."""

import math
from collections.abc import Callable

import numpy as np

from solvers.numeric.errors import NLError
from solvers.numeric.nl.expressions import GraphBuilder
from solvers.numeric.nl.header import read_header
from solvers.numeric.nl.limits import NLLimits
from solvers.numeric.nl.lines import Lines
from solvers.numeric.nl.model import Linear, NLModel
from solvers.numeric.nl.operations import NUMBER, SUM, TIMES

_ENDS = {
    "0": (True, True),
    "1": (False, True),
    "2": (True, False),
    "3": (False, False),
}
"""Of a limit's kind: whether a lower and an upper end follow; kind 4 is both in one number."""


def parse_nl(data: bytes | str, limits: NLLimits | None = None) -> NLModel:
    """The model of a text NL file.

    Args:
        data: the file's content.
        limits: the largest that is read.

    Raises:
        NLError: the file is malformed, too large, or uses what is not taken; the text names line and segment.
    """
    limits = limits or NLLimits()
    if len(data) > limits.size_bytes:
        raise NLError(f"it has {len(data)} bytes; the limit is {limits.size_bytes}")
    if isinstance(data, bytes):
        try:
            data = data.decode("latin-1" if data[:1] == b"b" else "utf-8")
        except UnicodeDecodeError as error:
            raise NLError(f"byte {error.start} is no UTF-8 text; write the file as text") from None
    return _Reader(data, limits).read()


class _Reader:
    """The parts of a model while its segments are read."""

    def __init__(self, text: str, limits: NLLimits) -> None:
        self.lines = Lines(text)
        self.header = read_header(self.lines, limits)
        n, m = self.header.variables, self.header.rows
        if n + m > self.lines.left:  # each has a line of bounds: nothing is allocated for what is not there
            raise self.lines.error(f"it declares {n} variables and {m} constraints, but ends before")
        self.builder = GraphBuilder(self.lines, n, self.header.definitions, limits)
        self.zero = self.builder.add(NUMBER, [])
        self.row_roots = np.full(m, -1, np.int64)
        self.objective_root, self.is_maximize = -1, False
        self.objective_linear = np.zeros(n)
        self.linear: list[tuple[int, int, float]] = []
        self.rows_with_linear: set[int] = set()
        self.lower, self.upper = np.full(n, -math.inf), np.full(n, math.inf)
        self.row_lower, self.row_upper = np.full(m, -math.inf), np.full(m, math.inf)
        self.start, self.has_start, self.duals = np.zeros(n), np.zeros(n, bool), np.zeros(m)
        self.seen: set[str] = set()

    def read(self) -> NLModel:
        segments: dict[str, Callable[[list[str]], None]] = {
            "C": self._row,
            "O": self._objective,
            "V": self._definition,
            "J": self._row_linear,
            "G": self._objective_gradient,
            "r": self._row_limits,
            "b": self._bounds,
            "k": self._columns,
            "x": self._start,
            "d": self._start_duals,
            "S": self._suffix,
        }
        lines = self.lines
        while lines.left:
            line = lines.next()
            lines.segment = line.split()[0] if line else "(empty line)"
            if line[:1] not in segments:
                raise lines.error(_REFUSED.get(line[:1], "there is no such segment"))
            segments[line[:1]](line[1:].split())
        return self._model()

    def _model(self) -> NLModel:
        n, m = self.header.variables, self.header.rows
        self.lines.segment = "end"
        for name, is_needed in (("b", n), ("r", m), ("O0", self.header.objectives)):
            if is_needed and name not in self.seen:
                raise self.lines.error(f"segment {name} is missing; the file is truncated")
        if (self.row_roots < 0).any():
            row = int(np.flatnonzero(self.row_roots < 0)[0])
            raise self.lines.error(f"segment C{row} is missing; the file is truncated")
        triplets = np.array(self.linear, float).reshape(-1, 3)
        return NLModel(
            graph=self.builder.graph(),
            objective_root=self.objective_root,
            row_roots=self.row_roots,
            objective_linear=self.objective_linear,
            row_linear=Linear(
                triplets[:, 0].astype(np.int64), triplets[:, 1].astype(np.int64), triplets[:, 2]
            ),
            is_maximize=self.is_maximize,
            lower=self.lower,
            upper=self.upper,
            row_lower=self.row_lower,
            row_upper=self.row_upper,
            start=self.start,
            has_start=self.has_start,
            start_duals=self.duals,
            is_integer=self.header.is_integer,
            options=self.header.options,
        )

    def _once(self, name: str) -> None:
        if name in self.seen:
            raise self.lines.error("this segment stands in the file twice")
        self.seen.add(name)

    def _number(self, parts: list[str], place: int, below: int | None, what: str) -> int:
        if place >= len(parts):
            raise self.lines.error(f"{what} is missing")
        return self.lines.whole(parts[place], below, what)

    def _row(self, parts: list[str]) -> None:
        row = self._number(parts, 0, self.header.rows, "the constraint")
        self._once(f"C{row}")
        self.row_roots[row] = self.builder.read()

    def _objective(self, parts: list[str]) -> None:
        self._number(parts, 0, self.header.objectives, "the objective")
        self._once("O0")
        self.is_maximize = self._number(parts, 1, 2, "the sense") == 1
        self.objective_root = self.builder.read()

    def _definition(self, parts: list[str]) -> None:
        place = self._number(parts, 0, None, "the defined variable")
        count = self._number(parts, 1, self.header.variables + 1, "the count of linear terms")
        terms = []
        for _ in range(count):
            column, factor = self.lines.pair(self.header.variables, "a variable")
            number = self.builder.add(NUMBER, [], number=factor)
            terms.append(self.builder.add(TIMES, [number, self.builder.variable(column)]))
        root = self.builder.read()
        self.builder.define(place, self.builder.add(SUM, [*terms, root]) if terms else root)

    def _row_linear(self, parts: list[str]) -> None:
        row = self._number(parts, 0, self.header.rows, "the constraint")
        self._once(f"J{row}")
        count = self._number(parts, 1, self.header.variables + 1, "the count of entries")
        if len(self.linear) + count > self.header.entries:
            raise self.lines.error(
                f"there are more linear coefficients than {self.header.entries}, as declared"
            )
        columns: set[int] = set()
        for _ in range(count):
            column, factor = self.lines.pair(self.header.variables, "a variable")
            if column in columns:
                raise self.lines.error(f"variable {column} stands in this row twice")
            columns.add(column)
            self.linear.append((row, column, factor))

    def _objective_gradient(self, parts: list[str]) -> None:
        self._number(parts, 0, self.header.objectives, "the objective")
        self._once("G0")
        for _ in range(self._number(parts, 1, self.header.variables + 1, "the count of entries")):
            column, factor = self.lines.pair(self.header.variables, "a variable")
            self.objective_linear[column] += factor

    def _row_limits(self, parts: list[str]) -> None:
        del parts
        self._once("r")
        self._ends(self.row_lower, self.row_upper)

    def _bounds(self, parts: list[str]) -> None:
        del parts
        self._once("b")
        self._ends(self.lower, self.upper)

    def _ends(self, lower: np.ndarray, upper: np.ndarray) -> None:
        """One line for each place: the kind of limit and its numbers."""
        for place in range(len(lower)):
            kind, *numbers = self.lines.next().split() or [""]
            ends = [self.lines.real(number, may_be_infinite=True) for number in numbers]
            if kind == "4" and len(ends) == 1 and math.isfinite(ends[0]):
                lower[place] = upper[place] = ends[0]
                continue
            if kind == "5":
                raise self.lines.error("complementarity conditions are not taken")
            has_lower, has_upper = _ENDS.get(kind, (False, False))
            if kind not in _ENDS or len(ends) != has_lower + has_upper:
                raise self.lines.error("expected a kind of limit from 0 to 4 and its numbers")
            if has_lower:
                lower[place] = ends[0]
            if has_upper:
                upper[place] = ends[-1]
            if lower[place] == math.inf or upper[place] == -math.inf:
                raise self.lines.error("a lower end is +infinity, or an upper one -infinity")
            if lower[place] > upper[place]:
                raise self.lines.error(
                    f"no value is at least {lower[place]:.10g} and at most {upper[place]:.10g}; "
                    "nothing satisfies the model"
                )

    def _columns(self, parts: list[str]) -> None:
        """Counts of entries by column: they say nothing that the rows do not."""
        self._once("k")
        if parts == ["-1"] and not self.header.variables:
            return
        for _ in range(self._number(parts, 0, self.header.variables + 1, "the count")):
            self.lines.whole(self.lines.next(), what="a count of entries")

    def _start(self, parts: list[str]) -> None:
        self._once("x")
        for _ in range(self._number(parts, 0, self.header.variables + 1, "the count")):
            column, value = self.lines.pair(self.header.variables, "a variable")
            self.start[column], self.has_start[column] = value, True

    def _start_duals(self, parts: list[str]) -> None:
        self._once("d")
        for _ in range(self._number(parts, 0, self.header.rows + 1, "the count")):
            row, value = self.lines.pair(self.header.rows, "a constraint")
            self.duals[row] = value

    def _suffix(self, parts: list[str]) -> None:
        """Annotations for other engines: read over, since a wrong count would shift what follows."""
        most = max(self.header.variables, self.header.rows, 1) + 1
        for _ in range(self._number(parts, 1, most, "the count")):
            self.lines.pair(most, "an item")


_REFUSED = {
    "F": "external functions are code; they are not taken",
    "L": "logical constraints are not taken; write them with whole variables",
    "": "an empty line stands where a segment must begin",
}
