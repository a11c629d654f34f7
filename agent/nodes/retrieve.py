"""Ask the experience library what is known about problems like this one."""

from agent.state import Deps, RunState


async def retrieve(state: RunState, deps: Deps) -> RunState:
    """The state with the insights that apply."""
    insights = await deps.library.retrieve(state.question, "formulation")
    return state.model_copy(update={"insights": tuple(insights)})
