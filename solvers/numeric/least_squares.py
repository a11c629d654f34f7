"""Curve fits: one model function, thousands of data sets side by side, by Gauss-Newton and Levenberg-Marquardt."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optimistix
from numpy.typing import NDArray

from solvers.errors import ModelError
from solvers.numeric import lanes
from solvers.numeric.cache import ProgramCache, Source
from solvers.numeric.compile import Array, Oracle
from solvers.numeric.kernels import bounded
from solvers.numeric.kernels.state import Bounds
from solvers.numeric.nl.model import Floats, Ints
from solvers.numeric.outcome import Outcome, are_solved

Curve = Callable[[Any, Any], Any]
MOST_STEPS = 256


class Fits(NamedTuple):
    """Parameters (B, k), half the sums of squared residuals (B,), and how each fit ended (B,), see `Outcome`."""

    parameters: Floats
    losses: Floats
    outcomes: Ints

    @property
    def is_solved(self) -> NDArray[np.bool_]:
        """(B,) which fits converged."""
        return are_solved(self.outcomes)


class Programs(NamedTuple):
    """A name that says all about a curve, and the cache of programs compiled from it."""

    name: tuple[object, ...]
    cache: ProgramCache


def fit_curves(
    curve: Curve,
    inputs: Any,
    observed: Any,
    start: Any,
    *,
    bounds: tuple[Any, Any] | None = None,
    tolerance: float = 1e-8,
    programs: Programs | None = None,
) -> Fits:
    """The parameters of each data set that minimize the sum of squared residuals.

    Regularized Gauss-Newton steps come first, cut at the bounds where there are some; a free fit that they do not end
    is tried again by Levenberg-Marquardt (optimistix), from its start.

    Args:
        curve: of inputs (points, ...) and parameters (k,), written with `jax.numpy`, the (points,) predictions.
        inputs: (points, ...), or (B, points, ...) with one for each data set.
        observed: (B, points).
        start: (k,), or (B, k).
        bounds: lower and upper bounds of the parameters, (k,) or a number each.
        tolerance: of the projected gradient; of Levenberg-Marquardt relative, of steps and losses.
        programs: what the curve is called and where its programs are; default: by the function, in this process.

    Raises:
        ModelError: the shapes do not fit, or a number is not finite.

    Example:
        >>> import jax.numpy as jnp, numpy as np
        >>> from solvers.numeric import fit_curves
        >>> t = np.linspace(0, 1, 20)
        >>> decay = lambda t, p: p[0] * jnp.exp(-p[1] * t)
        >>> fits = fit_curves(decay, t, np.stack([3 * np.exp(-2 * t), np.exp(-5 * t)]), [1.0, 1.0])
        >>> fits.parameters.round(4).tolist()
        [[3.0, 2.0], [1.0, 5.0]]
    """
    observed, inputs = np.asarray(observed, float), np.asarray(inputs, float)
    if observed.ndim != 2 or not np.isfinite(observed).all() or not np.isfinite(inputs).all():
        raise ModelError("observations must be finite numbers, one row for each data set")
    count, points = observed.shape
    has_own_inputs = inputs.shape[:2] == (count, points) and inputs.ndim > 1
    if not has_own_inputs and inputs.shape[:1] != (points,):
        raise ModelError(f"inputs of shape {inputs.shape} do not fit observations of shape {observed.shape}")
    begins = np.broadcast_to(np.asarray(start, float), (count, np.shape(start)[-1]))
    programs = _programs_of(curve) if programs is None else programs
    with jax.enable_x64(True):
        free = (-np.inf, np.inf)
        fits = _by_gauss_newton(
            curve, programs, (inputs, observed), has_own_inputs, begins, bounds or free, tolerance
        )
        if bounds is not None or fits.is_solved.all():
            return fits
        return _mended(fits, curve, programs, (begins, inputs, observed), has_own_inputs, tolerance)


@lru_cache(maxsize=32)
def _programs_of(curve: Curve) -> Programs:
    """Kept, since a second call with the same curve must not compile again."""
    del curve
    return Programs((), ProgramCache())


def _mended(
    fits: Fits,
    curve: Curve,
    programs: Programs,
    arguments: tuple[Floats, Floats, Floats],
    has_own_inputs: bool,
    tolerance: float,
) -> Fits:
    """The fits, with those of Levenberg-Marquardt in place of what was not solved.

    They are filled up to one of a few sizes, since a program is compiled for each.
    """
    places = np.flatnonzero(~fits.is_solved)
    most = lanes.WIDTHS[-1]
    size = next((width for width in lanes.WIDTHS if width >= len(places)), -(-len(places) // most) * most)
    chosen = np.resize(places, size)
    begins, inputs, observed = arguments
    part = (begins[chosen], inputs[chosen] if has_own_inputs else inputs, observed[chosen])
    again = _by_levenberg_marquardt(curve, programs, part, has_own_inputs, tolerance)
    took = np.flatnonzero(again.is_solved[: len(places)])
    mended = fits._replace(
        parameters=fits.parameters.copy(), losses=fits.losses.copy(), outcomes=fits.outcomes.copy()
    )
    for old, new in zip(mended, again, strict=True):
        old[places[took]] = new[took]
    return mended


def _by_levenberg_marquardt(
    curve: Curve,
    programs: Programs,
    arguments: tuple[Floats, Floats, Floats],
    has_own_inputs: bool,
    tolerance: float,
) -> Fits:
    shapes = tuple(part.shape for part in arguments)
    name = (*programs.name, "Levenberg-Marquardt", tolerance, has_own_inputs, shapes)
    fits = _levenberg_marquardt(curve, tolerance, has_own_inputs)
    program = programs.cache.program(name, lambda: Source(fits, arguments, {}))
    parameters, losses, outcomes = (np.asarray(part) for part in program.run(*arguments))
    return Fits(parameters, losses, outcomes)


def _levenberg_marquardt(curve: Curve, tolerance: float, has_own_inputs: bool) -> Callable[..., Any]:
    """Of starts, inputs and observations: what was found, losses and outcomes."""
    method: Any = optimistix.LevenbergMarquardt(rtol=tolerance, atol=tolerance)

    def residuals(parameters: Array, data: tuple[Array, Array]) -> Array:
        return curve(data[0], parameters) - data[1]

    def fit(start: Array, inputs: Array, observed: Array) -> tuple[Array, Array, Array]:
        found: Any = optimistix.least_squares(
            residuals, method, start, (inputs, observed), max_steps=MOST_STEPS, throw=False
        )
        data = (inputs, observed)
        loss = 0.5 * jnp.sum(residuals(found.value, data) ** 2)
        is_defined = jnp.isfinite(residuals(start, data)).all()
        is_solved = (found.result == optimistix.RESULTS.successful) & jnp.isfinite(loss)
        is_out_of_steps = found.result == optimistix.RESULTS.nonlinear_max_steps_reached
        ended = jnp.where(is_out_of_steps, int(Outcome.LIMIT), int(Outcome.STALLED))
        ended = jnp.where(is_solved, int(Outcome.SOLVED), ended)
        return found.value, loss, jnp.where(is_defined, ended, int(Outcome.UNDEFINED))

    return jax.vmap(fit, in_axes=(0, 0 if has_own_inputs else None, 0))


def _by_gauss_newton(
    curve: Curve,
    programs: Programs,
    data: tuple[Floats, Floats],
    has_own_inputs: bool,
    begins: Floats,
    bounds: tuple[Any, Any],
    tolerance: float,
) -> Fits:
    lower, upper = (np.broadcast_to(np.asarray(end, float), begins.shape[1]) for end in bounds)
    if (lower > upper).any():
        raise ModelError("a lower bound is above its upper bound")
    method = bounded.Method(_gauss_newton(curve), bounded.Settings(tolerance=tolerance))
    axes = (0 if has_own_inputs else None, 0)
    nothing = np.zeros(0)
    batch = lanes.Batch(data, axes, Bounds(lower, upper, nothing, nothing), begins)
    answers = lanes.run(
        method, (*programs.name, "Gauss-Newton", tolerance, axes), batch, cache=programs.cache
    )
    return Fits(answers.x, answers.objective, answers.outcome)


def _gauss_newton(curve: Curve) -> Oracle:
    """Half the sum of squared residuals, with J'J for its Hessian."""

    def residuals(data: Any, x: Array) -> Array:
        inputs, observed = data
        return curve(inputs, x) - observed

    def slopes(data: Any, x: Array) -> Array:
        return jax.jacfwd(lambda point: residuals(data, point))(x)

    return Oracle(
        lambda data, x: 0.5 * jnp.sum(residuals(data, x) ** 2)[None],
        lambda data, x: (residuals(data, x) @ slopes(data, x))[None],
        lambda data, x, weights: weights[0] * slopes(data, x).T @ slopes(data, x),
    )
