"""What clients send and get."""

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from solvers.numeric.fitting.form import CurveFit, Fitted
from solvers.numeric.methods.transport.form import Transported, TransportForm
from solvers.numeric.wire import MOST_MODELS, Options, Solved, Told, Variant

State = Literal["queued", "running", "done", "failed", "cancelled"]
_SURROGATE = re.compile("[\ud800-\udfff]")


class JobRequest(BaseModel):
    """A job: one or many models as texts, variants of one, a curve fit, or a transport.

    Attributes:
        models: NL files, of which those of one structure are solved side by side, each with its own data; or MPS.
        variants: data sets of the one model, an NL file, solved side by side in compiled lanes.
        fit: a curve, and data sets to fit it to, in place of models; of the options only the time limit counts.
        transport: costs and masses, in place of models; likewise.
        options: for each model, or one for all.
        priority: higher ones of the same token are solved first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    models: list[str] = Field(default_factory=list, max_length=MOST_MODELS)
    options: list[Options] = Field(default_factory=lambda: [Options()], min_length=1, max_length=MOST_MODELS)
    variants: list[Variant] | None = Field(None, min_length=1, max_length=MOST_MODELS)
    fit: CurveFit | None = None
    transport: TransportForm | None = None
    priority: int = Field(0, ge=-100, le=100)

    @model_validator(mode="after")
    def _fits(self) -> "JobRequest":
        if self.fit is not None or self.transport is not None:
            return self._of_form("transport" if self.fit is None else "fit")
        for place, text in enumerate(self.models):
            if _SURROGATE.search(text):
                raise ValueError(
                    f"models.{place}: half of a character (a lone surrogate) stands in it; send whole text"
                )
        if not self.models:
            raise ValueError("models: there is none, and no fit or transport; send one of them")
        if len(self.options) not in (1, len(self.models)):
            raise ValueError(
                f"{len(self.options)} options do not fit {len(self.models)} models; give 1 or as many"
            )
        if self.variants is not None and (
            len(self.models) > 1 or self.options[0].method not in ("auto", "lanes")
        ):
            raise ValueError(
                "variants are of one model, and solved by compiled lanes; send one model without another method"
            )
        return self

    def _of_form(self, name: str) -> "JobRequest":
        if self.models or self.variants is not None:
            raise ValueError(f"models, variants: a job with a {name} has none; send two jobs")
        if self.fit is not None and self.transport is not None:
            raise ValueError("fit, transport: a job has one of both; send two jobs")
        if self.options != [Options(time_limit_s=self.options[0].time_limit_s)]:
            where = "; starts stand in fit.sets" if name == "fit" else "; method stands in transport"
            raise ValueError(f"options: a {name} takes one, with time_limit_s alone{where}")
        return self

    @property
    def result_count(self) -> int:
        """How many results it will have."""
        return len(self.models if self.variants is None else self.variants)

    def options_of_each(self) -> list[Options]:
        """One for each model, or the one of a fit or a transport."""
        if not self.models:
            return self.options
        return self.options if len(self.options) == len(self.models) else self.options * len(self.models)


class JobView(BaseModel):
    """How a job stands.

    Attributes:
        id: its name in the addresses.
        state: queued, running, done, failed or cancelled.
        progress: how far it is, while it runs.
        results: one for each model, when it is done.
        fits: one for each data set of a curve fit, when it is done.
        transported: the plan of a transport, when it is done.
        error: why it failed.
        created: when it came, seconds since 1970.
        seconds: from its coming to its end.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    id: str
    state: State
    progress: Told | None = None
    results: list[Solved] | None = None
    fits: list[Fitted] | None = None
    transported: Transported | None = None
    error: str | None = None
    created: float
    seconds: float | None = None

    @property
    def is_over(self) -> bool:
        """Whether it will not change any more."""
        return self.state in ("done", "failed", "cancelled")


class Problem(BaseModel):
    """What is wrong with a request."""

    error: str


class Capabilities(BaseModel):
    """What a service can do, and its limits."""

    version: str
    engines: list[str]
    formats: list[str]
    workers: int
    queue_limit: int
    body_limit_bytes: int
    most_time_limit_s: float
    most_models: int
    most_variables: int
    most_sets: int
    most_points: int
    most_costs: int
