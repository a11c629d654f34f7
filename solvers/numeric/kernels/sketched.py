"""An inexact Newton method on the exact augmented Lagrangian for one lane: min f(x), c(x) = 0, x free.

The steps (dx, dy) solve the Newton system K z = -r of the first-order conditions only so far as the search needs. No
matrix is factored but small ones: the system is sketched again and again, by a few of its rows at random, and the step
projected on what these allow (block Kaczmarz). A step is taken where it lowers the exact augmented Lagrangian

    L(x, y) + penalty/2 |c(x)|^2 + pull/2 |grad_x L(x, y)|^2,

a function of x and y together whose minima are the problem's own optima. Where a step does not lower it by as much as
the conditions are violated, penalty grows and pull falls, and the Hessian is shifted.

It has no restoration: where the rows cannot be met, it stalls.

Source: Hong, Na, Mahoney and Kolar, Constrained Optimization via Exact Augmented Lagrangian and Randomized Iterative
Sketching, ICML 2023, algorithm 1; the shift of the Hessian is ours.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from solvers.numeric.compile import Array, Oracle
from solvers.numeric.kernels.scaling import FEASIBLE, largest_violation, multiplier_size, scales
from solvers.numeric.kernels.state import Answer, Bounds, Outcome

FIRST_PENALTY, FIRST_PULL = 10.0, 0.1
PENALTY_GROWTH, PULL_FALL = 4.0, 0.5
LARGEST_PENALTY, LEAST_PULL = 1e12, 1e-12
SUFFICIENT = 1e-4
"""The share of the foretold decrease that a step must bring (Armijo)."""
SHORTEST_STEP = 2.0**-5
LEAST_CURVATURE = 1e-10
"""Along a step, by the test of Chiang and Zavala (2016), which needs no inertia."""
SHIFTS, SHIFT_GROWTH, SHIFT_FALLS = (1e-4, 1e12), 20.0, (0.1, 0.7)
"""Of the Hessian: the least that is not zero and the largest, the factor after a step refused, and those after a step
taken, whole and in part."""
ROUNDING = 1e-14


class Settings(NamedTuple):
    """What the method is told, all static.

    Attributes:
        tolerance: of the scaled first-order conditions.
        acceptable: the same, for points from which no step leads on.
        accuracy: the residual of a Newton system, as a share of its right side, with which its solution is taken.
        sketch: rows of the system that are projected on at once.
        most_rounds: projections on all rows, at most.
        most_sweeps: trial steps.
    """

    tolerance: float = 1e-8
    acceptable: float = 1e-6
    accuracy: float = 0.1
    sketch: int = 8
    most_rounds: int = 50
    most_sweeps: int = 500


class Point(NamedTuple):
    """Where a lane is: x, multipliers y, and there f, c and their derivatives, all scaled."""

    x: Array
    y: Array
    f: Array
    c: Array
    slope: Array
    jac: Array
    hessian: Array


class State(NamedTuple):
    """All that a lane carries from sweep to sweep.

    Attributes:
        point: where it is.
        scale: (1 + m,) of objective and rows.
        penalty: of |c|^2.
        pull: of |grad_x L|^2.
        shift: of the Hessian.
        length: of the next trial step; 1 where a new direction is due.
        direction: (n + m,) of the last trial step.
        error: of the first-order conditions.
    """

    point: Point
    scale: Array
    penalty: Array
    pull: Array
    shift: Array
    length: Array
    direction: Array
    error: Array
    outcome: Array
    sweeps: Array


class Method(NamedTuple):
    """The method for problems of one shape."""

    oracle: Oracle
    settings: Settings

    def start(self, data: Any, bounds: Bounds, x: Array) -> State:
        """The first state of a lane, everything scaled by the gradients at the start."""
        scale = scales(self.oracle.jacobian(data, x))
        point = self._at(data, bounds, scale, x, jnp.zeros(len(scale) - 1))
        is_defined = _is_finite(point)
        one = jnp.ones(())
        return State(
            point=point,
            scale=scale,
            penalty=FIRST_PENALTY * one,
            pull=FIRST_PULL * one,
            shift=0 * one,
            length=one,
            direction=jnp.zeros(len(x) + len(point.y)),
            error=_error(point),
            outcome=jnp.where(is_defined, int(Outcome.RUNNING), int(Outcome.UNDEFINED)),
            sweeps=jnp.array(0),
        )

    def sweep(self, data: Any, bounds: Bounds, state: State) -> State:
        """One trial step; ended lanes stay as they are."""
        here, n = state.point, len(state.point.x)
        is_over = state.outcome != Outcome.RUNNING
        direction = self._direction(state, (state.length == 1) & ~is_over)
        step = state.length * direction
        there = self._at(data, bounds, state.scale, here.x + step[:n], here.y + step[n:])
        fall = _merit_slope(state) @ direction
        dx = direction[:n]
        bends = dx @ (here.hessian @ dx) + jnp.maximum(-(here.y + direction[n:]) @ here.c, 0.0)
        is_convex = bends + state.shift * dx @ dx >= LEAST_CURVATURE * dx @ dx
        is_descent = is_convex & (fall < 0) & (fall <= -0.5 * state.pull * jnp.sum(here.slope**2))
        before, after = _merit(here, state), _merit(there, state)
        rounding = ROUNDING * jnp.maximum(1.0, jnp.abs(before))
        takes = (
            is_descent & _is_finite(there) & (after <= before + SUFFICIENT * state.length * fall + rounding)
        )
        is_refused = ~takes & (~is_descent | (state.length <= SHORTEST_STEP))
        grown = jnp.clip(state.shift * SHIFT_GROWTH, *SHIFTS)
        fall_of_shift = jnp.where(state.length == 1, *SHIFT_FALLS)
        fallen = jnp.where(state.shift > SHIFTS[0], state.shift * fall_of_shift, 0.0)
        moved = State(
            point=jax.tree.map(lambda new, old: jnp.where(takes, new, old), there, here),
            scale=state.scale,
            penalty=jnp.where(
                is_refused & is_convex,
                jnp.minimum(state.penalty * PENALTY_GROWTH, LARGEST_PENALTY),
                state.penalty,
            ),
            pull=jnp.where(
                is_refused & is_convex, jnp.maximum(state.pull * PULL_FALL, LEAST_PULL), state.pull
            ),
            shift=jnp.where(is_refused, grown, jnp.where(takes, fallen, state.shift)),
            length=jnp.where(takes | is_refused, 1.0, 0.5 * state.length),
            direction=direction,
            error=state.error,
            outcome=state.outcome,
            sweeps=state.sweeps + 1,
        )
        judged = self._judged(bounds, moved)
        kept: State = jax.tree.map(lambda old, new: jnp.where(is_over, old, new), state, judged)
        return kept

    def answer(self, data: Any, bounds: Bounds, state: State) -> Answer:
        """The point of a lane in the problem's own units."""
        values = self.oracle.outputs(data, state.point.x)
        return Answer(
            x=state.point.x,
            y=-state.point.y * state.scale[1:] / state.scale[0],
            objective=values[0],
            violation=largest_violation(values[1:], bounds),
            error=state.error,
            outcome=state.outcome,
            sweeps=state.sweeps,
        )

    def _at(self, data: Any, bounds: Bounds, scale: Array, x: Array, y: Array) -> Point:
        values = scale * self.oracle.outputs(data, x)
        slopes = scale[:, None] * self.oracle.jacobian(data, x)
        return Point(
            x=x,
            y=y,
            f=values[0],
            c=values[1:] - scale[1:] * bounds.row_lower,
            slope=slopes[0] + y @ slopes[1:],
            jac=slopes[1:],
            hessian=self.oracle.hessian(data, x, scale * jnp.concatenate((jnp.ones(1), y))),
        )

    def _direction(self, state: State, is_due: Array) -> Array:
        """The Newton step by projections on random rows, (n + m,); the last one where none is due."""
        here, settings = state.point, self.settings
        n, size = len(here.x), len(here.x) + len(here.y)
        matrix = jnp.block([
            [here.hessian + state.shift * jnp.eye(n), here.jac.T],
            [here.jac, jnp.zeros((size - n, size - n))],
        ])  # fmt: skip
        right = -jnp.concatenate((here.slope, here.c))
        sketch = min(settings.sketch, size)
        rounds = -(-size // sketch)
        target = settings.accuracy * jnp.linalg.norm(right)

        def goes_on(carry: tuple[Array, Array, Array]) -> Array:
            z, count, _ = carry
            return is_due & (count < settings.most_rounds) & (jnp.linalg.norm(matrix @ z - right) > target)

        def projected(carry: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
            z, count, key = carry
            key, fresh = jax.random.split(key)
            order = jax.random.permutation(fresh, size)

            def on_rows(place: Array, z: Array) -> Array:
                rows = order[(place * sketch + jnp.arange(sketch)) % size]
                part = matrix[rows]
                square = part @ part.T
                square += ROUNDING * (1.0 + jnp.trace(square)) * jnp.eye(sketch)
                return z + part.T @ jnp.linalg.solve(square, right[rows] - part @ z)

            return jax.lax.fori_loop(0, rounds, on_rows, z), count + 1, key

        first = jnp.where(is_due, 0.0, state.direction)
        begun = (first, jnp.array(0), jax.random.key(state.sweeps))
        return jax.lax.while_loop(goes_on, projected, begun)[0]

    def _judged(self, bounds: Bounds, state: State) -> State:
        """The state with its error and outcome."""
        settings, point = self.settings, state.point
        error = _error(point)
        rows = point.c / state.scale[1:] + bounds.row_lower
        is_feasible = largest_violation(rows, bounds) <= FEASIBLE
        is_acceptable = is_feasible & (error <= settings.acceptable)
        is_stuck = (state.shift >= SHIFTS[1]) | (
            (state.penalty >= LARGEST_PENALTY) & (state.pull <= LEAST_PULL)
        )
        outcome = jnp.select(
            [
                is_feasible & (error <= settings.tolerance),
                point.f < -1e19,
                is_stuck | (state.sweeps >= settings.most_sweeps),
            ],
            [
                int(Outcome.SOLVED),
                int(Outcome.UNBOUNDED),
                jnp.select(
                    [is_acceptable, is_stuck],
                    [int(Outcome.ACCEPTABLE), int(Outcome.STALLED)],
                    int(Outcome.LIMIT),
                ),
            ],
            int(Outcome.RUNNING),
        )
        return state._replace(error=error, outcome=outcome)


def _merit(point: Point, state: State) -> Array:
    """The exact augmented Lagrangian."""
    return (
        point.f
        + point.y @ point.c
        + 0.5 * state.penalty * point.c @ point.c
        + 0.5 * state.pull * point.slope @ point.slope
    )


def _merit_slope(state: State) -> Array:
    """Its gradient by x and y, (n + m,)."""
    here = state.point
    by_x = here.slope + state.pull * here.hessian @ here.slope + state.penalty * here.c @ here.jac
    return jnp.concatenate((by_x, here.c + state.pull * here.jac @ here.slope))


def _error(point: Point) -> Array:
    """The largest residual of the first-order conditions, scaled."""
    stationarity = jnp.abs(point.slope).max(initial=0.0) / multiplier_size(point.y)
    return jnp.maximum(stationarity, jnp.abs(point.c).max(initial=0.0))


def _is_finite(point: Point) -> Array:
    parts = (jnp.isfinite(leaf).all() for leaf in point)
    return jnp.stack(list(parts)).all()
