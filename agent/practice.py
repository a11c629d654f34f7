"""The agent as a solver of questions with given advice, which the experience library learns with."""

from collections.abc import Sequence

from pydantic import ValidationError

from agent.data import Tables
from agent.errors import BudgetExceeded, FormulationError, QuestionError
from agent.formulation import Formulation
from agent.graph import run
from agent.llm import Meter
from agent.nodes.solve import solve
from agent.nodes.verify import verify
from agent.state import Candidate, Deps, Plan, RunState, Stage
from agent.workbench import Workbench
from library import Advice, Ask, Attempt, NullLibrary
from library.protocol import Track
from solvers.sandbox import Sandbox


class Practice:
    """Solves questions with given advice, for learning; keeps the promises of `library.Solver`."""

    def __init__(self, meter: Meter, sandbox: Sandbox, *, time_limit_s: float = 20.0) -> None:
        self._meter, self._sandbox, self._time_limit_s = meter, sandbox, time_limit_s

    @property
    def name(self) -> str:
        """The language model's name."""
        return self._meter.model.name

    async def attempt(self, question: str, advice: Sequence[Advice], seed: int) -> Attempt:
        """One run of the agent, by the formulation alone.

        Raises:
            BudgetExceeded: no call was left for it.
            ModelUnavailable: the language model gave no answer.
        """
        plan = Plan(first=seed, time_limit_s=self._time_limit_s)
        try:
            state: RunState | None = None
            async for part in run(RunState(question=question, plan=plan), self._deps(_Given(advice))):
                state = part if isinstance(part, RunState) else state
        except QuestionError as error:
            return Attempt(status="error", fault=str(error))
        assert state is not None  # a run that does not raise ends with its state
        if any(candidate.is_out_of_budget for candidate in state.candidates):
            raise BudgetExceeded(
                f"the budget is spent: {state.ledger.calls} calls, {state.ledger.tokens} tokens"
            )
        return _attempt(state)

    async def check(self, question: str, formulation: str) -> Attempt:
        """A given formulation built, solved and verified."""
        deps = self._deps(NullLibrary())
        try:
            wanted = Formulation.model_validate_json(formulation)
            deps.workbench.built(wanted)
        except (ValidationError, FormulationError) as error:
            return Attempt(status="failed", fault=str(error))
        candidate = Candidate(number=0, stage=Stage.BUILT, formulation=wanted)
        plan = Plan(time_limit_s=self._time_limit_s, max_repairs=0)
        state = await verify(
            await solve(RunState(question=question, plan=plan, candidates=(candidate,)), deps), deps
        )
        return _of_candidate(state.candidates[0])

    def _deps(self, library: "_Given | NullLibrary") -> Deps:
        tables = Tables()
        return Deps(self._meter, tables, self._sandbox, library, Workbench(tables))


class _Given(NullLibrary):
    """Offers the same advice for every formulation, and none for programs."""

    def __init__(self, advice: Sequence[Advice]) -> None:
        self._advice = tuple(advice)

    async def retrieve(self, question: str, track: Track, ask: Ask | None = None) -> Sequence[Advice]:  # noqa: ARG002
        return self._advice if track == "formulation" else ()


def _attempt(state: RunState) -> Attempt:
    decision, chosen = state.decision, state.chosen
    if chosen is None:
        faults = [candidate.fault for candidate in state.candidates if candidate.fault]
        return Attempt(status="failed", fault=faults[-1] if faults else decision.reason if decision else "")
    status = decision.status if decision is not None else "failed"
    return _of_candidate(chosen).model_copy(update={"status": status})


def _of_candidate(candidate: Candidate) -> Attempt:
    outcome, formulation = candidate.outcome, candidate.formulation
    is_verified = candidate.stage is Stage.VERIFIED and outcome is not None
    return Attempt(
        status=outcome.status if is_verified and outcome is not None else "failed",
        objective=outcome.objective if is_verified and outcome is not None else None,
        formulation=formulation.model_dump_json(exclude_defaults=True) if formulation is not None else "",
        fault=candidate.fault or (outcome.message if outcome is not None else ""),
    )
