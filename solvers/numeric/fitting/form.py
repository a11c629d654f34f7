"""Curve fits as they travel: one curve, many data sets, and what was found for each; strict, and data only."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

MOST_SETS = 100_000
MOST_POINTS = 5_000_000
"""Of all data sets together."""
MOST_VARIABLES = 1_000
"""Parameters and inputs of a curve."""
Number = Annotated[float, Field(allow_inf_nan=False)]
Place = Annotated[int, Field(ge=0, lt=MOST_VARIABLES)]
Columns = list[Annotated[list[Number], Field(min_length=1, max_length=MOST_POINTS)]]


class DataSet(BaseModel):
    """The points that one set of parameters is fitted to.

    Attributes:
        inputs: for each input of the curve its values, one a point; default: the shared ones.
        observed: what the curve should give, one value a point; default: 0, so that the curve is the residual itself.
        start: where the search for the parameters begins; default: the model's own start.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    inputs: Columns | None = None
    observed: list[Number] | None = None
    start: list[Number] | None = None


class CurveFit(BaseModel):
    """A curve y = f(p, t), and data sets that each get parameters p of their own by least squares.

    Attributes:
        model: an NL file without constraints, whose objective is f; its bounds hold for the parameters.
        parameters: the variables of the model that are fitted, by place from 0, in the order of the answers.
        inputs: the variables that take values from the data; every variable is one or the other.
        shared_inputs: values of the inputs for the data sets that have none of their own.
        sets: the data sets; they may differ in length.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    model: str
    parameters: list[Place] = Field(min_length=1, max_length=MOST_VARIABLES)
    inputs: list[Place] = Field(min_length=1, max_length=MOST_VARIABLES)
    shared_inputs: Columns | None = None
    sets: list[DataSet] = Field(min_length=1, max_length=MOST_SETS)

    @model_validator(mode="after")
    def _fits(self) -> "CurveFit":
        places = [*self.parameters, *self.inputs]
        if len(set(places)) < len(places):
            raise ValueError("parameters and inputs: a variable stands there twice; each is one or the other")
        if self.shared_inputs is not None:
            _check_columns(self.shared_inputs, len(self.inputs), "shared_inputs")
        total = sum(self._checked(place, one) for place, one in enumerate(self.sets))
        if total > MOST_POINTS:
            raise ValueError(f"sets: they have {total} points together; the limit is {MOST_POINTS}")
        return self

    def inputs_of(self, one: DataSet) -> list[list[float]]:
        """The values of the inputs in a data set."""
        return one.inputs if one.inputs is not None else self.shared_inputs or []

    def _checked(self, place: int, one: DataSet) -> int:
        """How many points a data set has."""
        if one.inputs is not None:
            _check_columns(one.inputs, len(self.inputs), f"sets.{place}.inputs")
        elif self.shared_inputs is None:
            raise ValueError(f"sets.{place}.inputs: it has none, and there are no shared_inputs")
        count = len(self.inputs_of(one)[0])
        if one.observed is not None and len(one.observed) != count:
            raise ValueError(f"sets.{place}.observed has {len(one.observed)} values; its inputs have {count}")
        if one.start is not None and len(one.start) != len(self.parameters):
            raise ValueError(
                f"sets.{place}.start has {len(one.start)} values; there are {len(self.parameters)} parameters"
            )
        return count


class FitCertificate(BaseModel):
    """What was checked about a fit by NumPy, from the NL file and the data alone; a local claim.

    Attributes:
        residual_norm: the root of the sum of squared residuals.
        stationarity: the largest entry of J'r that no bound explains, in the model's units; J are the slopes of the
            curve by its parameters, r the residuals.
        scaled_stationarity: the same, each relative to the size of its column of J times that of the data.
        rank: how many directions of the parameters the points determine; below their number the fit is not unique.
        is_stationary: whether the first-order conditions hold.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    residual_norm: float
    stationarity: float
    scaled_stationarity: float
    rank: int
    is_stationary: bool


class Fitted(BaseModel):
    """What was found for one data set; numbers that are not finite travel as texts such as "Infinity".

    Attributes:
        outcome: solved, acceptable, stalled, limit or undefined; always a local claim.
        message: what that means and what to do next.
        parameters: in the order of the form.
        residual_norm: the root of the sum of squared residuals, infinite where it was not computed.
        certificate: what was checked; None where the time ended before.
        route: how it was fitted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    outcome: str
    message: str
    parameters: list[float]
    residual_norm: float
    certificate: FitCertificate | None = None
    route: str

    @property
    def is_solved(self) -> bool:
        """Whether a local optimum was found."""
        return self.outcome in ("solved", "acceptable")


def _check_columns(columns: list[list[float]], inputs: int, name: str) -> None:
    if len(columns) != inputs:
        raise ValueError(f"{name} has {len(columns)} lists; the curve has {inputs} inputs")
    for place, values in enumerate(columns):
        if len(values) != len(columns[0]):
            raise ValueError(f"{name}.{place} has {len(values)} values; {name}.0 has {len(columns[0])}")
