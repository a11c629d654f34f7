"""A formulation as text and form, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import agent
from agent.data import Tables
from agent.errors import FormulationError
from agent.formulation import Formulation
from ui import editing


def formulation_of(solution: agent.Solution) -> Formulation:
    assert solution.formulation is not None
    return solution.formulation


def as_form(formulation: Formulation, **changes: str) -> Formulation:
    rows = {group: editing.to_rows(formulation, group) for group in editing.GROUPS}
    goal = formulation.objective
    return editing.with_rows(
        formulation, rows, {"sense": goal.sense.value, "expression": goal.expression, **changes}
    )


def test_text_and_form_give_back_what_they_were_made_of(
    bakery: agent.Solution, transport: agent.Solution, workshop: agent.Solution
) -> None:
    for solution in (bakery, transport, workshop):
        formulation = formulation_of(solution)
        assert editing.of_text(editing.to_text(formulation)) == formulation
        assert as_form(formulation) == formulation


def test_a_row_added_or_changed_in_the_form_is_in_the_formulation(bakery: agent.Solution) -> None:
    formulation = formulation_of(bakery)
    rows = {group: editing.to_rows(formulation, group) for group in editing.GROUPS}
    rows["constraints"][0]["expression"] = "2*bread + 5*cake <= 100"
    rows["constraints"] += [
        {"name": None, "expression": "cake <= 10", "meaning": None},
        {"name": None, "expression": ""},
    ]
    rows["variables"][0]["upper"] = "50"
    changed = editing.with_rows(formulation, rows, {"expression": "bread + cake"})
    assert [c.expression for c in changed.constraints][-1] == "cake <= 10"
    assert len(changed.constraints) == 4 and changed.variables[0].upper == 50
    told = editing.edits(formulation, changed)
    assert "added constraint constraint_4" in told and "changed variable bread" in told
    assert told.endswith("changed the objective")


def test_an_edited_limit_changes_the_answer(bakery: agent.Solution) -> None:
    changed = as_form(formulation_of(bakery), sense="maximize", expression="bread")
    assert agent.solve_formulation(changed).objective == 110


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "line 1, column 2"),
        ("[]", "dictionary"),
        ('{"variables": []}', "variables"),
        (
            '{"variables": [{"name": "for"}], "objective": {"sense": "up", "expression": "x"}}',
            "variables.1.name",
        ),
    ],
)
def test_text_that_is_no_formulation_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(FormulationError, match=message):
        editing.of_text(text)


@given(st.text(max_size=200))
def test_any_text_is_a_formulation_or_an_error_for_people(text: str) -> None:
    with pytest.raises(FormulationError):
        editing.of_text(text)


def test_a_fault_is_told_while_the_model_is_changed(bakery: agent.Solution) -> None:
    changed = as_form(formulation_of(bakery), expression="3*bred")
    assert "did you mean `bread`" in editing.fault_of(changed, Tables())
    assert editing.fault_of(formulation_of(bakery), Tables()) == ""
