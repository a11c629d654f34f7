"""Residuals in rational arithmetic: floats are fractions of a power of two, so nothing is rounded."""

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from solvers.matrix import Program

LARGEST = 20_000
"""Nonzeros up to which a certificate has exact residuals; they take about two microseconds for each."""
_MANTISSA_BITS = 53


def exact_violation(program: "Program", x: np.ndarray, *, largest: int = LARGEST) -> float | None:
    """The largest violation of a row or bound at `x` (n values), rounded only at the very end; None if too large.

    Integers stand for the mantissas of the floats, so sums of products are exact whatever the magnitudes.
    """
    if len(program.data) > largest or not np.isfinite(x).all():
        return None
    factors, factor_exponents = _split(program.data)
    values, value_exponents = _split(x)
    worst = max(0.0, float(np.maximum(program.lower - x, x - program.upper).max(initial=0.0)))
    starts = program.starts.tolist()
    columns = program.indices.tolist()
    for row in range(program.row_count):
        span = range(starts[row], starts[row + 1])
        parts = [
            (factors[k] * values[columns[k]], factor_exponents[k] + value_exponents[columns[k]]) for k in span
        ]
        for limit, sign in ((program.row_lower[row], -1), (program.row_upper[row], 1)):
            if math.isfinite(limit):
                worst = max(worst, _excess(parts, float(limit), sign))
    return worst


def _split(numbers: np.ndarray) -> tuple[list[int], list[int]]:
    """Whole mantissas and exponents: number = mantissa * 2 ** exponent, exactly."""
    mantissas, exponents = np.frexp(numbers)
    whole = np.ldexp(mantissas, _MANTISSA_BITS).astype(np.int64)
    return whole.tolist(), (exponents - _MANTISSA_BITS).tolist()


def _excess(parts: list[tuple[int, int]], limit: float, sign: int) -> float:
    """Sign * (sum of the parts - limit), exactly, then rounded to a float."""
    (bound,), (exponent,) = _split(np.array([limit]))
    everything = [*parts, (-bound, exponent)]
    lowest = min(power for _, power in everything)
    total = sign * sum(number << (power - lowest) for number, power in everything)
    shift = total.bit_length() - 64  # `ldexp` takes no integer beyond the range of floats
    return math.ldexp(total >> shift, lowest + shift) if shift > 0 else math.ldexp(total, lowest)
