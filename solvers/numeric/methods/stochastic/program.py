"""The compiled steps of one optimizer on one loss; data, rates and seeds are arguments, so that runs share it."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from solvers.numeric.methods.stochastic.catalogue import METHODS


class Trace(NamedTuple):
    """Of K steps, (K,) each: the batch's loss, its gradient's length, and the variance of a sample's gradient."""

    losses: Any
    norms: Any
    variances: Any


class Program(NamedTuple):
    """What a run calls.

    Attributes:
        begin: parameters -> state.
        advance: (parameters, state, data, batches (K, b), rates (T,)) -> (parameters, state, Trace).
        evaluated: (state, parameters) -> the point to judge.
        objective: (point, data) -> the mean loss and the largest entry of its gradient.
    """

    begin: Callable[..., Any]
    advance: Callable[..., Any]
    evaluated: Callable[..., Any]
    objective: Callable[..., Any]


@lru_cache(maxsize=64)
def program_of(loss: Callable[..., Any], name: str, has_variance: bool = False) -> Program:
    """The program of a method by name; with variances each sample's gradient is formed, which takes memory b n."""
    method = METHODS[name]

    def build(rates: Any) -> Any:
        # The optimizer's own count tells the step, from the search of a rate to the end of the run.
        return optax.with_extra_args_support(method.build(lambda count: rates[count]))

    def mean(parameters: Any, data: Any) -> Any:
        return jnp.mean(jax.vmap(lambda sample: loss(parameters, *sample))(data))

    def one(parameters: Any, batch: Any) -> tuple[Any, Any, Any]:
        if not has_variance:
            value, gradient = jax.value_and_grad(mean)(parameters, batch)
            return value, gradient, jnp.zeros(())
        each = jax.vmap(jax.value_and_grad(lambda p, sample: loss(p, *sample)), (None, 0))
        values, gradients = each(parameters, batch)
        gradient = jax.tree.map(lambda part: jnp.mean(part, 0), gradients)
        spread = jax.tree.map(lambda part: jnp.sum(jnp.var(part, 0, ddof=1)), gradients)
        return jnp.mean(values), gradient, sum(jax.tree.leaves(spread))

    @jax.jit
    def advance(parameters: Any, state: Any, data: Any, batches: Any, rates: Any) -> Any:
        optimizer = build(rates)

        def step(carry: Any, places: Any) -> Any:
            point, memory = carry
            batch = jax.tree.map(lambda part: part[places], data)
            value, gradient, variance = one(point, batch)
            change, memory = optimizer.update(gradient, memory, point, obj_fn=lambda p: mean(p, batch))
            return (optax.apply_updates(point, change), memory), Trace(
                value, optax.tree.norm(gradient), variance
            )

        (parameters, state), trace = jax.lax.scan(step, (parameters, state), batches)
        return parameters, state, trace

    @jax.jit
    def objective(point: Any, data: Any) -> Any:
        value, gradient = jax.value_and_grad(mean)(point, data)
        return value, jnp.max(jnp.stack([jnp.max(jnp.abs(part)) for part in jax.tree.leaves(gradient)]))

    return Program(jax.jit(lambda p: build(jnp.ones(1)).init(p)), advance, method.evaluated, objective)
