"""What is wrong with a formulation is told to the model, which mends it, within bounds."""

import json

import pytest
from replies import INFEASIBLE, SIMPLE, SIMPLE_QUESTION, UNBOUNDED, UNCLEAR, scalar

import agent
from agent.llm import ScriptedModel


def test_a_build_error_is_told_to_the_model_and_mended() -> None:
    wrong = scalar("maximize x", {"x at most 3": "y <= 3"}, {"x": "real x"})
    model = ScriptedModel([wrong, SIMPLE])
    solution = agent.solve(SIMPLE_QUESTION, model=model)
    assert solution.objective == 3
    told = model.requests[1].messages[-1].content
    assert "unknown name `y`" in told and "^" in told


def test_repairs_are_bounded() -> None:
    wrong = scalar("maximize x", {"x at most 3": "y <= 3"}, {"x": "real x"})
    model = ScriptedModel(lambda request: wrong)
    solution = agent.solve(SIMPLE_QUESTION, model=model)
    assert solution.status == "failed"
    assert "unknown name `y`" in solution.explanation
    assert solution.ledger.calls <= 6


def test_what_outgrows_plain_variables_is_asked_for_with_sets() -> None:
    goal = {"sense": "maximize", "meaning": "total", "unit": ""}
    places = [f"x{number}" for number in range(120)]
    many = scalar(
        "maximize " + " + ".join(places), {"room": "x0 <= 1"}, {place: f"real {place}" for place in places}
    )
    with_sets = {
        "sets": [{"name": "places", "elements": list(range(60)), "table": None, "columns": None}],
        "parameters": [],
        "variables": [{"name": "x", "meaning": "share", "indices": ["places"], "domain": "real"}],
        "objective": {**goal, "expression": "sum(x[p] for p in places)"},
        "constraints": [{"meaning": "room", "forall": "p in places", "expression": "x[p] <= 2"}],
    }
    model = ScriptedModel([many, json.dumps(with_sets)])
    solution = agent.solve("Each of 60 places takes at most 2. How much do they take in all?", model=model)
    assert solution.objective == 120
    again = model.requests[-1]
    assert "Use sets" in str(again.messages[-1].content)
    assert many not in [message.content for message in again.messages]


@pytest.mark.parametrize(("reply", "status"), [(INFEASIBLE, "infeasible"), (UNBOUNDED, "unbounded")])
def test_no_optimum_is_asked_again_once_and_then_accepted(reply: str, status: str) -> None:
    model = ScriptedModel(lambda request: reply)
    solution = agent.solve("How large can x be, if it is at most 3 and at least 5?", model=model)
    assert solution.status == status
    assert solution.objective is None and solution.values == {}
    assert solution.ledger.calls == 2


def test_a_mended_infeasibility_gives_the_mended_answer() -> None:
    solution = agent.solve(SIMPLE_QUESTION, model=ScriptedModel([INFEASIBLE, SIMPLE]))
    assert solution.status == "optimal" and solution.objective == 3


def test_a_doubt_that_leads_nowhere_leaves_the_verified_answer() -> None:
    unused = scalar("maximize x", {"x at most 3": "x <= 3"}, {"x": "real x"})
    model = ScriptedModel([unused, "{}", "{}", "{}"])
    solution = agent.solve("How large can x be, if it is at most 3 and y is 77?", model=model)
    assert solution.status == "optimal" and solution.objective == 3
    assert "77" in solution.reason and "corrected" not in solution.reason


def test_a_model_that_gives_up_too_soon_is_asked_once_more() -> None:
    solution = agent.solve(SIMPLE_QUESTION, model=ScriptedModel([UNCLEAR, SIMPLE]))
    assert solution.status == "optimal" and solution.objective == 3


@pytest.mark.jail
def test_a_program_is_the_second_road() -> None:
    wrong = scalar("maximize x", {"x at most 3": "y <= 3"}, {"x": "real x"})
    program = (
        "```python\nimport pyomo.environ as pyo\nmodel = pyo.ConcreteModel()\nmodel.x = pyo.Var(bounds=(0, 3))\n"
        "model.goal = pyo.Objective(expr=model.x, sense=pyo.maximize)\n```"
    )
    solution = agent.solve(SIMPLE_QUESTION, model=ScriptedModel([wrong, wrong, wrong, program]))
    assert solution.status == "optimal" and solution.objective == 3


def test_a_repair_that_makes_it_worse_is_not_taken() -> None:
    odd = scalar("maximize x", {"x at most 3": "x <= 3"}, {"x": "real x"})
    model = ScriptedModel([odd, INFEASIBLE])
    solution = agent.solve("How large can x be, if it is at most 3 and y is 77?", model=model)
    assert solution.status == "optimal" and solution.objective == 3
