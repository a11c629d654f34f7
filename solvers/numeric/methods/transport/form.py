"""Transport problems as they travel, and what was found; strict, and data only."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from solvers.numeric.fitting.form import Number
from solvers.numeric.methods.transport.checks import arrays_of, check_options
from solvers.numeric.methods.transport.record import Transport

MOST_COSTS = 4_000_000
MOST_PLACES = 100_000
Numbers = Annotated[list[Number], Field(min_length=1, max_length=MOST_PLACES)]


class TransportForm(BaseModel):
    """The cheapest plan from sources to targets.

    Attributes:
        cost: for each source its costs to all targets.
        source: masses, 0 or more.
        target: masses of the same total.
        method: exact, sparse or sinkhorn-newton; auto is exact.
        reg: of the last two, in units of the cost; default: a thousandth of the range of the costs.
        nonzeros: for sparse: at most so many in a column.
        tolerance: of the marginals, as a part of the total mass.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    cost: Annotated[list[Numbers], Field(min_length=1, max_length=MOST_PLACES)]
    source: Numbers
    target: Numbers
    method: Literal["auto", "exact", "sparse", "sinkhorn-newton"] = "auto"
    reg: float | None = Field(None, gt=0)
    nonzeros: int | None = Field(None, ge=1)
    tolerance: float = Field(1e-9, gt=0, lt=1)

    @model_validator(mode="after")
    def _fits(self) -> "TransportForm":
        if len(self.source) * len(self.target) > MOST_COSTS:
            raise ValueError(
                f"cost: {len(self.source)} by {len(self.target)} are more than {MOST_COSTS:,} costs"
            )
        check_options(self.problem(), "exact" if self.method == "auto" else self.method)
        arrays_of(self.problem())
        return self

    def problem(self) -> Transport:
        """The record that methods take."""
        return Transport(self.cost, self.source, self.target, self.reg, self.nonzeros, self.tolerance)


class Transported(BaseModel):
    """What was found; numbers that are not finite travel as texts such as "NaN".

    Attributes:
        outcome: solved, acceptable, stalled or limit.
        message: what that means and what to do next.
        rows: of the plan's entries that are not 0, the sources, by place from 0.
        columns: and the targets.
        masses: and what goes from one to the other.
        prices: of the sources and then of the targets: no pair's exceed its cost.
        objective: what the plan costs.
        violation: the largest error of a place's mass.
        gap: what another plan could save, at most; NaN where the plan misses its masses.
        route: which method.
        seconds: wall time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    outcome: str
    message: str
    rows: list[int]
    columns: list[int]
    masses: list[float]
    prices: list[float]
    objective: float
    violation: float
    gap: float
    route: str
    seconds: float

    @property
    def is_solved(self) -> bool:
        """Whether the plan is what the method promises."""
        return self.outcome in ("solved", "acceptable")
