"""What the user gets: status, values, model, certificate, confidence and the words for them."""

import json
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict

from agent.data import Tables
from agent.formulation import render
from agent.formulation.instance import Instance, Key
from agent.formulation.model import Formulation
from agent.llm import Ledger
from agent.nodes.explain import number
from agent.notebook import to_html
from agent.state import Candidate, NodeRecord, Relief, RunState
from agent.workbench import Built, Workbench


class Status(StrEnum):
    """How a question ended."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    UNSURE = "unsure"
    FAILED = "failed"


class Certificate(BaseModel):
    """What was checked about the answer, and what came out; it claims nothing beyond that.

    Attributes:
        violation: largest violation of any constraint, bound or integrality at the returned values, recomputed
            from the formulation and the data, relative to the size of the sides (at least 1).
        objective: recomputed from the values.
        objective_reported: as the engine said it.
        bound: best proven bound on the objective; None where there is none.
        bound_source: "recomputed from the dual solution" for LPs, else "reported by the engine".
        gap: relative distance of objective and bound.
        engine: name and version.
        seconds: wall time of the engine itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    violation: float | None
    objective: float | None
    objective_reported: float | None
    bound: float | None
    bound_source: str
    gap: float | None
    engine: str
    seconds: float

    @property
    def is_valid(self) -> bool:
        """Whether the values satisfy everything and the objective is known; without values, as of an infeasible
        problem, False: there is nothing that could be valid.
        """
        return self.violation is not None and self.violation <= 1e-6 and self.objective is not None

    def sentences(self) -> Iterator[str]:
        """What was checked, and by whom, in plain words."""
        engine = f"{self.engine}, {self.seconds:.2f} s."
        if self.violation is None:
            yield f"there are no values to check; what is said rests on {engine}"
            return
        if self.is_valid:
            yield (
                "every constraint, bound and whole number was computed again from the formulation and the data, "
                f"and holds (largest violation {number(self.violation)})."
            )
        else:
            yield f"the values break the formulation (largest violation {number(self.violation)})."
        if self.objective is not None:
            yield f"The objective, computed again, is {number(self.objective)}."
        if self.bound is None or self.gap is None:
            yield "No bound proves how far the optimum may be."
        else:
            yield f"Bound {number(self.bound)}, {self.bound_source}; gap {number(self.gap)}."
        yield f"Solver: {engine}"


