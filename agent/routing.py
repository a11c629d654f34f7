"""Where the road goes on: pure rules over the state."""

from typing import Literal

from agent.state import RunState, Stage


def after_build(state: RunState) -> Literal["formulate", "confirm", "solve", "decide"]:
    """Solve what was built, once it is confirmed where that is wanted; otherwise mend what was sent back, or decide."""
    if state.at(Stage.BUILT):
        return "confirm" if state.plan.confirm else "solve"
    return "formulate" if state.at(Stage.DRAFT) else "decide"


def after_verify(state: RunState) -> Literal["formulate", "decide"]:
    """Mend what was sent back, then decide."""
    return "formulate" if state.at(Stage.DRAFT) else "decide"


def after_decide(state: RunState) -> Literal["retrieve", "explain"]:
    """Another round of samples, for which a new road may want its own advice, or the explanation."""
    return "explain" if state.decision is not None else "retrieve"
