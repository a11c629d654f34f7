"""The one value that flows through the graph, and what the nodes may use."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.data import Tables
from agent.formulation.model import Formulation
from agent.formulation.schema import Profile
from agent.llm import Budget, Ledger, Meter
from agent.workbench import Workbench
from library import Advice, ExperienceLibrary
from solvers.numeric.remote import Service
from solvers.sandbox import Sandbox

Road = Literal["formulation", "code"]


class Frozen(BaseModel):
    """Immutable, no unknown keys: what is kept in checkpoints."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Stage(StrEnum):
    """How far a candidate has come; `formulate` takes up drafts, `build` what was formulated, and so on."""

    DRAFT = "draft"
    FORMULATED = "formulated"
    BUILT = "built"
    SOLVED = "solved"
    VERIFIED = "verified"
    ABANDONED = "abandoned"


class Relief(Frozen):
    """How much one row of a constraint must give for the rest to have a solution.

    Attributes:
        constraint: its name in the formulation.
        index: which of its rows, as text; empty where there is only one.
        amount: in the constraint's own units.
    """

    constraint: str
    index: str
    amount: float


class Outcome(Frozen):
    """What the engine and our own checks said about one candidate.

    Attributes:
        status: optimal, feasible, infeasible, unbounded, no_solution, failed, or unclear where the language model
            says that the text is no optimization problem or lacks something; `message` says what.
        values: each variable's values, in the order of its keys.
        objective: recomputed by us from the values and the data.
        reported: as the engine reported it.
        bound: best bound; for an LP recomputed by us from the multipliers.
        is_bound_ours: whether the bound was recomputed.
        violation: largest relative violation of any constraint, bound or integrality, recomputed.
        culprit: the element with that violation.
        conflict: names of constraints that contradict each other, where infeasible.
        relief: rows of these of which each alone could end the conflict, and by how much it must give.
        unlimited: variables that grow without limit, where unbounded.
    """

    status: str
    values: dict[str, tuple[float, ...]] = {}
    objective: float | None = None
    reported: float | None = None
    bound: float | None = None
    is_bound_ours: bool = False
    violation: float | None = None
    culprit: str = ""
    duals: dict[str, float] = {}
    conflict: tuple[str, ...] = ()
    relief: tuple[Relief, ...] = ()
    unlimited: tuple[str, ...] = ()
    engine: str = ""
    seconds: float = 0.0
    message: str = ""

    @property
    def has_answer(self) -> bool:
        """Whether the status is one that answers a question."""
        return self.status in ("optimal", "feasible", "infeasible", "unbounded", "unclear")


class Exchange(Frozen):
    """One reply of the model, and what was wrong with it.

    Attributes:
        reply: as it came.
        complaint: what was wrong; empty for a reply that stands.
        is_doubt: whether the reply held up and is only doubted. The model then starts afresh, with the
            complaint as a hint: shown its own reply, it mostly repeats it.
    """

    reply: str
    complaint: str = ""
    is_doubt: bool = False


class Candidate(Frozen):
    """One attempt at the question, with its repairs.

    Attributes:
        number: its place in the vote.
        exchanges: the model's replies with what was wrong with each.
        warnings: what looks odd about the formulation, though it is verified.
        fault: why it was sent back or abandoned.
        standby: the candidate as it was verified before it was sent back on a mere doubt.
        rejected: exchanges after that which came to nothing.
        is_out_of_budget: whether the budget left no call for it.
    """

    number: int
    road: Road = "formulation"
    profile: Profile = "scalar"
    stage: Stage = Stage.DRAFT
    exchanges: tuple[Exchange, ...] = ()
    formulation: Formulation | None = None
    outcome: Outcome | None = None
    warnings: tuple[str, ...] = ()
    fault: str = ""
    standby: "Candidate | None" = None
    rejected: tuple[Exchange, ...] = ()
    is_out_of_budget: bool = False

    @property
    def repairs(self) -> int:
        """How many replies were sent back."""
        return sum(bool(exchange.complaint) for exchange in self.exchanges)


