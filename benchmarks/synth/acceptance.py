"""Rejection sampling: a task is accepted if the agent gets from its words alone to the optimum it was made with.

As in OptMATH (Lu et al. 2025), the forward pass is what accepts. A task that fails it, but states its formulation
completely in the eyes of a judge, becomes one of the hard set.
"""

import json
from typing import Any, NamedTuple

import agent
from agent.llm import Ledger, Meter
from agent.prompts import fenced
from benchmarks.scoring.score import agrees
from benchmarks.synth import telling
from benchmarks.synth.attempts import Outcome
from benchmarks.synth.prompts import prompt
from benchmarks.synth.seeds import Seed, tables

_JUDGEMENT = {
    "type": "object",
    "properties": {"complete": {"type": "boolean"}, "missing": {"type": "string"}},
    "required": ["complete", "missing"],
    "additionalProperties": False,
}
MAX_TOKENS = 2_000


class Told(NamedTuple):
    """A seed in words, what came of them, and what the forward pass took.

    The other fields are those of an `Attempt`.
    """

    question: str
    outcome: Outcome
    reason: str
    detail: str = ""
    answered: float | None = None
    ledger: Ledger = Ledger()

    def fields(self) -> dict[str, Any]:
        """What an attempt records of it."""
        return {name: value for name, value in self._asdict().items() if name != "ledger"}


async def told(seed: Seed, meter: Meter, number: int, samples: int) -> Told:
    """The seed told in words and answered from them.

    Args:
        seed: what is told.
        meter: the language model on account, of the teller and the judge.
        number: of the attempt: the seed of what is drawn.
        samples: formulations that vote in the forward pass.

    Raises:
        ModelUnavailable: the endpoint gave no answer.
    """
    shown = model_text(seed)
    reply = await meter.acomplete(
        "tell", prompt("tell", model=shown), temperature=0.8, seed=number, max_tokens=MAX_TOKENS
    )
    question = reply.text.strip()
    fault = telling.fault(question, seed.formulation, seed.objective)
    if fault:
        return Told(question, Outcome.REJECTED, fault.split(",")[0], fault)
    solution = await agent.asolve(question, samples=samples, model=meter.model)
    found, spent = solution.objective, solution.ledger
    if agrees(solution.status, found, (seed.objective,)):
        return Told(question, Outcome.ACCEPTED, "the forward pass agrees", "", found, spent)
    missing = await _missing(shown, question, meter, number)
    if missing:
        reason = "the judge finds the text incomplete"
        return Told(question, Outcome.REJECTED, reason, missing, found, spent)
    is_optimum = solution.status == "optimal"
    reason = (
        "the forward pass finds another optimum" if is_optimum else f"the forward pass is {solution.status}"
    )
    return Told(question, Outcome.HARD, reason, solution.reason, found, spent)


def model_text(seed: Seed) -> str:
    """The formulation as the language model reads it: as JSON, and its data as tables."""
    parts = [fenced("model", seed.formulation.model_dump_json(exclude_defaults=True))]
    shown = tables(seed.formulation)
    return "\n".join([*parts, fenced("tables", shown)] if shown else parts)


async def _missing(shown: str, question: str, meter: Meter, number: int) -> str:
    """What a judge misses in the words; empty where they are complete."""
    messages = prompt("judge", model=shown, question=fenced("question", question))
    try:
        reply = await meter.acomplete(
            "judge", messages, schema=_JUDGEMENT, schema_name="judgement", seed=number, max_tokens=400
        )
        judged = json.loads(reply.text)
        return "" if judged["complete"] is True else str(judged["missing"] or "something")
    except (KeyError, TypeError, agent.ModelReplyInvalid):
        return "the judge's reply cannot be read"
