"""A solution in a notebook: everything to be read there, nothing that the browser would run."""

from replies import BAKERY

import agent
from agent.formulation.model import Formulation
from agent.llm import ScriptedModel

SHIFTS = {
    "sets": [{"name": "days", "elements": ["<b>Mon</b>", "Tue", "Wed"]}],
    "parameters": [{"name": "need", "indices": ["days"], "values": [3, 0, 2]}],
    "variables": [{"name": "staff", "indices": ["days"], "domain": "integer"}],
    "objective": {"sense": "minimize", "expression": "sum(staff[d] for d in days)"},
    "constraints": [{"name": "enough", "expression": "staff[d] >= need[d]", "forall": "d in days"}],
}


def test_indexed_values_stand_row_by_row_without_zeros_and_escaped() -> None:
    shown = agent.solve_formulation(Formulation.model_validate(SHIFTS))._repr_html_()
    assert "<td>staff[&lt;b&gt;Mon&lt;/b&gt;]</td><td>3</td>" in shown
    assert "<td>staff[Wed]</td><td>2</td>" in shown and "Tue" not in shown.split("<details>")[0]
    assert "<b>Mon" not in shown


def test_what_was_checked_and_the_formulation_are_shown() -> None:
    shown = agent.solve("How many of each?", model=ScriptedModel([BAKERY]))._repr_html_()
    assert "largest violation 0; relative gap to the bound 0." in shown and "HiGHS" in shown
    assert "<details><summary>Formulation</summary>$$\\begin{aligned}" in shown


def test_many_rows_are_cut_and_counted() -> None:
    many = {**SHIFTS, "sets": [{"name": "days", "elements": list(range(150))}]}
    many["parameters"] = [{"name": "need", "indices": ["days"], "values": [1] * 150}]
    shown = agent.solve_formulation(Formulation.model_validate(many))._repr_html_()
    assert shown.count("<tr>") == 101 and "and 50 more" in shown
