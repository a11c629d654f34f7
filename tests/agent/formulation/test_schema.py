"""What the language model fills in, and how its reply becomes a formulation."""

import json
from typing import Any

import pytest

from agent.errors import ModelReplyInvalid
from agent.formulation.compile import compile_model
from agent.formulation.faults import FaultyFormulation
from agent.formulation.instance import bind
from agent.formulation.schema import Profile, UnclearProblem, json_schema, read_reply
from solvers import solve

SCALAR: dict[str, Any] = {
    "variables": [
        {"name": "doors", "meaning": "batches of doors", "domain": "integer"},
        {"name": "windows", "meaning": "batches of windows", "domain": "real"},
    ],
    "objective": {
        "sense": "maximize",
        "meaning": "profit of a week",
        "unit": "$",
        "expression": "3 * doors + 5 * windows",
    },
    "constraints": [
        {"meaning": "the hours of plant 1", "expression": "doors <= 4"},
        {"meaning": "the hours of plant 1", "expression": "2 * windows <= 12"},
        {"meaning": "the hours of plant 3", "expression": "3 * doors + 2 * windows <= 18"},
    ],
}
INDEXED: dict[str, Any] = {
    "sets": [{"name": "items", "elements": ["a", "b"], "table": None, "columns": None}],
    "parameters": [
        {
            "name": "value",
            "meaning": "worth",
            "indices": ["items"],
            "values": [6, 10],
            "table": None,
            "keys": None,
            "column": None,
        }
    ],
    "variables": [
        {"name": "take", "meaning": "taken", "domain": "binary", "indices": ["items"]},
        {"name": "debt", "meaning": "money", "domain": "free", "indices": []},
    ],
    "objective": {
        "sense": "maximize",
        "meaning": "worth",
        "unit": "$",
        "expression": "sum(value[i] * take[i] for i in items) + debt",
    },
    "constraints": [
        {"meaning": "at most one", "forall": "", "expression": "sum(take[i] for i in items) <= 1"},
        {"meaning": "max", "forall": "i in items", "expression": "debt <= -take[i]"},
    ],
}


def read(reply: dict[str, Any], profile: Profile) -> Any:
    return read_reply(json.dumps(reply), profile)


@pytest.mark.parametrize(("reply", "profile", "optimum"), [(SCALAR, "scalar", 36), (INDEXED, "indexed", 9)])
def test_a_reply_becomes_a_formulation_that_solves(
    reply: dict[str, Any], profile: Profile, optimum: float
) -> None:
    report = solve(compile_model(bind(read(reply, profile))))
    assert report.objective == pytest.approx(optimum)


def test_constraints_are_named_by_their_meanings_without_clash() -> None:
    names = [item.name for item in read(SCALAR, "scalar").constraints]
    assert len(set(names)) == 3
    assert all(name.startswith("hours_plant") for name in names)


@pytest.mark.parametrize("meaning", ["max", "if", "doors", "w" * 190, "100 %", "é", "doors 3"])
def test_any_meaning_makes_a_usable_name(meaning: str) -> None:
    limits = [{"meaning": meaning, "expression": f"{name} <= 1"} for name in ("doors", "windows")]
    reply = {**SCALAR, "constraints": limits}
    assert [item.meaning for item in read(reply, "scalar").constraints] == [meaning, meaning]


@pytest.mark.parametrize(
    ("text", "profile"),
    [
        ("", "scalar"),
        ("I am sorry", "scalar"),
        ("[]", "indexed"),
        (json.dumps({**SCALAR, "extra": 1}), "scalar"),
        (json.dumps({**SCALAR, "objective": "improve x"}), "scalar"),
        (json.dumps({**SCALAR, "constraints": [{"meaning": "m", "expression": "4 >= doors"}]}), "scalar"),
        (json.dumps({**SCALAR, "constraints": [{"meaning": "m", "expression": "doors"}]}), "scalar"),
        (json.dumps(SCALAR), "indexed"),
        ("[" * 5_000, "scalar"),
    ],
)
def test_what_is_no_reply_of_the_profile_says_so(text: str, profile: Profile) -> None:
    with pytest.raises(ModelReplyInvalid, match=f"the reply is no {profile} formulation"):
        read_reply(text, profile)


def test_a_reply_without_variables_says_what_is_unclear() -> None:
    with pytest.raises(UnclearProblem, match="no numbers are given"):
        goal = {**SCALAR["objective"], "meaning": "no numbers are given"}
        read({**SCALAR, "variables": [], "constraints": [], "objective": goal}, "scalar")


def test_elements_that_do_not_fit_together_are_faults() -> None:
    twice = {**SCALAR, "variables": [SCALAR["variables"][0]] * 2}
    with pytest.raises(FaultyFormulation, match="the name `doors` is used twice"):
        read(twice, "scalar")


@pytest.mark.parametrize("profile", ["scalar", "indexed"])
def test_the_schema_stands_alone(profile: Profile) -> None:
    text = json.dumps(json_schema(profile))
    assert "$ref" not in text
    assert "$defs" not in text
