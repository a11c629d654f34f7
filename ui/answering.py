"""What each kind of turn asks of the agent."""

import asyncio
from contextlib import aclosing
from typing import Protocol

import agent
from agent.data import Tables
from agent.errors import SessionError
from agent.events import NodeEvent, Proposal
from agent.followup import Asked, FollowUp
from agent.nodes.intake import clean
from agent.solution import Solution
from agent.state import RunState
from agent.turns import Answer, Turn
from ui import model
from ui.desk import Desk

_IS_IT_MEANT = "Is this what you mean? Change it if not; it is solved once you confirm it."


class Watch(model.Watch, Protocol):
    """Who is told how a run goes."""

    events: list[NodeEvent]


async def answered(desk: Desk, session: str, position: int, turn: Turn, watch: Watch) -> Answer:
    """The answer to a turn.

    Raises:
        AgentError: what is asked cannot be answered; the text says why.
    """
    if turn.kind == "question":
        return await _question(desk, session, turn, watch)
    limit_s = desk.preferences.time_limit_s
    if turn.kind == "formulation":
        assert turn.formulation is not None  # such a turn is made with one
        tables = desk.sessions.tables(turn.data_digest)
        solution = await asyncio.to_thread(
            agent.solve_formulation, turn.formulation, tables, time_limit=limit_s
        )
        return Answer(text=solution.explanation, state=solution.state)
    before = await asyncio.to_thread(desk.last_solution, session, position)
    match turn.kind:
        case "change":
            result = await asyncio.to_thread(agent.what_if, before, *turn.changes, time_limit=limit_s)
            return Answer(text=_difference(result), state=result.solution.state)
        case "follow_up":
            return _of(await _follow_up(desk, turn, before, limit_s, watch))
        case "hurts":
            asked = Asked(kind="what_hurts", element="", number=0, expression="")
        case "plans":
            asked = Asked(kind="other_plans", element="", number=3, expression="")
    return _of(await asyncio.to_thread(agent.followup.answer, asked, before, time_limit=limit_s))


async def _question(desk: Desk, session: str, turn: Turn, watch: Watch) -> Answer:
    """The answer to a problem in words; one that was interrupted goes on where its checkpoints end."""
    chosen = desk.preferences
    begun = await _begun(desk, session, turn)
    async with model.connected(desk.model_settings, watch) as chat:
        if begun is not None:
            meant = turn.formulation if begun.plan.confirm else None
            stream = agent.astream(None, session=session, model=chat, settings=desk.settings, meant=meant)
        else:
            stream = agent.astream(
                turn.text,
                desk.sessions.tables(turn.data_digest),
                samples=chosen.samples,
                time_limit=chosen.time_limit_s,
                budget=chosen.budget,
                session=session,
                model=chat,
                settings=desk.settings,
                confirm=chosen.confirm,
            )
        async with aclosing(stream) as parts:  # type: ignore[type-var]
            async for part in parts:
                if isinstance(part, Solution):
                    return Answer(text=part.explanation, state=part.state)
                if isinstance(part, Proposal):
                    return Answer(text=_IS_IT_MEANT, proposal=part.formulations)
                watch.events.append(part)
    raise SessionError("the run ended without an answer; ask again")


async def _begun(desk: Desk, session: str, turn: Turn) -> RunState | None:
    """Where the run of this turn was left; None where it is yet to begin, or came to its end."""
    async with desk.sessions.saver() as saver:
        try:
            state, is_over = await desk.sessions.last_state(saver, session)
        except SessionError:
            return None
    digest = turn.data_digest or Tables().digest
    is_same = state.question == clean(turn.text) and state.data_digest == digest
    return state if is_same and not is_over else None


async def _follow_up(desk: Desk, turn: Turn, before: Solution, limit_s: float, watch: Watch) -> FollowUp:
    async with model.connected(desk.model_settings, watch) as chat:
        budget = desk.preferences.budget
        return await asyncio.to_thread(
            agent.follow_up, turn.text, before, model=chat, budget=budget, time_limit=limit_s
        )


def _of(follow_up: FollowUp) -> Answer:
    state = follow_up.solution.state if follow_up.solution is not None else None
    return Answer(text=follow_up.text, understood=follow_up.understood, state=state)


def _difference(result: agent.WhatIf) -> str:
    return str(result.difference) if result.solution.objective is not None else result.solution.explanation
