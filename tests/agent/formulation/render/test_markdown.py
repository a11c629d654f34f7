"""Formulations as Markdown documents."""

import re

import pytest
from problems import PROBLEMS, TRANSPORT_DATA, Problem, formulation, rule

from agent.formulation.render import to_markdown

HOSTILE = "a | b\n# <script>alert(1)</script> [x](javascript:y) `code` *b* $z$ \\ &copy;"


def test_a_document_has_all_parts_in_order() -> None:
    problem = formulation(
        [{"name": "acres", "meaning": "land sown", "unit": "ha", "indices": ["crops"], "upper": 50}],
        "sum(profit[c] * acres[c] for c in crops)",
        [rule("area", "sum(acres[c] for c in crops) <= 100", meaning="land at hand")],
        sense="maximize",
        title="Farm",
        sets={"crops": ["wheat", "rye"]},
        parameters=[
            {"name": "profit", "meaning": "gain", "unit": "$/ha", "indices": ["crops"], "values": [3, 4.5]}
        ],
        assumptions=["no fallow"],
        questions=["is rye sold?"],
    )
    document = to_markdown(problem)
    heads = re.findall(r"^#+ (.+)$", document, re.MULTILINE)
    assert heads == [
        "Farm",
        "Sets",
        "Parameters",
        "Variables",
        "Objective",
        "Constraints",
        "Domains",
        "Assumptions",
        "Open questions",
    ]
    for line in (
        "| crops |  | wheat, rye |",
        r"| profit | gain | \$/ha | crops | 3, 4.5 |",
        "| acres | land sown | ha | crops | real | 0 | 50 |",
        "- **area**: land at hand  ",
        r"  $\sum_{c \in \mathit{crops}} \mathit{acres}_{c} \leq 100$",
        "- no fallow",
        "- is rye sold?",
    ):
        assert line in document.split("\n")


def test_empty_parts_are_left_out() -> None:
    document = to_markdown(formulation(["x"], "x"))
    assert re.findall(r"^#+ (.+)$", document, re.MULTILINE) == [
        "Formulation",
        "Variables",
        "Objective",
        "Domains",
    ]


def test_sources_and_long_data_are_told_in_short() -> None:
    problem = formulation(
        ["x"],
        "x",
        sets={"s": list(range(100)), "t": {"source": {"table": "costs", "columns": ["from", "to"]}}},
        parameters=[
            {"name": "p", "indices": ["s"], "values": list(range(100)), "default": 0},
            {
                "name": "q",
                "indices": ["t"],
                "source": {"table": "costs", "column": "eur", "keys": ["from", "to"]},
            },
            {"name": "r", "indices": ["s"], "values": {"0": 1}, "default": 2},
        ],
    )
    document = to_markdown(problem)
    assert "11, ... (100 in all) |" in document
    assert "| table costs, by from, to |" in document
    assert "| table costs, column eur by from, to |" in document
    assert "| 0: 1, else 2 |" in document


def test_text_stays_text() -> None:
    problem = formulation(
        [{"name": "x", "indices": ["s"], "meaning": HOSTILE, "unit": HOSTILE}],
        "sum(x[i] for i in s)",
        [rule("r", "x[i] >= 1", "i in s", HOSTILE)],
        sets={"s": {"elements": [HOSTILE, "b"], "meaning": HOSTILE}},
        title=HOSTILE,
        assumptions=[HOSTILE, "- 1", "1. x"],
    )
    document = to_markdown(problem)
    outside = re.sub(r"(?<!\\)\$.*?(?<!\\)\$", "", document)
    assert "<script" not in document
    assert not re.search(r"(?<!\\)[\[`]", outside)
    tables = [line for line in outside.split("\n") if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in tables} == {4, 8}


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_known_problems_render(problem: Problem) -> None:
    document = to_markdown(problem.formulation)
    assert document.endswith("\n")
    assert all(table in document for table in TRANSPORT_DATA) or problem.data is None
