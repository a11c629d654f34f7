"""Ask the experience library what is known about problems like this one."""

import logging

from agent.errors import BudgetExceeded
from agent.experience import metered
from agent.state import Deps, Road, RunState, Stage

_log = logging.getLogger(__name__)


async def retrieve(state: RunState, deps: Deps) -> RunState:
    """The state with the advice for each road that has drafts; asked once a road.

    A library that fails costs its advice, not the answer.
    """
    for road in dict.fromkeys(draft.road for draft in state.at(Stage.DRAFT)):
        if road not in state.advice:
            state = await _asked(state, deps, road)
    return state


async def _asked(state: RunState, deps: Deps, road: Road) -> RunState:
    try:
        found = await deps.library.retrieve(state.question, road, metered(deps.meter, "retrieve"))
        return state.model_copy(update={"advice": {**state.advice, road: tuple(found)}})
    except BudgetExceeded:
        note = "the budget left no call to ask the experience library"
    except Exception as error:  # whoever implements the protocol may raise anything
        _log.debug("the experience library failed", exc_info=error)
        note = f"the experience library could not be asked ({type(error).__name__}: {error})"
    return state.model_copy(update={"advice": {**state.advice, road: ()}, "notes": (*state.notes, note)})
