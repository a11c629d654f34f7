"""Ask the experience library what is known about problems like this one."""

import logging

from agent.state import Deps, RunState

_log = logging.getLogger(__name__)


async def retrieve(state: RunState, deps: Deps) -> RunState:
    """The state with the insights that apply; a library that fails costs its advice, not the answer."""
    try:
        insights = await deps.library.retrieve(state.question, "formulation")
    except Exception as error:  # whoever implements the protocol may raise anything
        _log.debug("the experience library failed", exc_info=error)
        note = f"the experience library could not be asked ({type(error).__name__}: {error})"
        return state.model_copy(update={"notes": (*state.notes, note)})
    return state.model_copy(update={"insights": tuple(insights)})
