"""Before solving, the user may say which formulation is meant; the graph stops for it."""

from agent.formulation.model import Formulation
from agent.state import RunState, Stage


def proposed(state: RunState) -> tuple[Formulation, ...]:
    """The distinct formulations that are ready to be solved."""
    distinct: list[Formulation] = []
    for candidate in state.at(Stage.BUILT):
        if candidate.formulation is not None and candidate.formulation not in distinct:
            distinct.append(candidate.formulation)
    return tuple(distinct)


def confirmed(state: RunState, formulation: Formulation) -> RunState:
    """The state in which one formulation is what the user means: it goes on alone, and is no longer doubted."""
    first = state.at(Stage.BUILT)[0]
    update = {"confirm": False, "samples": 1, "max_repairs": 0, "roads": ("formulation",)}
    return state.model_copy(
        update={
            "plan": state.plan.model_copy(update=update),
            "candidates": (first.model_copy(update={"formulation": formulation, "warnings": ()}),),
        }
    )
