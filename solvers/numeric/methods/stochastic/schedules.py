"""Learning rates over a budget of T steps, as factors (T,) of the largest; z = t/T is the part that is spent."""

from collections.abc import Callable

import numpy as np

from solvers.errors import ModelError
from solvers.numeric.nl.model import Floats

REFINED = "refined"
"""Needs the gradient norms of a run before it, so that it is not a function of the step alone."""


def constant(spent: Floats) -> Floats:
    """1 throughout."""
    return np.ones_like(spent)


def linear(spent: Floats) -> Floats:
    """1 - z, the best in the worst case: Defazio et al., When, Why and How Much?, arXiv:2310.07831."""
    return 1.0 - spent


def cosine(spent: Floats) -> Floats:
    """(1 + cos(pi z)) / 2: Loshchilov and Hutter, SGDR, arXiv:1608.03983."""
    return 0.5 * (1.0 + np.cos(np.pi * spent))


def rex(spent: Floats) -> Floats:
    """(1 - z) / (1/2 + (1 - z)/2): Chen, Wolfe and Kyrillidis, REX, arXiv:2107.04197; above linear throughout."""
    return (1.0 - spent) / (0.5 + 0.5 * (1.0 - spent))


def uba(spent: Floats, phi: float = 1.0) -> Floats:
    """2 (1 + c) / (2 phi + (2 - phi)(1 + c)), c = cos(pi z): Tang et al., Stepsize anything, arXiv:2505.24452.

    phi = 2 is the cosine; less holds the rate longer, more drops it earlier, as ill-conditioned problems want.
    """
    rise = 1.0 + np.cos(np.pi * spent)
    return 2.0 * rise / (2.0 * phi + (2.0 - phi) * rise)


_BY_NAME: dict[str, Callable[[Floats], Floats]] = {
    "constant": constant, "cosine": cosine, "linear": linear, "rex": rex, "uba": uba,
}  # fmt: skip
NAMES = (*_BY_NAME, REFINED)


def factors(name: str, steps: int) -> Floats:
    """(T,) the factors of a schedule by name.

    Raises:
        ModelError: there is no such schedule.
    """
    if name not in _BY_NAME:
        raise ModelError(f"there is no schedule {name!r}; take one of {', '.join(NAMES)}")
    return _BY_NAME[name](np.arange(steps) / steps)


def refined(norms: Floats, steps: int, *, smoothing: float = 0.1) -> Floats:
    """(T,) factors from the gradient norms (S,) of an earlier run, for steps of the size of the gradient.

    w_t = 1/G_t^2 of norms smoothed by a median; eta_t = w_t (w_{t+1} + ... + w_T), scaled to a largest of 1: equal
    norms give the linear decay. Source: Defazio et al., Algorithm 1, arXiv:2310.07831.

    Args:
        norms: of the gradients at the steps of the earlier run.
        steps: T; the norms are stretched to it.
        smoothing: width of the median filter as a part of the run.
    """
    half = max(1, round(smoothing * len(norms) / 2))
    padded = np.pad(norms, half, mode="edge")
    smooth = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), axis=1)
    stretched = np.interp(np.linspace(0, 1, steps), np.linspace(0, 1, len(norms)), smooth)
    weights = 1.0 / np.maximum(stretched, 1e-12 * max(float(stretched.max()), 1e-300)) ** 2
    weights /= weights.max()
    rates = weights * (np.cumsum(weights[::-1])[::-1] - weights)
    return np.asarray(rates / max(float(rates.max()), 1e-300))
