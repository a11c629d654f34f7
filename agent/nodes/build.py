"""Turn each reply into a checked formulation and a Pyomo model; what is wrong goes back as a complaint."""

import asyncio

from agent.errors import DataError, FormulationError, ModelReplyInvalid
from agent.formulation.model import Formulation
from agent.formulation.schema import ReplyTooLarge, UnclearProblem, read_reply
from agent.nodes.review import better_of, complain, doubt, give_up, with_sets
from agent.programs import formulation_of_program
from agent.state import Candidate, Deps, Outcome, RunState, Stage
from solvers import SolversError


async def build(state: RunState, deps: Deps) -> RunState:
    """The state with each reply built, or sent back with what is wrong."""
    built = [
        await asyncio.to_thread(_build, candidate, state, deps) for candidate in state.at(Stage.FORMULATED)
    ]
    return state.with_candidates(*built)


def _build(candidate: Candidate, state: RunState, deps: Deps) -> Candidate:
    try:
        formulation = _formulation(candidate, deps)
        built = deps.workbench.built(formulation)
    except UnclearProblem as unclear:
        return _unclear(candidate, str(unclear), state.plan.max_repairs)
    except SolversError as refused:
        return give_up(candidate, str(refused))
    except ReplyTooLarge as large:
        send_back = with_sets if candidate.profile == "scalar" else complain
        return send_back(candidate, str(large), state.plan.max_repairs)
    except (FormulationError, DataError, ModelReplyInvalid) as wrong:
        return complain(candidate, str(wrong), state.plan.max_repairs)
    update = {
        "stage": Stage.BUILT,
        "formulation": formulation,
        "warnings": built.instance.checked.warnings,
        "fault": "",
    }
    return candidate.model_copy(update=update)


def _unclear(candidate: Candidate, message: str, max_repairs: int) -> Candidate:
    """A candidate whose model would not formulate: it is asked once more, since small models give up too soon."""
    outcome = Outcome(status="unclear", message=message)
    candidate = candidate.model_copy(update={"stage": Stage.VERIFIED, "outcome": outcome, "fault": ""})
    if candidate.repairs == 0 and max_repairs:
        return doubt(candidate, _STILL_UNCLEAR, max_repairs)
    return better_of(candidate)


_STILL_UNCLEAR = (
    "If the problem says what to decide and what to optimize, formulate it in full with the numbers that it gives; "
    "leave variables empty only if a needed number is missing."
)


def _formulation(candidate: Candidate, deps: Deps) -> Formulation:
    reply = candidate.exchanges[-1].reply
    if candidate.road == "code":
        return formulation_of_program(reply, deps.tables, deps.sandbox)
    return read_reply(reply, candidate.profile)
