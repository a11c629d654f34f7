"""Relatives of Adam that no library of optax transformations has: AdamP, diffGrad, EXAdam.

All have m_t = b1 m + (1 - b1) g and v_t = b2 v + (1 - b2) g^2, elementwise; a hat divides by 1 - b^t. Parameters are
trees of arrays; everything is elementwise but AdamP's projection, which sees one array at a time.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

BETAS = (0.9, 0.999)
EPSILON = 1e-8


class Moments(NamedTuple):
    """The step count, the two moments, and the gradient before, each like the parameters."""

    count: Any
    first: Any
    second: Any
    before: Any


def _begin(parameters: Any) -> Moments:
    zeros = jax.tree.map(jnp.zeros_like, parameters)
    return Moments(jnp.zeros((), jnp.int32), zeros, zeros, zeros)


def _advance(gradient: Any, state: Moments) -> Moments:
    first = jax.tree.map(lambda m, g: BETAS[0] * m + (1 - BETAS[0]) * g, state.first, gradient)
    second = jax.tree.map(lambda v, g: BETAS[1] * v + (1 - BETAS[1]) * g * g, state.second, gradient)
    return Moments(state.count + 1, first, second, gradient)


def _hat(moment: Any, beta: float, count: Any) -> Any:
    return moment / (1 - beta**count)


def _adam(m: Any, v: Any, count: Any) -> Any:
    return _hat(m, BETAS[0], count) / (jnp.sqrt(_hat(v, BETAS[1], count)) + EPSILON)


def scale_by_adamp(delta: float = 0.1) -> Any:
    """AdamP: Adam's step p, without its radial part on weights w that the loss does not see the scale of.

    Where |cos(w, g)| < delta / sqrt(dim w), by rows of a matrix first and else as a whole: p <- p - (p.u) u with
    u = w/|w|. Momentum then no longer makes |w| grow, which would shrink the effective step.
    Source: Heo et al., AdamP, arXiv:2006.08217, equations 8 to 11 and Algorithm 2.
    """

    def update(gradient: Any, state: Moments, parameters: Any) -> tuple[Any, Moments]:
        new = _advance(gradient, state)

        def step(m: Any, v: Any, g: Any, w: Any) -> Any:
            return _tangential(_adam(m, v, new.count), g, w, delta)

        return jax.tree.map(step, new.first, new.second, gradient, parameters), new

    return optax.GradientTransformation(_begin, update)


def _tangential(step: Any, gradient: Any, weights: Any, delta: float) -> Any:
    """The step without its part along the weights, by rows or as a whole where the test of AdamP says so."""

    def split(rows: int) -> tuple[Any, Any]:
        p, g, w = (part.reshape(rows, -1) for part in (step, gradient, weights))
        length = jnp.linalg.norm(w, axis=1) + EPSILON
        cosines = jnp.abs(jnp.sum(w * g, 1)) / (length * (jnp.linalg.norm(g, axis=1) + EPSILON))
        unit = w / length[:, None]
        projected = (p - jnp.sum(unit * p, 1)[:, None] * unit).reshape(step.shape)
        return jnp.max(cosines) < delta / jnp.sqrt(w.shape[1]), projected

    if weights.size < 2:
        return step
    by_whole, whole = split(1)
    kept = jnp.where(by_whole, whole, step)
    if weights.ndim < 2:
        return kept
    by_rows, rows = split(weights.shape[0])
    return jnp.where(by_rows, rows, kept)


def scale_by_diffgrad() -> Any:
    """diffGrad: Adam's step times xi = 1/(1 + exp(-|g_{t-1} - g_t|)), which is 1/2 where the gradient stands still.

    Source: Dubey et al., diffGrad, arXiv:1909.11015, equations 7 to 9.
    """

    def update(gradient: Any, state: Moments, parameters: Any = None) -> tuple[Any, Moments]:
        del parameters
        new = _advance(gradient, state)

        def step(m: Any, v: Any, g: Any, before: Any) -> Any:
            return jax.nn.sigmoid(jnp.abs(before - g)) * _adam(m, v, new.count)

        return jax.tree.map(step, new.first, new.second, gradient, state.before), new

    return optax.GradientTransformation(_begin, update)


def scale_by_exadam() -> Any:
    """EXAdam: moments debiased by one another, and the gradient itself added to the momentum.

    d1 = 1 + v/(v + eps) b2^t, d2 = 1 + m^2/(m^2 + eps) b1^t,
    step = (m_hat d1 + g/(1 - b1^t) d1) / (sqrt(v_hat d2) + eps).
    Source: Adly, EXAdam, arXiv:2412.20302v2 and the author's code, which has no growing step.
    """

    def update(gradient: Any, state: Moments, parameters: Any = None) -> tuple[Any, Moments]:
        del parameters
        new = _advance(gradient, state)
        one, two = BETAS[0] ** new.count, BETAS[1] ** new.count

        def step(m: Any, v: Any, g: Any) -> Any:
            up = (1 + v / (v + EPSILON) * two) * (m + g) / (1 - one)
            down = (1 + m**2 / (m**2 + EPSILON) * one) * v / (1 - two)
            return up / (jnp.sqrt(down) + EPSILON)

        return jax.tree.map(step, new.first, new.second, gradient), new

    return optax.GradientTransformation(_begin, update)
