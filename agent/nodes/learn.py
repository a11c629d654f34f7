"""Let the library take note of a verified run."""

from agent.state import Deps, RunState


async def learn(state: RunState, deps: Deps) -> RunState:
    """The state as it was; the library has seen the question with the formulation that was verified."""
    decision = state.decision
    chosen = next((c for c in state.candidates if decision and c.number == decision.chosen), None)
    if (
        decision is not None
        and decision.status == "optimal"
        and chosen is not None
        and chosen.formulation is not None
    ):
        used = [insight.id for insight in state.insights]
        await deps.library.learn(state.question, chosen.formulation.model_dump_json(), used)
    return state
