"""A curve from an NL file: which of its variables are fitted, and which take values from the data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from solvers.errors import ModelError
from solvers.numeric.errors import NLError
from solvers.numeric.fitting.form import MOST_VARIABLES, CurveFit, DataSet
from solvers.numeric.nl.limits import MIB, NLLimits
from solvers.numeric.nl.model import Floats, Ints, NLModel
from solvers.numeric.nl.parse import parse_nl
from solvers.numeric.source import written

LIMITS = NLLimits(size_bytes=MIB, variables=MOST_VARIABLES, rows=MOST_VARIABLES, nodes=4_000, depth=500)
"""A curve is compiled for every point, so it is kept small."""


@dataclass(frozen=True, slots=True)
class Curve:
    """y = f(p, t): the objective of a model, whose variables are k parameters p and q inputs t.

    Attributes:
        model: as it was read.
        parameters: (k,) places in the model.
        inputs: (q,) places in the model.
    """

    model: NLModel
    parameters: Ints
    inputs: Ints

    @property
    def bounds(self) -> tuple[Floats, Floats] | None:
        """Of the parameters; None where all are free."""
        lower, upper = self.model.lower[self.parameters], self.model.upper[self.parameters]
        return None if np.isneginf(lower).all() and np.isposinf(upper).all() else (lower, upper)

    @property
    def start(self) -> Floats:
        """Of the parameters, as the model states it."""
        return np.asarray(self.model.start[self.parameters], float)


def curve_of(fit: CurveFit) -> Curve:
    """The curve of a form.

    Raises:
        ModelError: the text names the field and what is wrong with it.
    """
    try:
        model = parse_nl(fit.model, LIMITS)
    except NLError as error:
        raise ModelError(f"fit.model: {error}") from None
    if model.rows:
        raise ModelError(
            f"fit.model: it has {model.rows} constraints; a curve has an objective and bounds alone"
        )
    if model.objective_root < 0:
        raise ModelError("fit.model: it has no objective, which is what the curve gives")
    if model.is_integer.any():
        raise ModelError(f"fit.model: {int(model.is_integer.sum())} variables are whole; parameters are real")
    for name, places in (("parameters", fit.parameters), ("inputs", fit.inputs)):
        if max(places) >= model.variables:
            raise ModelError(
                f"fit.{name}: there is no variable {max(places)}; the model has {model.variables}, from 0"
            )
    left = sorted(set(range(model.variables)) - {*fit.parameters, *fit.inputs})
    if left:
        raise ModelError(
            f"fit.parameters, fit.inputs: variable {left[0]} is neither; state for each which of them it is"
        )
    return Curve(model, np.array(fit.parameters, np.int64), np.array(fit.inputs, np.int64))


def fit_of(
    model: Any,
    *,
    parameters: Sequence[Any],
    inputs: Sequence[Any],
    sets: Sequence[DataSet],
    shared_inputs: Sequence[Sequence[float]] | None = None,
) -> CurveFit:
    """The form of a curve that is the objective of a Pyomo model.

    Args:
        model: with variables for parameters and inputs, an objective and no constraints.
        parameters: its variables that are fitted, in the order in which the answers give them.
        inputs: its variables that take values from the data.
        sets: the data sets.
        shared_inputs: values of the inputs for the data sets that have none of their own.

    Raises:
        ModelError: the model cannot be written, or a variable does not occur in its objective.

    Example:
        >>> import pyomo.environ as pyo
        >>> from solvers.numeric import DataSet, fit_of
        >>> m = pyo.ConcreteModel()
        >>> m.a, m.b, m.t = pyo.Var(initialize=1), pyo.Var(initialize=1), pyo.Var()
        >>> m.curve = pyo.Objective(expr=m.a * pyo.exp(-m.b * m.t))
        >>> data = DataSet(inputs=[[0.0, 1.0, 2.0]], observed=[3.0, 1.1, 0.4])
        >>> fit_of(m, parameters=[m.a, m.b], inputs=[m.t], sets=[data]).parameters
        [0, 1]
    """
    text, variables = written(model)
    places = {id(variable): place for place, variable in enumerate(variables)}
    for variable in (*parameters, *inputs):
        if id(variable) not in places:
            raise ModelError(f"{variable} does not occur in the objective, or is fixed; leave it out")
    return CurveFit(
        model=text,
        parameters=[places[id(variable)] for variable in parameters],
        inputs=[places[id(variable)] for variable in inputs],
        shared_inputs=None if shared_inputs is None else [list(map(float, one)) for one in shared_inputs],
        sets=list(sets),
    )
