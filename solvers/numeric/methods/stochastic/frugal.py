"""FRUGAL: Adam with state on a changing part of the coordinates, signs of the gradient on the others."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.flatten_util import ravel_pytree

BETAS = (0.9, 0.999)
EPSILON = 1e-8


class Part(NamedTuple):
    """The coordinates with state (k,), their moments (k,), steps since they were drawn, and the key of the draws."""

    chosen: Any
    first: Any
    second: Any
    age: Any
    key: Any


def scale_by_frugal(share: float = 0.25, gap: int = 50, sign_factor: float = 0.5, seed: int = 0) -> Any:
    """Adam's step on k = share d coordinates, drawn anew every `gap` steps, and sign_factor sign(g) on the rest.

    Moments are kept for the k coordinates only, and begin at zero when these change. The paper splits matrices by
    columns or blocks; for parameters without such structure this is its split by random coordinates.
    Source: Zmushko et al., FRUGAL, arXiv:2411.07837, Algorithm 1 with signSGD as the state-free part.
    """

    def begin(parameters: Any) -> Part:
        flat, _ = ravel_pytree(parameters)
        size = max(1, round(share * flat.size))
        zeros = jnp.zeros(size, flat.dtype)
        return Part(jnp.arange(size), zeros, zeros, jnp.asarray(gap, jnp.int32), jax.random.key(seed))

    def update(gradient: Any, state: Part, parameters: Any = None) -> tuple[Any, Part]:
        del parameters
        flat, unravel = ravel_pytree(gradient)
        size = state.first.size

        def drawn(old: Part) -> Part:
            key, own = jax.random.split(old.key)
            chosen = jax.random.permutation(own, flat.size)[:size].astype(old.chosen.dtype)
            zeros = jnp.zeros_like(old.first)
            return Part(chosen, zeros, zeros, jnp.zeros_like(old.age), key)

        part = jax.lax.cond(state.age >= gap, drawn, lambda old: old, state)
        own, age = flat[part.chosen], part.age + 1
        first = BETAS[0] * part.first + (1 - BETAS[0]) * own
        second = BETAS[1] * part.second + (1 - BETAS[1]) * own**2
        root = jnp.sqrt(second / (1 - BETAS[1] ** age)) + EPSILON
        step = (sign_factor * jnp.sign(flat)).at[part.chosen].set(first / (1 - BETAS[0] ** age) / root)
        return unravel(step), Part(part.chosen, first, second, age, part.key)

    return optax.GradientTransformation(begin, update)
