"""What fitted parameters do to the curve itself: residuals and slopes by NumPy, from the NL file and data alone.

All points go through one sweep: the model's graph is copied once for each of them, so that the gradient of the sum of
all copies holds each point's own slopes. Nothing here shares code with what fits.
"""

import numpy as np

from solvers.numeric.certificate import unexplained
from solvers.numeric.fitting.curve import Curve
from solvers.numeric.fitting.form import FitCertificate
from solvers.numeric.nl import operations as op
from solvers.numeric.nl.evaluate import Evaluator
from solvers.numeric.nl.model import Floats, Graph, Linear, NLModel

TOLERANCE = 1e-6
LARGEST_BLOCK = 200_000
"""Nodes of the copies that are swept at once."""


class Slopes:
    """Values and slopes of a curve at any points; keeps the copies that it has made."""

    def __init__(self, curve: Curve) -> None:
        """Nothing is copied yet."""
        self._curve = curve
        self._most = max(1, LARGEST_BLOCK // (len(curve.model.graph) + curve.model.variables))
        self._copies: dict[int, Evaluator] = {}

    def at(self, parameters: Floats, inputs: Floats) -> tuple[Floats, Floats]:
        """The curve (P,) and its slopes by the parameters (P, k); parameters are (P, k), inputs (P, q)."""
        curve = self._curve
        x = np.zeros((len(inputs), curve.model.variables))
        x[:, curve.parameters], x[:, curve.inputs] = parameters, inputs
        width = min(self._most, 1 << max(0, len(x) - 1).bit_length())
        parts = [self._block(x[first : first + width], width) for first in range(0, len(x), width)]
        values, slopes = (np.concatenate(pieces) for pieces in zip(*parts, strict=True))
        return values, slopes[:, curve.parameters]

    def _block(self, x: Floats, width: int) -> tuple[Floats, Floats]:
        if width not in self._copies:
            self._copies[width] = Evaluator(_copied(self._curve.model, width))
        padded = np.concatenate((x, np.repeat(x[:1], width - len(x), axis=0)))
        evaluator = self._copies[width]
        values = evaluator.values(padded.ravel()).rows
        slopes = evaluator.gradient(padded.ravel(), 0.0, np.ones(width)).reshape(padded.shape)
        return values[: len(x)], slopes[: len(x)]


def certify_fit(
    curve: Curve, parameters: Floats, observed: Floats, values: Floats, slopes: Floats
) -> FitCertificate:
    """The certificate of parameters (k,) from what the curve gives at P points (P,), and its slopes there (P, k)."""
    residuals = values - observed
    if not (np.isfinite(residuals).all() and np.isfinite(slopes).all() and np.isfinite(parameters).all()):
        return FitCertificate(
            residual_norm=np.inf,
            stationarity=np.inf,
            scaled_stationarity=np.inf,
            rank=0,
            is_stationary=False,
        )
    pull = residuals @ slopes
    if curve.bounds is not None:
        pull = unexplained(pull, parameters, *curve.bounds)
    sizes, norm = np.linalg.norm(slopes, axis=0), float(np.linalg.norm(residuals))
    # An exact fit leaves residuals of rounding size, whose direction means nothing: hence the size of the data.
    of_data = norm + float(np.linalg.norm(observed)) + float(np.linalg.norm(slopes @ parameters))
    scaled = np.abs(pull) / np.maximum(sizes * of_data, np.finfo(float).tiny)
    largest = float(scaled.max(initial=0.0))
    return FitCertificate(
        residual_norm=norm,
        stationarity=float(np.abs(pull).max(initial=0.0)),
        scaled_stationarity=largest,
        rank=int(np.linalg.matrix_rank(slopes / np.where(sizes > 0, sizes, 1.0))),
        is_stationary=largest <= TOLERANCE,
    )


def _copied(model: NLModel, count: int) -> NLModel:
    """A model whose rows are `count` copies of the objective, each with variables of its own."""
    graph, n = model.graph, model.variables
    places = np.arange(count)
    of_node, of_argument = np.repeat(places, len(graph)), np.repeat(places, len(graph.arguments))
    is_variable = np.tile(graph.operation == op.VARIABLE, count)
    columns = np.flatnonzero(model.objective_linear)
    free, nothing = np.full(count * n, np.inf), np.zeros(count * n)
    return NLModel(
        graph=Graph(
            operation=np.tile(graph.operation, count),
            number=np.tile(graph.number, count),
            variable=np.tile(graph.variable, count) + np.where(is_variable, of_node * n, 0),
            starts=np.append(
                np.tile(graph.starts[:-1], count) + of_node * len(graph.arguments),
                count * len(graph.arguments),
            ),
            arguments=np.tile(graph.arguments, count) + of_argument * len(graph),
        ),
        objective_root=-1,
        row_roots=model.objective_root + places * len(graph),
        objective_linear=nothing,
        row_linear=Linear(
            np.repeat(places, len(columns)),
            np.tile(columns, count) + np.repeat(places, len(columns)) * n,
            np.tile(model.objective_linear[columns], count),
        ),
        is_maximize=False,
        lower=-free,
        upper=free,
        row_lower=np.full(count, -np.inf),
        row_upper=np.full(count, np.inf),
        start=nothing,
        has_start=np.zeros(count * n, bool),
        start_duals=np.zeros(count),
        is_integer=np.zeros(count * n, bool),
    )
