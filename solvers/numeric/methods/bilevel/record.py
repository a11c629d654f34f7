"""The bilevel problem as methods by name take it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Bilevel:
    """min F(x, y*(x)) with y*(x) the y of least g(x, y); both smooth, and g strongly convex in y.

    Attributes:
        upper: F(x, y), (n,) and (k,) to a number, written with `jax.numpy`.
        lower: g(x, y), likewise.
        inner: (k,) where the first search for y begins.
        steps: of x, at most.
        tolerance: of the largest entry of the gradient of F(x, y*(x)), relative to max(1, |F|).
    """

    upper: Callable[[Any, Any], Any]
    lower: Callable[[Any, Any], Any]
    inner: Any
    steps: int = 200
    tolerance: float = 1e-4
