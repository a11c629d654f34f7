"""Several samples vote; where they disagree the answer is "unsure"."""

import pytest
from replies import SIMPLE, SIMPLE_QUESTION, scalar

import agent
from agent.llm import ScriptedModel


def test_samples_vote_and_stop_early() -> None:
    model = ScriptedModel(lambda request: SIMPLE)
    solution = agent.solve(SIMPLE_QUESTION, model=model, samples=5)
    assert solution.ledger.calls == 3
    assert solution.votes == {"3": 3}
    assert solution.confidence > 0.7


def test_the_majority_wins() -> None:
    other = scalar("maximize x", {"x at most 3": "x <= 4 - 0*3"}, {"x": "real x"})
    replies = [other, SIMPLE, SIMPLE, other, SIMPLE]
    solution = agent.solve(SIMPLE_QUESTION, model=ScriptedModel(replies), samples=5)
    assert solution.objective == 3
    assert solution.votes == {"3": 3, "4": 2}


def test_disagreement_is_unsure_with_the_question_that_settles_it() -> None:
    replies = [scalar("maximize x", {"limit": f"x <= {k}"}, {"x": "real x"}) for k in range(3, 8)]
    no_program = ["I cannot say."] * 3
    solution = agent.solve("How large can x be?", model=ScriptedModel([*replies, *no_program]), samples=5)
    assert solution.status == "unsure"
    assert "disagree" in solution.question and solution.question.endswith("?")


def answering(*limits: int) -> list[str]:
    """Replies whose optima are these limits, then programs that are none."""
    replies = [scalar("maximize x", {"limit": f"x <= {k}"}, {"x": "real x"}) for k in limits]
    return [*replies, *["I cannot say."] * 3]


@pytest.mark.parametrize(
    ("limits", "status"),
    [
        ((3, 3), "optimal"),
        ((3, 4), "unsure"),
        ((3, 3, 4), "optimal"),
        ((3, 4, 5), "unsure"),
        ((3, 4, 3), "optimal"),
        ((3, 3, 4, 4), "unsure"),
        ((3, 4, 3, 4, 3), "optimal"),
        ((3, 4, 5, 6, 7), "unsure"),
    ],
)
def test_a_tie_is_never_an_answer(limits: tuple[int, ...], status: str) -> None:
    model = ScriptedModel(answering(*limits))
    assert agent.solve("How large can x be?", model=model, samples=len(limits)).status == status


def test_a_name_with_budget_in_it_does_not_end_the_vote() -> None:
    wrong = scalar("maximize x", {"budget limit": "y <= 3"}, {"x": "real x"})
    model = ScriptedModel([wrong, wrong, wrong, *answering(4, 4, 4)])
    solution = agent.solve("How large can x be, if it is at most 4?", model=model, samples=3)
    assert solution.objective == 4
