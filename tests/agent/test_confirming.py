"""A run stops for its formulation to be confirmed, and goes on with the one that is meant."""

from typing import Any

import pytest
from replies import BAKERY, BAKERY_QUESTION, SIMPLE, SIMPLE_QUESTION, scalar

import agent
from agent.errors import FormulationError, QuestionError, SessionError
from agent.llm import ScriptedModel


def last_of(question: str | None, *script: str, **options: Any) -> Any:
    model = ScriptedModel(list(script))
    return list(agent.stream(question, session="s", model=model, **options))[-1]


def proposed(*script: str, **options: Any) -> agent.Proposal:
    proposal = last_of(BAKERY_QUESTION, *script, confirm=True, **options)
    assert isinstance(proposal, agent.Proposal)
    return proposal


def test_the_run_stops_before_solving_and_goes_on_with_what_was_confirmed() -> None:
    (formulation,) = proposed(BAKERY).formulations
    solution = last_of(None, meant=formulation)
    assert solution.objective == 340 and solution.formulation == formulation
    assert [record.node for record in solution.trace].count("formulate") == 1


def test_an_edited_formulation_is_what_is_solved() -> None:
    (formulation,) = proposed(BAKERY).formulations
    edited = formulation.model_copy(update={"constraints": formulation.constraints[:1]})
    solution = last_of(None, meant=edited)
    assert solution.formulation == edited and solution.objective == 352


def test_what_was_confirmed_is_not_doubted() -> None:
    impossible = scalar("maximize bread", {"a": "bread <= 3", "b": "bread >= 5"}, {"bread": "real bread"})
    (formulation,) = proposed(impossible).formulations
    assert last_of(None, meant=formulation).status == "infeasible"


def test_several_samples_propose_each_distinct_formulation_once() -> None:
    other = scalar("maximize bread", {"flour": "2*bread <= 220"}, {"bread": "real bread"})
    proposal = proposed(BAKERY, other, BAKERY, samples=3)
    assert len(proposal.formulations) == 2
    solution = last_of(None, meant=proposal.formulations[1])
    assert solution.formulation == proposal.formulations[1] and len(solution.candidates) == 1


def test_a_faulty_formulation_is_refused_and_the_run_waits_on() -> None:
    (formulation,) = proposed(BAKERY).formulations
    goal = formulation.objective.model_copy(update={"expression": "3*bred"})
    with pytest.raises(FormulationError, match="did you mean `bread`"):
        last_of(None, meant=formulation.model_copy(update={"objective": goal}))
    assert last_of(None) == agent.Proposal(formulations=(formulation,))


def test_who_cannot_confirm_is_told_that_the_run_waits() -> None:
    proposed(BAKERY)
    with pytest.raises(SessionError, match="waits for its formulation"):
        agent.solve(None, session="s", model=ScriptedModel([]))


def test_a_new_question_takes_the_place_of_one_that_waits() -> None:
    proposed(BAKERY)
    assert last_of(SIMPLE_QUESTION, SIMPLE).objective == 3


def test_a_run_without_a_session_cannot_stop() -> None:
    with pytest.raises(QuestionError, match="session"):
        list(agent.stream(SIMPLE_QUESTION, model=ScriptedModel([SIMPLE]), confirm=True))