class Offered(BaseModel):
    """An insight of the experience library that was offered to the language model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    insight: str
    road: str
    why: str
    was_used: bool


class Solution:
    """The answer to one question.

    Attributes:
        status: see `Status`.
        objective: value of the objective; None without a solution. While the status is "unsure" it is that of the
            likeliest formulation, a guess.
        unit: unit of the objective.
        values: each variable's value by name; an indexed one's as a mapping by element; as `objective`, a guess
            while the status is "unsure".
        formulation: the formulation that was solved; None where none could be built.
        certificate: what was checked; None without a formulation.
        confidence: 0 to 1, with `reason` for how it was reached.
        question: what would settle an answer that is unsure.
        explanation: the answer in words.
        assumptions: what the formulation assumes, and what was noted about the data.
        ledger: calls, tokens, money and seconds of the language model.
        trace: the nodes that ran, with seconds and tokens.
    """

    def __init__(self, state: RunState, tables: Tables) -> None:
        """The solution of a run that came to its end."""
        self._state = state
        self._tables = tables
        decision = state.decision
        assert decision is not None  # the graph ends after decide
        self.status = Status(decision.status)
        self.confidence = decision.confidence
        self.reason = decision.reason
        self.votes = dict(decision.votes)
        self.question = decision.question
        self.explanation = state.explanation
        self.ledger: Ledger = state.ledger
        self.trace: Sequence[NodeRecord] = state.trace
        self.seconds = state.elapsed_s
        self._candidate: Candidate | None = state.chosen
        self.formulation: Formulation | None = self._candidate.formulation if self._candidate else None
        self.assumptions = (*(self.formulation.assumptions if self.formulation else ()), *state.notes)
        self.certificate = _certificate(self._candidate)

    @property
    def candidates(self) -> Sequence[Candidate]:
        """Every formulation that was tried, with its replies and what was wrong with them."""
        return self._state.candidates

    @property
    def advice(self) -> Sequence[Offered]:
        """What the experience library offered, why, and whether the answer's formulation was written with it."""
        road = self._candidate.road if self._candidate else None
        return [
            Offered(insight=one.id, road=offered, why=one.why, was_used=offered == road)
            for offered, entries in self._state.advice.items()
            for one in entries
        ]

    @property
    def state(self) -> RunState:
        """The run that it comes from, as it is kept on disk; with `tables` it makes the same solution again."""
        return self._state

    @property
    def conflict(self) -> Sequence[str]:
        """Names of constraints that contradict each other, where the problem is infeasible."""
        outcome = self._candidate.outcome if self._candidate else None
        return outcome.conflict if outcome else ()

    @property
    def relief(self) -> Sequence[Relief]:
        """Rows of the conflict of which each alone could end it, and by how much it must give."""
        outcome = self._candidate.outcome if self._candidate else None
        return outcome.relief if outcome else ()

    @property
    def objective(self) -> float | None:
        """Value of the objective, recomputed from the values; None without a solution."""
        return self._candidate.outcome.objective if self._candidate and self._candidate.outcome else None

    @property
    def unit(self) -> str:
        """Unit of the objective."""
        return self.formulation.objective.unit if self.formulation else ""

    @cached_property
    def values(self) -> dict[str, float | dict[Key, float]]:
        """Each variable's value by name, an indexed one's as a mapping by element."""
        if not self.raw_values:
            return {}
        keyed = self.instance.keyed(self.raw_values)
        return {name: entries[()] if entries.keys() == {()} else entries for name, entries in keyed.items()}

    @property
    def raw_values(self) -> dict[str, tuple[float, ...]]:
        """Each variable's values in the order of its keys; empty without a solution."""
        outcome = self._candidate.outcome if self._candidate else None
        return outcome.values if outcome else {}

    @property
    def tables(self) -> Tables:
        """The data."""
        return self._tables

    @property
    def instance(self) -> Instance:
        """The formulation joined with its data; only where there is a formulation."""
        return self._built.instance

    @property
    def model(self) -> Any:
        """The Pyomo model with the solution loaded; None where no formulation could be built."""
        if self.formulation is None:
            return None
        return self._built.model

    @cached_property
    def _built(self) -> Built:
        assert self.formulation is not None and self._candidate is not None  # callers look first
        built = Workbench(self._tables).built(self.formulation)
        outcome = self._candidate.outcome
        if outcome is not None and outcome.values:
            built.load(outcome.values)
        return built

    def latex(self) -> str:
        """The formulation in LaTeX; empty without one."""
        return render.to_latex(self.formulation) if self.formulation else ""

    def markdown(self) -> str:
        """The formulation in Markdown; empty without one."""
        return render.to_markdown(self.formulation) if self.formulation else ""

    def script(self) -> str:
        """A program that gives the same optimum; empty without a formulation.

        It needs only pyomo and highspy, or pyscipopt instead of highspy where the model is nonlinear.
        """
        return render.to_script(self._built.instance) if self.formulation else ""

    def to_dict(self) -> dict[str, Any]:
        """Everything but the Pyomo model as plain JSON values."""
        return {
            "status": self.status.value,
            "objective": self.objective,
            "unit": self.unit,
            "values": _json_values(self.values),
            "explanation": self.explanation,
            "confidence": round(self.confidence, 4),
            "reason": self.reason,
            "votes": self.votes,
            "question": self.question,
            "assumptions": list(self.assumptions),
            "certificate": self.certificate.model_dump() if self.certificate else None,
            "formulation": self.formulation.model_dump(mode="json") if self.formulation else None,
            "ledger": {
                "calls": self.ledger.calls,
                "prompt_tokens": self.ledger.prompt_tokens,
                "completion_tokens": self.ledger.completion_tokens,
                "seconds": round(self.ledger.seconds, 3),
                "cost": self.ledger.cost,
            },
            "advice": [one.model_dump() for one in self.advice],
            "trace": [record.model_dump() for record in self.trace],
            "seconds": round(self.seconds, 3),
        }

    def to_json(self) -> str:
        """`to_dict` as one line of JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)

    def __repr__(self) -> str:
        objective = "" if self.objective is None else f", objective={self.objective:.10g}"
        return f"Solution(status={self.status.value!r}{objective}, confidence={self.confidence:.2f})"

    def _repr_html_(self) -> str:
        return to_html(self)


def _certificate(candidate: Candidate | None) -> Certificate | None:
    outcome = candidate.outcome if candidate else None
    if outcome is None:
        return None
    gap = None
    if outcome.objective is not None and outcome.bound is not None:
        gap = abs(outcome.objective - outcome.bound) / max(1.0, abs(outcome.objective))
    return Certificate(
        violation=outcome.violation,
        objective=outcome.objective,
        objective_reported=outcome.reported,
        bound=outcome.bound,
        bound_source="recomputed from the dual solution"
        if outcome.is_bound_ours
        else "reported by the engine",
        gap=gap,
        engine=outcome.engine,
        seconds=outcome.seconds,
    )


def _json_values(values: dict[str, float | dict[Key, float]]) -> dict[str, Any]:
    """The values with keys as words: JSON knows no others."""
    return {
        name: {_word(key): number for key, number in value.items()} if isinstance(value, dict) else value
        for name, value in values.items()
    }


def _word(key: Key) -> str:
    return ",".join(map(str, key)) if isinstance(key, tuple) else str(key)
