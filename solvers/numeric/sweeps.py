"""The program of a group of lanes: it starts those that are fresh, and takes all some sweeps further."""

from collections.abc import Callable
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np

from solvers.numeric.cache import Source
from solvers.numeric.kernels.state import Answer, Bounds
from solvers.numeric.nl.model import Floats
from solvers.numeric.outcome import Outcome

SWEEPS = 12
"""Between two looks at which lanes are done."""


class Method(Protocol):
    """An algorithm for one lane, see `solvers.numeric.kernels`."""

    @property
    def settings(self) -> object:
        """What its program depends on, besides the functions and shapes."""

    def start(self, data: Any, bounds: Bounds, x: Any) -> Any:
        """The first state."""

    def sweep(self, data: Any, bounds: Bounds, state: Any) -> Any:
        """The state after one trial step."""

    def answer(self, data: Any, bounds: Bounds, state: Any) -> Answer:
        """What was found so far."""


def source(method: Method, axes: tuple[Any, Any], inputs: tuple[Any, Bounds, Floats]) -> Source:
    """A function of flat arrays that starts the fresh lanes and takes every lane some sweeps further.

    Args:
        method: the algorithm.
        axes: of data and bounds: for each leaf 0 where lanes have their own, else None.
        inputs: examples of data, bounds and starts.
    """
    start = jax.vmap(method.start, in_axes=(*axes, 0))
    sweep, answer = (jax.vmap(step, in_axes=(*axes, 0)) for step in (method.sweep, method.answer))
    given, tree = jax.tree.flatten(inputs)
    blank, state_tree = jax.tree.flatten(jax.eval_shape(start, *inputs))

    def flat(*leaves: Any) -> tuple[Any, ...]:
        *carried, is_fresh = leaves[len(given) :]
        data, bounds, x = jax.tree.unflatten(tree, leaves[: len(given)])
        state = jax.tree.unflatten(state_tree, carried)

        def begun(old: Any) -> Any:
            return jax.tree.map(lambda new, kept: _chosen(is_fresh, new, kept), start(data, bounds, x), old)

        def goes_on(carry: tuple[Any, Any]) -> Any:
            return (carry[0].outcome == Outcome.RUNNING).any() & (carry[1] < SWEEPS)

        def further(carry: tuple[Any, Any]) -> tuple[Any, Any]:
            return sweep(data, bounds, carry[0]), carry[1] + 1

        state = jax.lax.cond(is_fresh.any(), begun, lambda old: old, state)
        state, _ = jax.lax.while_loop(goes_on, further, (state, jnp.array(0)))
        return (*jax.tree.leaves(state), *answer(data, bounds, state))

    zeros = [np.zeros(leaf.shape, leaf.dtype) for leaf in blank]
    notes = {"state": [(leaf.shape, str(leaf.dtype)) for leaf in blank]}
    width = len(inputs[2])
    is_of_lane = mapped(lambda axis, _: axis is not None, axes, inputs[:2])
    splits = [*jax.tree.leaves(is_of_lane), *[True] * (len(zeros) + 2)]
    return Source(_spread(flat, splits, width), [*given, *zeros, np.ones(width, bool)], notes)


def _chosen(condition: Any, yes: Any, no: Any) -> Any:
    """One of two arrays for each lane."""
    return jnp.where(condition.reshape(-1, *[1] * (yes.ndim - 1)), yes, no)


def _spread(function: Callable[..., Any], splits: list[bool], width: int) -> Callable[..., Any]:
    """The function with its lanes spread over all devices; `splits` says which arguments have an entry a lane."""
    devices = jax.device_count()
    if devices == 1 or width % devices:
        return function
    by_lane, whole = (jax.sharding.PartitionSpec(*names) for names in (("lanes",), ()))  # type: ignore[no-untyped-call]
    return jax.shard_map(
        function,
        mesh=jax.sharding.Mesh(np.array(jax.devices()), ("lanes",)),
        in_specs=tuple(by_lane if is_split else whole for is_split in splits),
        out_specs=by_lane,
        check_vma=False,
    )


def mapped(function: Callable[[Any, Any], Any], axes: Any, trees: Any) -> Any:
    """A function of each leaf and its axis, 0 or None."""
    return tuple(
        jax.tree.map(function, axis_of, tree, is_leaf=lambda leaf: leaf is None)
        for axis_of, tree in zip(axes, trees, strict=True)
    )
