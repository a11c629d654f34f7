"""Let the library take note of a verified run."""

import logging

from agent.state import Deps, RunState

_log = logging.getLogger(__name__)


async def learn(state: RunState, deps: Deps) -> RunState:
    """The state as it was; the library has seen the question with the formulation that was verified.

    The answer stands by now, so a library that fails must not take it away.
    """
    decision, chosen = state.decision, state.chosen
    if decision is None or decision.status != "optimal" or chosen is None or chosen.formulation is None:
        return state
    used = [one.id for one in state.advice.get(chosen.road, ())]
    try:
        await deps.library.observe(state.question, chosen.formulation.model_dump_json(), used)
    except Exception as error:  # whoever implements the protocol may raise anything
        _log.debug("the experience library failed", exc_info=error)
        note = f"the experience library could not take note ({type(error).__name__}: {error})"
        return state.model_copy(update={"notes": (*state.notes, note)})
    return state
