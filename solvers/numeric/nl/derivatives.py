"""Values and partial derivatives of the operators, by NumPy; all arguments and results have one entry a node.

Where a function has no derivative (a kink, a jump) the value is that of one side; outside its domain it is NaN.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from solvers.numeric.nl import operations as op
from solvers.numeric.nl.model import Floats

_LN10 = np.log(10.0)


class Unary(NamedTuple):
    """f(u), f'(u) and f''(u); the derivatives get the value, too."""

    value: Callable[[Floats], Floats]
    first: Callable[[Floats, Floats], Floats]
    second: Callable[[Floats, Floats], Floats]


def _zero(u: Floats, _: Floats) -> Floats:
    return np.zeros_like(u)


UNARY = {
    op.NEGATE: Unary(np.negative, lambda u, _: np.full_like(u, -1.0), _zero),
    op.ABS: Unary(np.abs, lambda u, _: np.sign(u), _zero),
    op.SQUARE: Unary(np.square, lambda u, _: 2 * u, lambda u, _: np.full_like(u, 2.0)),
    op.SQRT: Unary(np.sqrt, lambda _, f: 0.5 / f, lambda u, f: -0.25 / (f * u)),
    op.EXP: Unary(np.exp, lambda _, f: f, lambda _, f: f),
    op.LOG: Unary(np.log, lambda u, _: 1 / u, lambda u, _: -1 / u**2),
    op.LOG10: Unary(np.log10, lambda u, _: 1 / (u * _LN10), lambda u, _: -1 / (u**2 * _LN10)),
    op.SIN: Unary(np.sin, lambda u, _: np.cos(u), lambda _, f: -f),
    op.COS: Unary(np.cos, lambda u, _: -np.sin(u), lambda _, f: -f),
    op.TAN: Unary(np.tan, lambda _, f: 1 + f**2, lambda _, f: 2 * f * (1 + f**2)),
    op.SINH: Unary(np.sinh, lambda u, _: np.cosh(u), lambda _, f: f),
    op.COSH: Unary(np.cosh, lambda u, _: np.sinh(u), lambda _, f: f),
    op.TANH: Unary(np.tanh, lambda _, f: 1 - f**2, lambda _, f: -2 * f * (1 - f**2)),
    op.ASIN: Unary(np.arcsin, lambda u, _: (1 - u**2) ** -0.5, lambda u, _: u * (1 - u**2) ** -1.5),
    op.ACOS: Unary(np.arccos, lambda u, _: -((1 - u**2) ** -0.5), lambda u, _: -u * (1 - u**2) ** -1.5),
    op.ATAN: Unary(np.arctan, lambda u, _: 1 / (1 + u**2), lambda u, _: -2 * u / (1 + u**2) ** 2),
    op.ASINH: Unary(np.arcsinh, lambda u, _: (1 + u**2) ** -0.5, lambda u, _: -u * (1 + u**2) ** -1.5),
    op.ACOSH: Unary(np.arccosh, lambda u, _: (u**2 - 1) ** -0.5, lambda u, _: -u * (u**2 - 1) ** -1.5),
    op.ATANH: Unary(np.arctanh, lambda u, _: 1 / (1 - u**2), lambda u, _: 2 * u / (1 - u**2) ** 2),
    op.FLOOR: Unary(np.floor, _zero, _zero),
    op.CEIL: Unary(np.ceil, _zero, _zero),
    op.NOT: Unary(lambda u: (u == 0).astype(float), _zero, _zero),
}


class Second(NamedTuple):
    """First and second partial derivatives of f(u, v)."""

    u: Floats
    v: Floats
    uu: Floats
    uv: Floats
    vv: Floats


def _times(u: Floats, v: Floats) -> Second:
    zero = np.zeros_like(u)
    return Second(v, u, zero, np.ones_like(u), zero)


def _divide(u: Floats, v: Floats) -> Second:
    return Second(1 / v, -u / v**2, np.zeros_like(u), -1 / v**2, 2 * u / v**3)


def _power(u: Floats, v: Floats) -> Second:
    """Of u ** v; the logarithm of a base that is not positive counts as 0: only constant exponents go there."""
    log = np.where(u > 0, np.log(np.where(u > 0, u, 1.0)), 0.0)
    value = np.power(u, v)
    first = np.where(v == 0, 0.0, v * np.power(u, v - 1))
    second = np.where(v * (v - 1) == 0, 0.0, v * (v - 1) * np.power(u, v - 2))
    mixed = np.where(u > 0, np.power(u, v - 1) * (1 + v * log), 0.0)
    by_exponent = np.where(u > 0, value * log, 0.0)
    return Second(first, by_exponent, second, mixed, by_exponent * log)


def _atan2(u: Floats, v: Floats) -> Second:
    square = u**2 + v**2
    cross = 2 * u * v / square**2
    return Second(v / square, -u / square, -cross, (u**2 - v**2) / square**2, cross)


def _less(u: Floats, v: Floats) -> Second:
    zero, is_above = np.zeros_like(u), (u > v).astype(float)
    return Second(is_above, -is_above, zero, zero, zero)


BINARY: dict[int, tuple[Callable[[Floats, Floats], Floats], Callable[[Floats, Floats], Second]]] = {
    op.TIMES: (np.multiply, _times),
    op.DIVIDE: (np.divide, _divide),
    op.POWER: (np.power, _power),
    op.POWER_NUMBER: (np.power, _power),
    op.NUMBER_POWER: (np.power, _power),
    op.ATAN2: (np.arctan2, _atan2),
    op.LESS: (lambda u, v: np.maximum(u - v, 0.0), _less),
}
"""Value and partial derivatives; sums and differences are linear and treated as such."""

RELATIONS: dict[int, Callable[[Floats, Floats], Floats]] = {
    op.LT: lambda u, v: (u < v).astype(float),
    op.LE: lambda u, v: (u <= v).astype(float),
    op.EQ: lambda u, v: (u == v).astype(float),
    op.GE: lambda u, v: (u >= v).astype(float),
    op.GT: lambda u, v: (u > v).astype(float),
    op.NE: lambda u, v: (u != v).astype(float),
    op.OR: lambda u, v: ((u != 0) | (v != 0)).astype(float),
    op.AND: lambda u, v: ((u != 0) & (v != 0)).astype(float),
}
"""Flat between jumps."""
