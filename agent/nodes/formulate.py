"""Let the language model write or mend a formulation, for every candidate that is a draft."""

import asyncio

from agent.errors import AgentError, BudgetExceeded, ModelReplyInvalid
from agent.formulation.schema import json_schema
from agent.llm import Message
from agent.llm.protocol import CallOptions
from agent.nodes.review import complain, give_up
from agent.prompts import fenced, load
from agent.state import Candidate, Deps, Exchange, RunState, Stage, Tuning
from library import Advice

MAX_REPLY_TOKENS = {"scalar": 1_000, "indexed": 2_500, "program": 2_500}
"""About four times what replies take; a longer one repeats itself."""
MAX_SIDE_BY_SIDE = 8


async def formulate(state: RunState, deps: Deps) -> RunState:
    """The state with a reply for each draft; a draft that the budget leaves no call for is abandoned.

    Raises:
        ModelUnavailable: the endpoint gave no answer to any draft.
    """
    gate = asyncio.Semaphore(MAX_SIDE_BY_SIDE)

    async def ask(candidate: Candidate) -> Candidate:
        async with gate:
            return await _ask(candidate, state, deps)

    drafts = state.at(Stage.DRAFT)
    results = await asyncio.gather(*(ask(draft) for draft in drafts), return_exceptions=True)
    after: list[Candidate] = []
    for draft, result in zip(drafts, results, strict=True):
        if isinstance(result, AgentError):
            after.append(give_up(draft, str(result)))
        elif isinstance(result, BaseException):
            raise result
        else:
            after.append(result)
    changed = state.with_candidates(*after)
    lost = [result for result in results if isinstance(result, AgentError)]
    if lost and not (changed.at(Stage.FORMULATED) or changed.at(Stage.DRAFT) or changed.at(Stage.VERIFIED)):
        raise lost[0]
    return changed


async def _ask(candidate: Candidate, state: RunState, deps: Deps) -> Candidate:
    options: CallOptions = {
        "temperature": _temperature(candidate, state.plan.tuning),
        "seed": state.plan.seed + 1000 * candidate.repairs + candidate.number,
        "max_tokens": MAX_REPLY_TOKENS["program" if candidate.road == "code" else candidate.profile],
    }
    if candidate.road == "formulation":
        options["schema"] = json_schema(candidate.profile)
        options["schema_name"] = "formulation"
    try:
        reply = await deps.meter.acomplete("formulate", messages(candidate, state, deps), **options)
    except BudgetExceeded as spent:
        return give_up(candidate, str(spent)).model_copy(update={"is_out_of_budget": True})
    except ModelReplyInvalid as invalid:
        unusable = candidate.model_copy(update={"exchanges": (*candidate.exchanges, Exchange(reply=""))})
        return complain(unusable, str(invalid), state.plan.max_repairs)
    exchanges = (*candidate.exchanges, Exchange(reply=reply.text))
    return candidate.model_copy(update={"stage": Stage.FORMULATED, "exchanges": exchanges})


def _temperature(candidate: Candidate, tuning: Tuning) -> float:
    if candidate.number:
        return tuning.sample_temperature
    return tuning.repair_temperature if candidate.repairs else 0.0


def messages(candidate: Candidate, state: RunState, deps: Deps) -> list[Message]:
    """The role's prompt, the problem with a hint where an answer is doubted, and each faulty reply with its fault."""
    role = "program" if candidate.road == "code" else f"formulate_{candidate.profile}"
    problem = _problem(candidate, state, deps)
    hints = [exchange.complaint for exchange in candidate.exchanges if exchange.is_doubt]
    if hints:
        problem = f"{problem}\n{fenced('hint', hints[-1])}"
    found = [*load(role, state.plan.tuning.instructions.get(role)), Message("user", problem)]
    (again,) = load("repair")
    for exchange in candidate.exchanges:
        if exchange.reply and not exchange.is_doubt:
            complaint = fenced("complaint", exchange.complaint)
            told = again.content.replace("{complaint}", complaint).replace("{problem}", problem)
            found += [Message("assistant", exchange.reply), Message("user", told)]
    return found


def _problem(candidate: Candidate, state: RunState, deps: Deps) -> str:
    """The problem as data: fenced, with whatever could close the fence taken out."""
    parts = []
    tuning = state.plan.tuning
    if offered := state.advice.get(candidate.road):
        entries = (_entry(one)[: tuning.max_advice_chars] for one in offered[: tuning.max_insights])
        parts.append(fenced("advice", "\n".join(entries)))
    if deps.tables:
        parts.append(fenced("tables", deps.tables.describe()))
    parts.append(fenced("problem", state.question))
    return "\n".join(parts)


def _entry(advice: Advice) -> str:
    example = f"\n  {advice.example}" if advice.example else ""
    return f"- {advice.condition}\n  {advice.explanation}{example}"
