"""A parsed model as groups of equal-shaped terms: what is compiled once for 10 or 10,000 of them.

Each expression is split at its top-level sums; a term becomes a template, in which variables and numbers are
numbered, plus an instance, which says which they are. Only templates and counts enter the compiled program; places
and numbers are its arguments. Source of the idea: Shin, Anitescu and Pacaud, Accelerating optimal power flow with
GPUs: SIMD abstraction of nonlinear programs and condensed-space interior-point methods, arXiv:2307.16830.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from solvers.numeric.errors import TooLarge
from solvers.numeric.nl import operations as op
from solvers.numeric.nl.model import Floats, Ints, NLModel

LARGEST_GROWTH = 100
"""How often larger than its file a model may become when shared parts are written out in every term."""
LARGEST_TERM = 4_000
"""Operators, variables and numbers of one term: the compiled program grows with them."""
LITERAL_POWERS = frozenset(float(power) for power in range(-4, 9))
"""Exponents that stay in the template, since products are faster than logarithms and defined for any base."""

Key = tuple[int | float | str, ...]
"""A term in prefix order: operators as numbers (with a count, for lists), variables "v0", numbers "n0", "^2"."""


class Template(NamedTuple):
    """The shape of terms: its text, and how many variables and numbers it takes."""

    key: Key
    variables: int
    numbers: int


class Indices(NamedTuple):
    """Where the instances of each template stand: outputs (N,) and variables (N, k); output 0 is the objective."""

    outputs: tuple[Ints, ...]
    variables: tuple[Ints, ...]
    linear_outputs: Ints
    linear_columns: Ints


class Numbers(NamedTuple):
    """The data of a problem: all that differs between problems of one structure.

    Factors (N,) and numbers (N, p) of each template; linear coefficients; a constant for each output (1 + m,);
    bounds of variables (n,) and rows (m,).
    """

    factors: tuple[Floats, ...]
    numbers: tuple[Floats, ...]
    linear: Floats
    constants: Floats
    lower: Floats
    upper: Floats
    row_lower: Floats
    row_upper: Floats


@dataclass(frozen=True, slots=True)
class Problem:
    """min f(x), equalities first among the rows; n variables, m rows.

    Attributes:
        equalities: how many rows are equalities.
        templates: the shapes of nonlinear terms.
        row_order: (m,) the rows' places in the model.
        sign: -1 where the model maximizes, since f is minimized.
        start: (n,) the model's initial point.
    """

    variables: int
    equalities: int
    templates: tuple[Template, ...]
    indices: Indices
    numbers: Numbers
    row_order: Ints
    sign: float
    start: Floats

    @property
    def rows(self) -> int:
        """How many: m."""
        return len(self.row_order)

    @property
    def signature(self) -> str:
        """A digest of everything that the compiled program depends on; equal for models of one structure."""
        shape = (self.variables, self.equalities, self.rows, len(self.indices.linear_outputs))
        counts = tuple((t.key, len(o)) for t, o in zip(self.templates, self.indices.outputs, strict=True))
        return hashlib.sha256(repr((shape, counts)).encode()).hexdigest()


def problem_of(model: NLModel) -> Problem:
    """The problem of a model; whole variables are taken as continuous, so look at `is_integer` first.

    Raises:
        TooLarge: it has too many terms, or one too large to compile.
    """
    is_equality = model.row_lower == model.row_upper
    row_order = np.concatenate((np.flatnonzero(is_equality), np.flatnonzero(~is_equality)))
    output_of = np.empty(model.rows, np.int64)
    output_of[row_order] = np.arange(1, model.rows + 1)
    sign = -1.0 if model.is_maximize else 1.0
    collector = _Collector(model)
    if model.objective_root >= 0:
        collector.add(0, model.objective_root, sign)
    for row, root in enumerate(model.row_roots.tolist()):
        collector.add(int(output_of[row]), root, 1.0)
    linear = model.row_linear
    columns = np.flatnonzero(model.objective_linear)
    outputs = (np.zeros(len(columns), np.int64), output_of[linear.rows], collector.linear_outputs())
    places = (columns, linear.columns, collector.linear_columns())
    factors = (sign * model.objective_linear[columns], linear.values, collector.linear_factors())
    groups = collector.groups()
    return Problem(
        variables=model.variables,
        equalities=int(is_equality.sum()),
        templates=tuple(template for template, *_ in groups),
        indices=Indices(
            tuple(group[1] for group in groups),
            tuple(group[2] for group in groups),
            np.concatenate(outputs),
            np.concatenate(places),
        ),
        numbers=Numbers(
            tuple(group[3] for group in groups),
            tuple(group[4] for group in groups),
            np.concatenate(factors),
            collector.constants,
            model.lower,
            model.upper,
            model.row_lower[row_order],
            model.row_upper[row_order],
        ),
        row_order=row_order,
        sign=sign,
        start=model.start,
    )


class _Instance(NamedTuple):
    output: int
    factor: float
    variables: list[int]
    numbers: list[float]


class _Collector:
    """Terms as they are found, by template."""

    def __init__(self, model: NLModel) -> None:
        graph = model.graph
        self.operation, self.number = graph.operation.tolist(), graph.number.tolist()
        self.variable = graph.variable.tolist()
        starts, arguments = graph.starts.tolist(), graph.arguments.tolist()
        self.children = [arguments[first:last] for first, last in pairwise(starts)]
        self.constants = np.zeros(model.rows + 1)
        self.linear: dict[tuple[int, int], float] = {}
        self.found: dict[Key, list[_Instance]] = {}
        self.left = LARGEST_GROWTH * (1_000 + len(graph))

    def add(self, output: int, root: int, factor: float) -> None:
        """Split an expression at its sums, and file the terms."""
        for node, scale in self._terms(root, factor):
            operation = self.operation[node]
            if operation == op.NUMBER:
                self.constants[output] += scale * self.number[node]
            elif operation == op.VARIABLE:
                place = (output, self.variable[node])
                self.linear[place] = self.linear.get(place, 0.0) + scale
            else:
                key, variables, numbers = self._template(node)
                self.found.setdefault(key, []).append(_Instance(output, scale, variables, numbers))

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise TooLarge(
                f"it grows more than {LARGEST_GROWTH}-fold when its shared parts are written out; "
                "name them with variables and constraints of their own, or take engine='ipopt'"
            )

    def _terms(self, root: int, factor: float) -> Iterator[tuple[int, float]]:
        waiting = [(root, factor)]
        while waiting:
            node, scale = waiting.pop()
            operation, children = self.operation[node], self.children[node]
            self._count()
            if operation in (op.PLUS, op.SUM):
                waiting += [(child, scale) for child in children]
            elif operation == op.MINUS:
                waiting += [(children[0], scale), (children[1], -scale)]
            elif operation == op.NEGATE:
                waiting.append((children[0], -scale))
            elif operation == op.TIMES and self.operation[children[0]] == op.NUMBER:
                waiting.append((children[1], scale * self.number[children[0]]))
            elif operation == op.TIMES and self.operation[children[1]] == op.NUMBER:
                waiting.append((children[0], scale * self.number[children[1]]))
            elif (
                operation == op.DIVIDE
                and self.operation[children[1]] == op.NUMBER
                and self.number[children[1]]
            ):
                waiting.append((children[0], scale / self.number[children[1]]))
            else:
                yield node, scale

    def _template(self, root: int) -> tuple[Key, list[int], list[float]]:
        """The key of a term, its variables by first appearance, and its numbers in order."""
        key: list[int | float | str] = []
        slots: dict[int, int] = {}
        numbers: list[float] = []
        waiting: list[int] = [root]
        while waiting:
            node = waiting.pop()
            operation, children = self.operation[node], self.children[node]
            self._count()
            if len(key) > LARGEST_TERM:
                raise TooLarge(
                    f"a term has more than {LARGEST_TERM} operators, variables and numbers; "
                    "name its parts with variables and constraints of their own, or take engine='ipopt'"
                )
            if operation == op.VARIABLE:
                key.append(f"v{slots.setdefault(self.variable[node], len(slots))}")
            elif operation == op.NUMBER:
                key.append(f"n{len(numbers)}")
                numbers.append(self.number[node])
            elif self._literal_power(operation, children) is not None:
                key.append(f"^{self._literal_power(operation, children):g}")
                waiting.append(children[0])
            else:
                key.append(operation)
                if op.OPERATIONS[operation].arity is None:
                    key.append(float(len(children)))
                waiting += reversed(children)
        return tuple(key), list(slots), numbers

    def _literal_power(self, operation: int, children: list[int]) -> float | None:
        if operation not in (op.POWER, op.POWER_NUMBER) or self.operation[children[1]] != op.NUMBER:
            return None
        power: float = self.number[children[1]]
        return power if power in LITERAL_POWERS else None

    def groups(self) -> list[tuple[Template, Ints, Ints, Floats, Floats]]:
        """Each template with its outputs, variables, factors and numbers, in an order that the keys alone fix."""
        return [self._group(key, self.found[key]) for key in sorted(self.found, key=repr)]

    @staticmethod
    def _group(key: Key, found: list[_Instance]) -> tuple[Template, Ints, Ints, Floats, Floats]:
        template = Template(key, len(found[0].variables), len(found[0].numbers))
        return (
            template,
            np.array([one.output for one in found], np.int64),
            np.array([one.variables for one in found], np.int64).reshape(len(found), template.variables),
            np.array([one.factor for one in found], float),
            np.array([one.numbers for one in found], float).reshape(len(found), template.numbers),
        )

    def linear_outputs(self) -> Ints:
        """Outputs of the linear terms that stood inside expressions."""
        return np.array([output for output, _ in self.linear], np.int64)

    def linear_columns(self) -> Ints:
        """Their variables."""
        return np.array([column for _, column in self.linear], np.int64)

    def linear_factors(self) -> Floats:
        """Their coefficients."""
        return np.array(list(self.linear.values()), float)
