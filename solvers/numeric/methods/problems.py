"""The kinds of problems that methods by name take; what is wrong with one is said when it is solved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from solvers.numeric.methods.sets import SimpleSet


@dataclass(frozen=True, slots=True)
class Sum:
    """min F(x) = mean over N samples of loss(x, sample), without constraints.

    Attributes:
        loss: loss(x, *sample) of one sample, a number, written with `jax.numpy`.
        data: one array (N, ...), or several of equal length; a sample is one entry of each.
        batch_size: samples of a step, drawn without replacement within an epoch; the last incomplete batch is dropped.
        epochs: the budget, in gradients of N samples; all that a method spends counts, the search of a rate included.
        rate: the step size; default: searched within the budget, where the method needs one.
        schedule: how the rate falls: constant, linear, cosine, rex, uba, refined; auto is linear where rates are used.
    """

    loss: Callable[..., Any]
    data: Sequence[Any] | Any
    batch_size: int = 32
    epochs: float = 10.0
    rate: float | None = None
    schedule: str = "auto"


@dataclass(frozen=True, slots=True)
class OverSet:
    """min f(x) over a simple compact set, f smooth and written with `jax.numpy`.

    Attributes:
        objective: f(x), (n,) to a number.
        over: the set: Simplex, L1Ball or Box.
        iterations: at most.
        tolerance: of the Frank-Wolfe gap, relative to max(1, |f|).
    """

    objective: Callable[[Any], Any]
    over: SimpleSet
    iterations: int = 10_000
    tolerance: float = 1e-6
