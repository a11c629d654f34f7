"""Positive definite solves for one lane: a ladder of regularizations, the smallest of which that works is taken."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from solvers.numeric.compile import Array

EPSILON = 2.0**-52
RUNGS = (0.0, 1.0, 30.0)
"""What is tried side by side, as multiples of the current guess."""
LEAST, MOST = 1e-8, 1e20
GOOD, BAD = 0.75, 1e-4
"""Shares of the foretold decrease from which regularization falls, and below which a step is refused."""


class Factor(NamedTuple):
    """L with L L' = matrix + shift * I, and whether there is one."""

    lower: Array
    shift: Array
    is_definite: Array


def factored(matrix: Array, guess: Array) -> Factor:
    """The Cholesky factor of an (n, n) matrix, shifted by the first rung of the ladder that makes it definite."""
    shifts = guess * jnp.array(RUNGS)
    lowers = jnp.linalg.cholesky(matrix + shifts[:, None, None] * jnp.eye(len(matrix)))
    works = jnp.isfinite(lowers).all(axis=(1, 2))
    first = jnp.argmax(works)
    is_definite = works[first]
    lower = jnp.where(is_definite, lowers[first], jnp.eye(len(matrix)))
    return Factor(lower, shifts[first], is_definite)


def solved(factor: Factor, right: Array) -> Array:
    """The solution of L L' x = right, (n,)."""
    return jax.scipy.linalg.cho_solve((factor.lower, True), right)


def next_guess(factor: Factor, guess: Array) -> Array:
    """Where the ladder starts next time: lower after a success, far higher after a failure."""
    down = jnp.where(factor.shift > 0, factor.shift / 4, guess / 4)
    return jnp.where(factor.is_definite, jnp.maximum(down, LEAST), jnp.minimum(guess * 900, MOST))
