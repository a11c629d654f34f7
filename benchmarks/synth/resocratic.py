"""The road of ReSocratic: the language model builds a formulated demonstration step by step; the question comes last.

Yang et al., OptiBench Meets ReSocratic: Measure and Improve LLMs for Optimization Modeling (2024). Each step is
parsed, checked and solved before the next: a constraint that has a fault or leaves no solution is sent back once,
then left out.
"""

import json
from collections.abc import Mapping
from random import Random
from typing import Any

from pydantic import ValidationError

import agent
from agent.formulation import Formulation
from agent.formulation.schema import Profile, UnclearProblem, json_schema, read_reply
from agent.llm import Meter
from agent.prompts import fenced
from benchmarks import datasets
from benchmarks.synth.prompts import prompt
from benchmarks.synth.seeds import Refused, Seed, solved

KINDS = ("linear", "nonlinear", "linear with tables", "nonlinear with tables")
MOST_CONSTRAINTS = (2, 3, 4)
MAX_TOKENS = 1_500
_SETTINGS = (
    "farming",
    "energy",
    "hospitals",
    "logistics",
    "schools",
    "sport",
    "fashion",
    "water",
    "software",
    "music",
)
_SHAPES = {
    "linear": "The objective is linear in the variables.",
    "nonlinear": "The objective is not linear: it has a square, a product of variables, a quotient, sqrt, exp or log.",
}
_CONSTRAINT: Mapping[str, Any] = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("meaning", "forall", "expression")},
    "required": ["meaning", "forall", "expression"],
    "additionalProperties": False,
}


def kind_of(number: int) -> tuple[str, int]:
    """Kind and size of an attempt: kinds in turn, with more and more constraints and again."""
    return KINDS[number % len(KINDS)], MOST_CONSTRAINTS[number // len(KINDS) % len(MOST_CONSTRAINTS)]


async def seed(number: int, draw: Random, meter: Meter) -> Seed:
    """The seed of an attempt.

    Raises:
        Refused: the steps came to no formulation with an optimum, or to one of another kind.
        ModelUnavailable: the endpoint gave no answer.
    """
    kind, wanted = kind_of(number)
    formulation = await _begun(kind, number, draw, meter)
    for step in range(wanted):
        formulation = await _with_one_more(formulation, number * 100 + step, meter)
    found = await solved(formulation)
    is_linear = found.features.model_class in ("LP", "MILP")
    if is_linear != kind.startswith("linear"):
        raise Refused("the demonstration is of another kind", found.features.model_class)
    if found.features.constraints == 0:
        raise Refused("the demonstration has no constraint")
    return found


async def _begun(kind: str, number: int, draw: Random, meter: Meter) -> Formulation:
    """Variables and objective, in a setting that was drawn, after an example that was drawn."""
    word, _, has_tables = kind.partition(" with ")
    profile: Profile = "indexed" if has_tables else "scalar"
    messages = prompt(
        f"begin_{profile}",
        kind=kind,
        setting=draw.choice(_SETTINGS),
        shape=_SHAPES[word],
        model=fenced("model", _example(kind, draw).model_dump_json(exclude_defaults=True)),
    )
    try:
        reply = await meter.acomplete(
            "begin",
            messages,
            schema=json_schema(profile),
            schema_name="formulation",
            temperature=0.9,
            seed=number,
            max_tokens=MAX_TOKENS,
        )
        return read_reply(reply.text, profile)
    except (agent.FormulationError, agent.ModelReplyInvalid, UnclearProblem) as error:
        raise Refused("the first step cannot be read", str(error)) from None


def _example(kind: str, draw: Random) -> Formulation:
    """A formulation of the starter set that is of the kind, as far as there are such."""
    word, _, has_tables = kind.partition(" with ")
    types = ("LP", "MILP") if word == "linear" else ("QP", "QCP", "NLP", "MINLP")
    pool = [
        record.formulation
        for record in datasets.load("starter")
        if record.formulation is not None and record.type in types
    ]
    fitting = [formulation for formulation in pool if bool(formulation.sets) == bool(has_tables)]
    return draw.choice(fitting or pool)


async def _with_one_more(formulation: Formulation, number: int, meter: Meter) -> Formulation:
    """The formulation with a constraint that leaves it solvable; unchanged where none came of two tries."""
    complaint = ""
    for again in range(2):
        shown = fenced("model", formulation.model_dump_json(exclude_defaults=True))
        messages = prompt("add", model=shown, complaint=complaint and fenced("complaint", complaint))
        try:
            reply = await meter.acomplete(
                "add",
                messages,
                schema=_CONSTRAINT,
                schema_name="constraint",
                temperature=0.7,
                seed=number + 50 * again,
                max_tokens=400,
            )
            longer = _extended(formulation, json.loads(reply.text))
            await solved(longer)
        except Refused as refused:
            if refused.reason == "the formulation is unbounded":  # later constraints may bound it
                return longer
            complaint = refused.detail or refused.reason
        except (agent.ModelReplyInvalid, ValidationError, TypeError, KeyError) as error:
            complaint = str(error)[:500]
        else:
            return longer
    return formulation


def _extended(formulation: Formulation, constraint: Mapping[str, Any]) -> Formulation:
    item = {
        "name": f"step_{len(formulation.constraints) + 1}",
        "meaning": constraint["meaning"],
        "forall": constraint["forall"],
        "expression": constraint["expression"],
    }
    fields = formulation.model_dump(mode="json", exclude_defaults=True)
    return Formulation.model_validate({**fields, "constraints": [*fields.get("constraints", []), item]})
