"""The agent as a solver with given advice: what an attempt is, and what its faults are told as."""

import json

import pytest
from replies import BAKERY, BAKERY_QUESTION, SIMPLE, SIMPLE_QUESTION

import agent
from agent.errors import BudgetExceeded
from agent.llm import Budget, Meter, ScriptedModel
from agent.practice import Practice
from library import Advice
from solvers.sandbox import shared


def practice(model: ScriptedModel, **limits: int) -> Practice:
    return Practice(Meter(model, Budget(**limits)), shared())


async def test_an_attempt_is_a_run_of_the_agent_with_exactly_this_advice() -> None:
    model = ScriptedModel([SIMPLE])
    advice = [Advice(id="a", condition="Applies to limits.", explanation="Use <=.", example="x <= 3")]
    attempt = await practice(model).attempt(SIMPLE_QUESTION, advice, 0)
    assert (attempt.status, attempt.objective) == ("optimal", 3)
    assert json.loads(attempt.formulation)["constraints"]
    assert "- Applies to limits.\n  Use <=.\n  x <= 3" in model.requests[0].messages[-1].content
    assert model.requests[0].temperature == 0


async def test_other_seeds_vary_and_can_be_repeated() -> None:
    model = ScriptedModel([SIMPLE] * 3)
    for seed in (1, 2, 1):
        await practice(model).attempt(SIMPLE_QUESTION, (), seed)
    first, second, third = ((r.seed, r.temperature) for r in model.requests)
    assert first == third != second and first[1] > 0


async def test_a_failed_attempt_says_why() -> None:
    attempt = await practice(ScriptedModel(["no json"] * 20)).attempt(SIMPLE_QUESTION, (), 0)
    assert attempt.status == "failed" and attempt.fault and not attempt.has_run


async def test_a_spent_budget_is_no_wrong_answer() -> None:
    with pytest.raises(BudgetExceeded):
        await practice(ScriptedModel([SIMPLE]), calls=0).attempt(SIMPLE_QUESTION, (), 0)


@pytest.mark.parametrize(
    ("formulation", "status"), [("{}", "failed"), ("[", "failed"), ('{"title": "x"}', "failed")]
)
async def test_a_gold_formulation_that_is_none_is_told(formulation: str, status: str) -> None:
    checked = await practice(ScriptedModel([])).check(SIMPLE_QUESTION, formulation)
    assert checked.status == status and checked.fault


async def test_a_gold_formulation_is_solved_without_a_model() -> None:
    gold = agent.solve(BAKERY_QUESTION, model=ScriptedModel([BAKERY])).formulation
    assert gold is not None
    checked = await practice(ScriptedModel([])).check(BAKERY_QUESTION, gold.model_dump_json())
    assert (checked.status, checked.objective) == ("optimal", pytest.approx(340))
