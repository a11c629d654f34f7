"""Linear models in MPS, free or fixed: a strict parser, since a remote caller writes the text.

Names must not hold blanks, so both forms are read by fields. RHS, RANGES and BOUNDS sections hold one set each. Where
a format leaves room for opinions, the model is refused instead: doubled rows or entries, a negative upper bound without
a lower one, numbers that are not finite.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from solvers.errors import ModelError
from solvers.matrix import Program
from solvers.numeric.nl.limits import NLLimits

_SECTIONS = ("NAME", "OBJSENSE", "ROWS", "COLUMNS", "RHS", "RANGES", "BOUNDS", "ENDATA")
_KINDS = {"N": (-math.inf, math.inf), "E": (0.0, 0.0), "L": (-math.inf, 0.0), "G": (0.0, math.inf)}
_INFINITE = 1e30
"""From here on a number is an infinite one, as solvers have it."""


class MPSError(ModelError):
    """An MPS file cannot be read; the text names the line and the section."""

    def __init__(self, reason: str, line: int, section: str) -> None:
        """The text is put together from the place and the reason."""
        super().__init__(f"the MPS file (line {line}, section {section or 'before any'}): {reason}")
        self.line, self.section = line, section


@dataclass(slots=True)
class _Reader:
    """What was read so far; `line` and `section` are for errors."""

    limits: NLLimits
    line: int = 0
    section: str = ""
    is_maximize: bool = False
    is_whole_now: bool = False
    objective: str | None = None
    kinds: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    ignored: set[str] = field(default_factory=set)
    columns: dict[str, int] = field(default_factory=dict)
    is_whole: list[bool] = field(default_factory=list)
    cost: dict[int, float] = field(default_factory=dict)
    entries: dict[tuple[int, int], float] = field(default_factory=dict)
    right: dict[str, float] = field(default_factory=dict)
    ranges: dict[str, float] = field(default_factory=dict)
    lower: dict[int, float] = field(default_factory=dict)
    upper: dict[int, float] = field(default_factory=dict)
    sets: dict[str, str] = field(default_factory=dict)

    def error(self, reason: str) -> MPSError:
        """What is wrong here."""
        return MPSError(reason, self.line, self.section)

    def number(self, word: str) -> float:
        """A number; from `_INFINITE` on infinite, and never none."""
        try:
            value = float(word)
        except ValueError:
            raise self.error(f"{word[:40]!r} is no number") from None
        if math.isnan(value):
            raise self.error("a number is NaN")
        return math.copysign(math.inf, value) if abs(value) >= _INFINITE else value

    def finite(self, word: str) -> float:
        """A number that is finite."""
        value = self.number(word)
        if not math.isfinite(value):
            raise self.error(f"{word[:40]} is infinite, which only a bound may be")
        return value

    def row(self, words: list[str]) -> None:
        """A line of ROWS."""
        if len(words) != 2 or words[0].upper() not in _KINDS:
            raise self.error("a row is one of N, E, L, G and a name")
        kind, name = words[0].upper(), words[1]
        if name in self.rows or name in self.ignored or name == self.objective:
            raise self.error(f"the row {name} was declared before")
        if kind == "N":
            if self.objective is None:
                self.objective = name
            else:
                self.ignored.add(name)
            return
        if len(self.rows) >= self.limits.rows:
            raise self.error(f"more than {self.limits.rows} rows")
        self.rows[name] = len(self.rows)
        self.kinds.append(kind)

    def column(self, words: list[str]) -> None:
        """A line of COLUMNS: entries of a variable, or a marker of whole ones."""
        if len(words) == 3 and words[1].strip("'") == "MARKER":
            self.is_whole_now = words[2].strip("'") == "INTORG"
            return
        if len(words) not in (3, 5):
            raise self.error("a column's line is its name and one or two pairs of row and number")
        name = words[0]
        place = self.columns.setdefault(name, len(self.columns))
        if place == len(self.is_whole):
            if place >= self.limits.variables:
                raise self.error(f"more than {self.limits.variables} variables")
            self.is_whole.append(self.is_whole_now)
        for row, value in self.pairs(words[1:]):
            if row == self.objective:
                if place in self.cost:
                    raise self.error(f"the objective has two entries of {name}")
                self.cost[place] = value
            elif row not in self.ignored:
                at = (self.rows[row], place)
                if at in self.entries:
                    raise self.error(f"the row {row} has two entries of {name}")
                if len(self.entries) >= self.limits.entries:
                    raise self.error(f"more than {self.limits.entries} entries")
                self.entries[at] = value

    def pairs(self, words: list[str]) -> Iterator[tuple[str, float]]:
        """Pairs of a row that was declared and a finite number."""
        for row, word in zip(words[::2], words[1::2], strict=True):
            if row not in self.rows and row not in self.ignored and row != self.objective:
                raise self.error(f"the row {row[:40]} is not declared")
            yield row, self.finite(word)

    def vector(self, words: list[str], into: dict[str, float]) -> None:
        """A line of RHS or RANGES, with the set's name in front or without."""
        if len(words) % 2:
            self.only_set(words[0])
            words = words[1:]
        for row, value in self.pairs(words):
            if row in into:
                raise self.error(f"the row {row} has two numbers in this section")
            into[row] = value

    def only_set(self, name: str) -> None:
        """Refuse a second set."""
        if self.sets.setdefault(self.section, name) != name:
            raise self.error(f"a second set, {name[:40]}; keep the one that counts")

    def bound(self, words: list[str]) -> None:
        """A line of BOUNDS: kind, set, variable, number where the kind takes one."""
        kind = words[0].upper()
        takes_number = kind in ("UP", "LO", "FX", "UI", "LI")
        if kind not in ("UP", "LO", "FX", "UI", "LI", "FR", "MI", "PL", "BV"):
            raise self.error(f"bounds of kind {kind[:10]} are not read; write UP, LO, FX, FR, MI, PL or BV")
        names = words[1 : -1 if takes_number else len(words)]
        if len(names) == 2:
            self.only_set(names[0])
        if len(names) not in (1, 2) or names[-1] not in self.columns:
            raise self.error("a bound is its kind, the set's name, a variable of COLUMNS and a number")
        place, value = self.columns[names[-1]], self.number(words[-1]) if takes_number else 0.0
        if kind in ("UI", "LI", "BV"):
            self.is_whole[place] = True
        if kind in ("UP", "UI") and value < 0 and place not in self.lower:
            raise self.error(f"{names[-1]} has a negative upper bound and no lower one; write the lower one")
        for ends, kinds, end in (
            (self.lower, ("LO", "LI", "FX"), value),
            (self.upper, ("UP", "UI", "FX"), value),
            (self.lower, ("FR", "MI"), -math.inf),
            (self.upper, ("FR", "PL"), math.inf),
            (self.lower, ("BV",), 0.0),
            (self.upper, ("BV",), 1.0),
        ):
            if kind in kinds:
                ends[place] = end


