"""What travels between a caller, a worker process and the service's clients: strict, and data only."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from solvers.numeric.certificate import PointCertificate
from solvers.numeric.fitting.form import CurveFit, Fitted, Number
from solvers.numeric.methods.transport.form import Transported, TransportForm
from solvers.numeric.outcome import Outcome
from solvers.numeric.result import Result

MOST_STARTS = 100_000
MOST_MODELS = 10_000
MIB = 1024**2


class Options(BaseModel):
    """How a problem is solved.

    Attributes:
        starts: how many starts; those beyond the first are spread over the bounds.
        seed: of the spread.
        method: auto, lanes or ipopt; for an NL model without rows whose variables have finite bounds also
            projected-gradient or frank-wolfe, from one start.
        time_limit_s: seconds for the search, without the wait for its turn.
        start: where to start; default: the model's own start.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    starts: int = Field(1, ge=1, le=MOST_STARTS)
    seed: int = Field(0, ge=0)
    method: Literal[
        "auto", "lanes", "augmented", "sketched", "ipopt", "projected-gradient", "frank-wolfe"
    ] = "auto"
    time_limit_s: float = Field(60.0, gt=0, le=86_400)
    start: list[Number] | None = None


class Variant(BaseModel):
    """Another data set of one model: what is given takes the place of the model's own limits.

    A parameter is a variable whose bounds are equal; they may differ from variant to variant.

    Attributes:
        lower: (n,) of variables, in the model's order; None stands for no limit, here and below.
        upper: (n,) of variables.
        row_lower: (m,) of rows.
        row_upper: (m,) of rows.
        start: (n,) where to start.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    lower: list[Number | None] | None = None
    upper: list[Number | None] | None = None
    row_lower: list[Number | None] | None = None
    row_upper: list[Number | None] | None = None
    start: list[Number] | None = None


class Task(BaseModel):
    """One job of a worker: models as texts, each with its options; variants of one, a fit or a transport, with one.

    `processes` may share a search from many starts, the worker among them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    models: list[str] = Field(default_factory=list)
    options: list[Options]
    variants: list[Variant] | None = None
    fit: CurveFit | None = None
    transport: TransportForm | None = None
    cache_folder: str | None = None
    processes: int = Field(1, ge=1)
    memory_limit_bytes: int = 8 * 1024 * MIB


class LocalOptimum(BaseModel):
    """A local optimum that starts led to."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    objective: float
    x: list[float]
    hits: int


class Solved(BaseModel):
    """The result of one model; numbers that are not finite travel as texts such as "Infinity".

    Attributes:
        outcome: solved, acceptable, infeasible, unbounded, stalled, limit or undefined; always a local claim.
        message: what that means and what to do next.
        x: the point.
        y: the change of the objective per unit of each row's limit.
        route: which road, and why.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    outcome: str
    message: str
    x: list[float]
    y: list[float]
    objective: float
    violation: float
    error: float
    certificate: PointCertificate | None
    optima: list[LocalOptimum]
    starts: int
    solved: int
    iterations: int
    route: str
    seconds: float

    @property
    def is_solved(self) -> bool:
        """Whether a local optimum was found."""
        return Outcome[self.outcome.upper()].is_solved


class Told(BaseModel):
    """How far a search is: solves done, and the best point so far."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    done: int
    total: int
    best: float
    violation: float
    iterations: int


class Reply(BaseModel):
    """A line that a worker writes: how far it is, what it found, or why it cannot."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    progress: Told | None = None
    results: list[Solved] | None = None
    fits: list[Fitted] | None = None
    transported: Transported | None = None
    error: str | None = None

    @property
    def is_final(self) -> bool:
        """Whether it holds what was found."""
        return any(part is not None for part in (self.results, self.fits, self.transported))


def solved_of(result: Result) -> Solved:
    """A result as it travels."""
    return Solved(
        outcome=result.outcome.name.lower(),
        message=result.outcome.text,
        x=result.x.tolist(),
        y=result.y.tolist(),
        objective=result.objective,
        violation=result.violation,
        error=result.error,
        certificate=result.certificate,
        optima=[
            LocalOptimum(objective=one.objective, x=one.x.tolist(), hits=one.hits) for one in result.optima
        ],
        starts=result.starts,
        solved=result.solved,
        iterations=result.iterations,
        route=result.route,
        seconds=result.seconds,
    )