class Decision(Frozen):
    """What the candidates add up to."""

    chosen: int | None
    status: str
    confidence: float
    reason: str
    votes: dict[str, int] = {}
    question: str = ""


class NodeRecord(Frozen):
    """One node's run, for the trace."""

    node: str
    seconds: float
    note: str = ""
    calls: int = 0
    tokens: int = 0


class Tuning(Frozen):
    """What a tuned profile may change about the nodes; the defaults are what is shipped.

    Attributes:
        instructions: system turns of prompts by role, in place of the shipped ones.
        threshold: confidence below which the answer is "unsure".
        max_repairs: replies of one candidate that are sent back.
        sample_temperature: of further samples.
        repair_temperature: of repairs; above 0, so that a repair can leave the answer that was wrong.
        repair_penalty: factor on the confidence for each repair.
        warned_weight: votes of a candidate with warnings; what looks odd is mostly a slip.
        max_insights: entries of the experience library that are shown.
        max_advice_chars: of one such entry, which may come from anywhere.
    """

    instructions: dict[str, str] = {}
    threshold: float = Field(0.4, ge=0, le=1)
    max_repairs: int = Field(2, ge=0, le=10)
    sample_temperature: float = Field(0.7, ge=0, le=2)
    repair_temperature: float = Field(0.3, ge=0, le=2)
    repair_penalty: float = Field(0.85, gt=0, le=1)
    warned_weight: float = Field(0.5, ge=0, le=1)
    max_insights: int = Field(20, ge=0)
    max_advice_chars: int = Field(800, ge=0)


class Plan(Frozen):
    """What the caller asked for.

    Attributes:
        first: number of the first candidate; candidate 0 is asked at temperature 0, the others vary.
    """

    samples: int = 1
    first: int = 0
    time_limit_s: float = 60.0
    max_repairs: int = 2
    threshold: float = 0.4
    seed: int = 0
    roads: tuple[Road, ...] = ("formulation",)
    profile: Profile | None = None
    budget: Budget = Budget()
    tuning: Tuning = Tuning()
    confirm: bool = False


class RunState(Frozen):
    """Everything about one question: what was asked, what was tried, what came of it.

    Attributes:
        advice: what the experience library offered, by the road that it is for; a road is missing until it was asked.
    """

    question: str
    plan: Plan = Plan()
    data_digest: str = ""
    notes: tuple[str, ...] = ()
    advice: dict[Road, tuple[Advice, ...]] = {}
    candidates: tuple[Candidate, ...] = ()
    decision: Decision | None = None
    explanation: str = ""
    ledger: Ledger = Ledger()
    elapsed_s: float = 0.0
    trace: tuple[NodeRecord, ...] = ()

    def with_candidates(self, *changed: Candidate) -> "RunState":
        """The state with some candidates replaced by number, or added."""
        by_number = {candidate.number: candidate for candidate in (*self.candidates, *changed)}
        return self.model_copy(
            update={"candidates": tuple(by_number[number] for number in sorted(by_number))}
        )

    @property
    def chosen(self) -> Candidate | None:
        """The candidate that was decided for."""
        if self.decision is None:
            return None
        return next((c for c in self.candidates if c.number == self.decision.chosen), None)

    def at(self, stage: Stage) -> list[Candidate]:
        """The candidates that have come to a stage."""
        return [candidate for candidate in self.candidates if candidate.stage is stage]


@dataclass(frozen=True, slots=True)
class Deps:
    """What nodes use but do not keep: models, processes, data, clocks."""

    meter: Meter
    tables: Tables
    sandbox: Sandbox
    library: ExperienceLibrary
    workbench: Workbench
    clock: Callable[[], float] = field(default=time.monotonic)
    service: Service | None = None
