"""What if about one entry of something indexed: one shop's need, one plant's limit, one lane's bound."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replies import says

import agent
from agent import DropConstraint, SetBound, SetLimit, SetNumber, UserError
from agent.formulation.model import Formulation
from agent.llm import ScriptedModel

PRICE = {"Lyon": {"1": 4, "2": 6}, "Metz": {"1": 5, "2": 3}}


@pytest.fixture(scope="module")
def freight() -> agent.Solution:
    """Two plants of 50 t, two shops that need 30 and 40 t: Lyon serves shop 1, Metz shop 2, for 240."""
    formulation: dict[str, Any] = {
        "sets": [
            {"name": "plants", "elements": ["Lyon", "Metz"]},
            {"name": "shops", "elements": [1, 2]},
            {"name": "lanes", "elements": [["Lyon", 1], ["Lyon", 2], ["Metz", 1], ["Metz", 2]]},
        ],
        "parameters": [
            {"name": "price", "indices": ["plants", "shops"], "values": PRICE},
            {"name": "need", "indices": ["shops"], "values": [30, 40]},
        ],
        "variables": [
            {"name": "sent", "indices": ["plants", "shops"], "upper": 45},
            {"name": "trucks", "indices": ["lanes"], "domain": "integer"},
        ],
        "objective": {
            "sense": "minimize",
            "expression": "sum(price[p, s] * sent[p, s] for p in plants for s in shops)",
        },
        "constraints": [
            {
                "name": "supply",
                "meaning": "each plant has 50 t",
                "expression": "sum(sent[p, s] for s in shops) <= 50",
                "forall": "p in plants",
            },
            {
                "name": "demand",
                "expression": "sum(sent[p, s] for p in plants) >= need[s]",
                "forall": "s in shops",
            },
            {"name": "load", "expression": "sent[p, s] <= 10 * trucks[p, s]", "forall": "(p, s) in lanes"},
        ],
    }
    return agent.solve_formulation(Formulation.model_validate(formulation))


def cost(solution: agent.Solution, *changes: Any) -> float | None:
    after = agent.what_if(solution, *changes).solution
    if after.status == "optimal":
        assert after.certificate is not None and after.certificate.is_valid
    return after.objective


@pytest.mark.parametrize(
    ("change", "optimum"),
    [
        (SetLimit(constraint="supply", limit=30, key=("Metz",)), 30 * 4 + 10 * 6 + 30 * 3),
        (SetLimit(constraint="supply", limit=80, key=("Metz",)), 240),
        (SetLimit(constraint="demand", limit=45, key=("2",)), 30 * 4 + 45 * 3),
        (SetNumber(parameter="need", number=10, key=(1,)), 10 * 4 + 40 * 3),
        (SetNumber(parameter="need", number=10, key=("1",)), 10 * 4 + 40 * 3),
        (SetNumber(parameter="price", number=1, key=("Lyon", 2)), 10 * 4 + 20 * 5 + 40 * 1),
        (SetBound(variable="sent", side="upper", bound=20, key=("Metz", "2")), 30 * 4 + 20 * 6 + 20 * 3),
        (SetBound(variable="sent", side="lower", bound=5, key=("Lyon", 2)), 30 * 4 + 5 * 6 + 35 * 3),
        (SetBound(variable="trucks", side="upper", bound=2, key=("Metz", 2)), 30 * 4 + 20 * 6 + 20 * 3),
        (DropConstraint(constraint="demand", key=(2,)), 30 * 4),
        (DropConstraint(constraint="load", key=("Lyon", 2)), 240),
    ],
)
def test_one_entry_changes_and_the_others_stay(freight: agent.Solution, change: Any, optimum: float) -> None:
    assert freight.objective == 240
    assert cost(freight, change) == pytest.approx(optimum)


def test_a_wider_bound_of_one_entry_leaves_the_bound_of_the_others(freight: agent.Solution) -> None:
    more = SetNumber(parameter="need", number=48, key=(2,))
    wider = SetBound(variable="sent", side="upper", bound=60, key=("Metz", 2))
    assert cost(freight, more) == pytest.approx(30 * 4 + 3 * 6 + 45 * 3)
    assert cost(freight, more, wider) == pytest.approx(30 * 4 + 48 * 3)
    both = agent.what_if(freight, wider, SetNumber(parameter="price", number=1, key=("Lyon", 2))).solution
    assert both.values["sent"]["Lyon", 2] <= 45 + 1e-6  # type: ignore[index]
    none = SetBound(variable="sent", side="upper", bound=None, key=("Metz", 2))
    assert cost(freight, more, none) == pytest.approx(30 * 4 + 48 * 3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (SetLimit(constraint="supply", limit=1, key=("Nice",)), "has no entry `Nice`; it has `Lyon`, `Metz`"),
        (SetNumber(parameter="need", number=1, key=("Lyon", 1)), "has no entry `Lyon, 1`; it has `1`, `2`"),
        (SetBound(variable="boats", side="upper", bound=1, key=("a",)), "there is no variable `boats`"),
        (DropConstraint(constraint="suply", key=("a",)), "there is no constraint `suply`"),
    ],
)
def test_an_entry_that_is_not_there_is_told_with_those_that_are(
    freight: agent.Solution, change: Any, message: str
) -> None:
    with pytest.raises(UserError) as caught:
        agent.what_if(freight, change)
    assert message in str(caught.value)


def test_what_has_no_indices_takes_no_key() -> None:
    single = agent.solve_formulation(
        Formulation.model_validate(
            {
                "parameters": [{"name": "cap", "values": 3}],
                "variables": [{"name": "x", "upper": "cap"}, {"name": "y", "upper": 4}],
                "objective": {"sense": "maximize", "expression": "x + y"},
            }
        )
    )
    with pytest.raises(UserError, match="no indices; leave the key out"):
        agent.what_if(single, SetBound(variable="x", side="upper", bound=1, key=("a",)))


def test_why_not_more_of_one_entry(freight: agent.Solution) -> None:
    more = agent.why_not_more(freight, "sent", ("Lyon", "2"))
    assert more.difference.change == pytest.approx(3)
    with pytest.raises(UserError, match="name one entry"):
        agent.why_not_more(freight, "sent")


def test_a_follow_up_names_the_entry(freight: agent.Solution) -> None:
    model = ScriptedModel([says("set_limit", "supply", 30, key=["Metz"])])
    answer = agent.follow_up("what if Metz can only send 30 t?", freight, model=model)
    assert answer.solution is not None and answer.solution.objective == pytest.approx(270)
    assert answer.understood == "set limit: constraint supply, limit 30.0, at Metz"
    (request,) = model.requests
    assert request.schema["properties"]["key"]["items"]["enum"] == ["Lyon", "Metz", "1", "2"]  # type: ignore[index]
    assert "set shops: 1, 2\n" in request.messages[-1].content
    why = agent.follow_up(
        "why?", freight, model=ScriptedModel([says("why_not_more", "sent", key=["Lyon", "2"])])
    )
    assert why.text.startswith("With more of sent[Lyon, 2] the objective rises by 3")


def test_a_follow_up_that_leaves_the_entry_open_is_asked_back(freight: agent.Solution) -> None:
    with pytest.raises(UserError, match="several entries, such as `Lyon`, `Metz`; say which one"):
        agent.follow_up("30?", freight, model=ScriptedModel([says("set_limit", "supply", 30, key=[])]))


@settings(max_examples=15)
@given(limit=st.integers(0, 60), plant=st.sampled_from(["Lyon", "Metz"]))
def test_a_row_apart_means_what_the_family_means(freight: agent.Solution, limit: int, plant: str) -> None:
    """Limits of single rows, set one after the other, equal a family over a parameter."""
    other = next(name for name in PRICE if name != plant)
    apart = cost(
        freight,
        SetLimit(constraint="supply", limit=limit, key=(plant,)),
        SetLimit(constraint="supply", limit=limit, key=(other,)),
    )
    assert apart == pytest.approx(cost(freight, SetLimit(constraint="supply", limit=limit)))
