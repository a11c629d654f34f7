"""The composite problem as methods by name take it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Composite:
    """min h(x) = loss(model(x)), where the gradient of the loss is expensive and the model is cheap.

    Attributes:
        loss: loss(z), (k,) to a number, written with `jax.numpy`, smooth.
        model: model(x), (n,) to the targets z (k,).
        evaluations: of the loss with its gradient, at most.
        tolerance: of the largest entry of the gradient of h, relative to max(1, |h|).
        inner: steps of L-BFGS on each surrogate.
    """

    loss: Callable[[Any], Any]
    model: Callable[[Any], Any]
    evaluations: int = 200
    tolerance: float = 1e-6
    inner: int = 50