def parse_mps(text: str, limits: NLLimits | None = None) -> Program:
    """The model of an MPS file.

    Raises:
        MPSError: it is malformed, ambiguous or too large; the text names line and section.
    """
    reader = _Reader(limits or NLLimits())
    if len(text) > reader.limits.size_bytes:
        raise reader.error(f"it has more than {reader.limits.size_bytes} bytes")
    for reader.line, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line[0] == "*":
            continue
        words = line.split()
        if line[0].isspace():
            _read(reader, words)
            continue
        reader.section = words[0].upper()
        if reader.section not in _SECTIONS:
            raise reader.error(f"there is no section {words[0][:20]}; take {', '.join(_SECTIONS)}")
        if reader.section == "OBJSENSE" and len(words) > 1:
            _read(reader, words[1:])
        if reader.section == "ENDATA":
            return _program(reader)
    raise reader.error("it ends before ENDATA")


def _read(reader: _Reader, words: list[str]) -> None:
    match reader.section:
        case "OBJSENSE":
            reader.is_maximize = words[0].upper() in ("MAX", "MAXIMIZE")
        case "ROWS":
            reader.row(words)
        case "COLUMNS":
            reader.column(words)
        case "RHS":
            reader.vector(words, reader.right)
        case "RANGES":
            reader.vector(words, reader.ranges)
        case "BOUNDS":
            reader.bound(words)
        case _:
            raise reader.error("there are fields where none belong")


def _program(reader: _Reader) -> Program:
    if not reader.columns:
        raise reader.error("there are no columns")
    n, m = len(reader.columns), len(reader.rows)
    low, high = (np.array([_KINDS[kind][end] for kind in reader.kinds], float) for end in (0, 1))
    for name, value in reader.right.items():
        if name in reader.rows:
            low[reader.rows[name]] += value
            high[reader.rows[name]] += value
    for name, value in reader.ranges.items():
        if name in reader.rows:
            _widen(reader.kinds[reader.rows[name]], low, high, reader.rows[name], value)
    order = sorted(reader.entries)
    counts = np.bincount([row for row, _ in order], minlength=m) if order else np.zeros(m, np.int64)
    is_whole = np.array(reader.is_whole)
    lower = np.array([reader.lower.get(place, 0.0) for place in range(n)])
    upper = np.array([reader.upper.get(place, math.inf) for place in range(n)])
    if (lower > upper).any():
        name = list(reader.columns)[int(np.argmax(lower > upper))]
        raise reader.error(f"the lower bound of {name} is above its upper bound")
    return Program(
        cost=np.array([reader.cost.get(place, 0.0) for place in range(n)]),
        lower=lower,
        upper=upper,
        is_integer=is_whole,
        starts=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        indices=np.array([column for _, column in order], np.int64),
        data=np.array([reader.entries[at] for at in order]),
        row_lower=low,
        row_upper=high,
        offset=-reader.right.get(reader.objective or "", 0.0),
        is_maximize=reader.is_maximize,
    )


def _widen(kind: str, low: np.ndarray, high: np.ndarray, row: int, value: float) -> None:
    """A range: of L down, of G up, of E towards its sign."""
    if kind == "L":
        low[row] = high[row] - abs(value)
    elif kind == "G":
        high[row] = low[row] + abs(value)
    elif value >= 0:
        high[row] = low[row] + value
    else:
        low[row] = high[row] + value
