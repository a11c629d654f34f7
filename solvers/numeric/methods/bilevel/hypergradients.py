"""Values and gradients of F(x, y*(x)), by implicit differentiation and by the penalty, each compiled as one program.

Spent are gradients of F and g; a product with a Hessian counts as two.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

Function = Callable[[Any, Any], Any]
MOST_STEPS, MOST_PRODUCTS = 500, 500
"""Of L-BFGS in one search for y, and of one run of conjugate gradients."""
ACCURATE = 0.1
"""How far, relative to the tolerance of x, searches for y and linear systems are solved."""


class Look(NamedTuple):
    """What is seen at an x.

    Attributes:
        value: of the function that x lowers.
        slope: (n,) its gradient.
        warm: what the next look begins with; the lower solution y (k,) comes first.
        missed: the largest entry of the gradients that the searches for y should have brought to 0.
        spent: gradients.
    """

    value: Any
    slope: Any
    warm: tuple[Any, ...]
    missed: Any
    spent: Any


Looker = Callable[[Any, tuple[Any, ...], Any], Look]
"""From x, what the last look left, and the weight of a penalty."""


class Least(NamedTuple):
    """A y (k,) of least value, the largest entry of the gradient there, and the gradients spent."""

    y: Any
    missed: Any
    spent: Any


def least(objective: Callable[[Any], Any], y: Any, tolerance: Any) -> Least:
    """The y at which the gradient is below a tolerance, by L-BFGS from a start."""
    method = optax.lbfgs()
    seen = optax.value_and_grad_from_state(objective)

    def goes_on(carry: Any) -> Any:
        _, state, steps, _ = carry
        steep = jnp.max(jnp.abs(optax.tree.get(state, "grad")))
        return (steps == 0) | ((steps < MOST_STEPS) & (steep > tolerance))

    def step(carry: Any) -> Any:
        point, state, steps, spent = carry
        value, slope = seen(point, state=state)
        move, state = method.update(slope, state, point, value=value, grad=slope, value_fn=objective)
        tried = state[-1].info.num_linesearch_steps
        return optax.apply_updates(point, move), state, steps + 1, spent + tried

    begun = (y, method.init(y), jnp.asarray(0), jnp.asarray(1))
    y, _, _, spent = jax.lax.while_loop(goes_on, step, begun)
    return Least(y, jnp.max(jnp.abs(jax.grad(objective)(y))), spent)


def _solved(product: Callable[[Any], Any], right: Any, guess: Any, tolerance: Any) -> tuple[Any, Any]:
    """The q with product(q) = right to a tolerance, by conjugate gradients from a guess, and how many products."""

    def goes_on(carry: Any) -> Any:
        _, residual, _, count = carry
        return (jnp.max(jnp.abs(residual)) > tolerance) & (count < MOST_PRODUCTS)

    def step(carry: Any) -> Any:
        q, residual, direction, count = carry
        turned, square = product(direction), residual @ residual
        length = square / (direction @ turned)
        left = residual - length * turned
        return q + length * direction, left, left + (left @ left) / square * direction, count + 1

    residual = right - product(guess)
    q, _, _, count = jax.lax.while_loop(goes_on, step, (guess, residual, residual, jnp.asarray(1)))
    return q, count


@lru_cache(maxsize=16)
def implicit(upper: Function, lower: Function, tolerance: float) -> Looker:
    """F(x, y*) and grad_x F - grad_xy g q, with q from grad_yy g q = grad_y F, begun at the last look's q.

    Source: Pedregosa, Hyperparameter Optimization with Approximate Gradient, arXiv:1602.02355; see Blondel
    et al., Efficient and Modular Implicit Differentiation, arXiv:2105.15183, for the theorem behind it.
    """
    slope_y = jax.grad(lower, 1)

    def look(x: Any, warm: tuple[Any, ...], weight: Any) -> Look:
        del weight
        before, guess = warm
        y, missed, spent = least(lambda y: lower(x, y), before, ACCURATE * tolerance)
        value, (direct, through) = jax.value_and_grad(upper, (0, 1))(x, y)
        q, products = _solved(
            lambda v: jax.jvp(lambda y: slope_y(x, y), (y,), (v,))[1],
            through,
            guess,
            ACCURATE * tolerance,
        )
        mixed = jax.grad(lambda p: slope_y(p, y) @ q)(x)
        return Look(value, direct - mixed, (y, q), missed, spent + 2 * products + 3)

    return jax.jit(look)


@lru_cache(maxsize=16)
def penalty(upper: Function, lower: Function, tolerance: float) -> Looker:
    """psi(x) = min_y [F + g / s] - min_z g / s, and grad_x F(x, y) + (grad_x g(x, y) - grad_x g(x, z)) / s.

    It needs no second derivatives, and is within O(s) of F(x, y*(x)); the weight s is the paper's sigma.
    Source: Kwon et al., On Penalty Methods for Nonconvex Bilevel Optimization and First-Order Stochastic Approximation,
    arXiv:2309.01753, with both searches solved to an accuracy in place of single steps.
    """

    def look(x: Any, warm: tuple[Any, ...], weight: Any) -> Look:
        accuracy = ACCURATE * weight * tolerance
        z, missed, spent = least(lambda z: lower(x, z), warm[0], accuracy)
        y, missed_too, spent_too = least(lambda y: weight * upper(x, y) + lower(x, y), warm[1], accuracy)

        def penalized(p: Any) -> Any:
            return upper(p, y) + (lower(p, y) - lower(p, z)) / weight

        value, slope = jax.value_and_grad(penalized)(x)
        return Look(value, slope, (z, y), jnp.maximum(missed, missed_too), spent + spent_too + 3)

    return jax.jit(look)
