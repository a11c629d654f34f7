"""Data sets fitted side by side, in batches of one shape, until the time ends."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from solvers.numeric.cache import ProgramCache
from solvers.numeric.compile import Array, Data, outputs
from solvers.numeric.fitting.certificate import Slopes, certify_fit
from solvers.numeric.fitting.curve import Curve, curve_of
from solvers.numeric.fitting.form import CurveFit, FitCertificate, Fitted
from solvers.numeric.lanes import WIDTHS, Progress
from solvers.numeric.least_squares import Programs, fit_curves
from solvers.numeric.nl.model import Floats
from solvers.numeric.nl.parse import parse_nl
from solvers.numeric.outcome import Outcome
from solvers.numeric.problem import problem_of
from solvers.numeric.roads import shared_cache

LARGEST_BATCH = 1 << 20
"""Entries of all slopes of a batch: what bounds its memory and the time between two looks at the clock."""
ACCEPTABLE = 1e-3
"""Scaled stationarity up to which a fit counts as found to reduced accuracy."""


class _Points(NamedTuple):
    """A data set as arrays: inputs (P, q), observed (P,), start (k,)."""

    inputs: Floats
    observed: Floats
    start: Floats


class _Size(NamedTuple):
    """Of a batch: how many data sets, of how many points."""

    sets: int
    points: int


def fit_sets(
    fit: CurveFit,
    *,
    deadline: float,
    cache_folder: Path | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> list[Fitted]:
    """What was found for each data set; those not reached in time are at the limit, with their start.

    Args:
        fit: the curve and the data sets.
        deadline: on `time.monotonic()`.
        cache_folder: where compiled programs are kept for later processes.
        on_progress: told after every batch; best is the least residual norm so far.

    Raises:
        ModelError: the curve and the form do not fit each other.
    """
    curve = curve_of(fit)
    sets = [_points(fit, curve, place) for place in range(len(fit.sets))]
    fitter = _Fitter(fit, curve, shared_cache(cache_folder))
    found: dict[int, Fitted] = {}
    for size, places in _batches(sets, len(curve.parameters)):
        if time.monotonic() >= deadline:
            break
        found |= zip(places, fitter.fitted([sets[place] for place in places], size), strict=True)
        if on_progress is not None:
            best = min(one.residual_norm for one in found.values())
            on_progress(Progress(len(found), len(sets), best, 0.0, 0))
    late = f"{fitter.route}; the time ended before its turn"
    return [found.get(place) or _told(Outcome.LIMIT, one.start, None, late) for place, one in enumerate(sets)]


def _points(fit: CurveFit, curve: Curve, place: int) -> _Points:
    one = fit.sets[place]
    inputs = np.array(fit.inputs_of(one), float).T
    observed = np.zeros(len(inputs)) if one.observed is None else np.array(one.observed, float)
    start = curve.start if one.start is None else np.array(one.start, float)
    return _Points(inputs, observed, start if curve.bounds is None else np.clip(start, *curve.bounds))


def _batches(sets: list[_Points], parameters: int) -> Iterator[tuple[_Size, list[int]]]:
    """Data sets of nearly equal length, with the size that their batch is filled up to.

    Both come in few sizes, since a program is compiled for each.
    """
    by_length: dict[int, list[int]] = {}
    for place, one in enumerate(sets):
        by_length.setdefault(1 << (len(one.observed) - 1).bit_length(), []).append(place)
    for length, places in sorted(by_length.items()):
        most = max((w for w in WIDTHS if w * length * parameters <= LARGEST_BATCH), default=WIDTHS[0])
        width = next((size for size in WIDTHS if size >= len(places)), most)
        width = min(width, most)
        for first in range(0, len(places), width):
            yield _Size(width, length), places[first : first + width]


class _Fitter:
    """Fits batches of data sets to one curve, and checks what comes out."""

    def __init__(self, fit: CurveFit, curve: Curve, cache: ProgramCache) -> None:
        self._curve, self._slopes = curve, Slopes(curve)
        name = (fit.model, tuple(fit.parameters), tuple(fit.inputs))
        self._weighted, self._programs = _weighted(*name), Programs(("curve", *name), cache)
        steps = (
            "Gauss-Newton steps, and Levenberg-Marquardt steps where these fail"
            if curve.bounds is None
            else "Gauss-Newton steps cut at the bounds"
        )
        self.route = f"{steps}, side by side on {jax.default_backend()}"

    def fitted(self, sets: list[_Points], size: _Size) -> list[Fitted]:
        """What was found for a batch, which is filled up with copies of its first data set."""
        rows = [_filled(one, size.points) for one in sets]
        rows += [rows[0]] * (size.sets - len(rows))
        inputs, observed, start = (np.stack(parts) for parts in zip(*rows, strict=True))
        fits = fit_curves(
            self._weighted, inputs, observed, start, bounds=self._curve.bounds, programs=self._programs
        )
        parameters, outcomes = fits.parameters[: len(sets)], fits.outcomes[: len(sets)].tolist()
        certificates = self._checked(sets, parameters)
        return [
            _told(_judged(Outcome(outcome), certificate), found, certificate, self.route)
            for outcome, found, certificate in zip(outcomes, parameters, certificates, strict=True)
        ]

    def _checked(self, sets: list[_Points], parameters: Floats) -> list[FitCertificate]:
        """The certificate of each fit; the points of all go through one sweep."""
        counts = [len(one.observed) for one in sets]
        inputs = np.concatenate([one.inputs for one in sets])
        values, slopes = self._slopes.at(np.repeat(parameters, counts, axis=0), inputs)
        cuts = np.cumsum(counts)[:-1]
        parts = zip(sets, parameters, np.split(values, cuts), np.split(slopes, cuts), strict=True)
        return [certify_fit(self._curve, p, one.observed, value, slope) for one, p, value, slope in parts]


def _filled(one: _Points, length: int) -> _Points:
    """The data set at a length, by points of weight 0 that repeat its first; the weights are another input."""
    more = length - len(one.observed)
    weights = np.append(np.ones(len(one.observed)), np.zeros(more))[:, None]
    inputs = np.concatenate((one.inputs, np.repeat(one.inputs[:1], more, axis=0)))
    return _Points(np.hstack((inputs, weights)), np.append(one.observed, np.zeros(more)), one.start)


def _weighted(
    model: str, parameters: tuple[int, ...], inputs: tuple[int, ...]
) -> Callable[[Array, Array], Array]:
    """The curve times the weight of each point, as `fit_curves` takes it."""
    parsed = parse_nl(model)
    problem = problem_of(parsed)
    data = Data(problem.indices, problem.numbers)
    of_parameters, of_inputs = np.array(parameters), np.array(inputs)

    def value(row: Array, p: Array) -> Array:
        x = jnp.zeros(parsed.variables).at[of_parameters].set(p).at[of_inputs].set(row[:-1])
        return row[-1] * problem.sign * outputs(problem.templates, data, x)[0]

    found: Any = jax.vmap(value, in_axes=(0, None))
    return found  # type: ignore[no-any-return]


def _judged(kernel: Outcome, certificate: FitCertificate) -> Outcome:
    """How a fit ended: what was checked counts, not what the kernel says of itself."""
    if certificate.is_stationary:
        return Outcome.SOLVED
    if not kernel.is_solved:
        return kernel
    return Outcome.ACCEPTABLE if certificate.scaled_stationarity <= ACCEPTABLE else Outcome.STALLED


def _told(outcome: Outcome, parameters: Floats, certificate: FitCertificate | None, route: str) -> Fitted:
    return Fitted(
        outcome=outcome.name.lower(),
        message=outcome.text,
        parameters=parameters.tolist(),
        residual_norm=np.inf if certificate is None else certificate.residual_norm,
        certificate=certificate,
        route=route,
    )
