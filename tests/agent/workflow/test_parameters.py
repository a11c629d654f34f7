"""Kinds of parameters: what they accept as it is, and what they refuse in words."""

from typing import Literal

import pytest
from pydantic import BaseModel

from agent.errors import WorkflowError
from agent.workflow import Boolean, Choice, Code, Json, Number, Parameter, Text, node
from agent.workflow.recording import trying


class Settings(BaseModel):
    mode: Literal["fast", "slow"] = "fast"
    limit: int = 3


@pytest.mark.parametrize(
    ("kind", "proposed", "value"),
    [
        (Text(), 'the definition of "definition"', 'the definition of "definition"'),
        (Number(0, 1), 1, 1.0),
        (Number(0, 9, is_integer=True), 3.0, 3),
        (Choice(("a", 1, True)), 1, 1),
        (Boolean(), False, False),
        (Boolean(), "False", False),
        (Boolean(), "true", True),
        (Json(Settings), {"mode": "slow", "limit": 4}, Settings(mode="slow", limit=4)),
        (Json(list), [1, "a"], [1, "a"]),
        (Code("f", ("x",)), "def f(x):\n    return x", "def f(x):\n    return x"),
    ],
)
def test_what_fits_is_accepted_as_it_is(kind, proposed, value):
    decoded = kind.decode(proposed)
    assert decoded == value and type(decoded) is type(value)
    assert kind.decode(kind.encode(decoded)) == value


@pytest.mark.parametrize(
    ("kind", "proposed", "reason"),
    [
        (Text(), 3, "must be text"),
        (Text(max_chars=5), "x" * 6, "at most 5"),
        (Number(0, 1), 1.5, "from 0 to 1"),
        (Number(0, 1), "0.5", "must be a number"),
        (Number(), float("nan"), "finite"),
        (Number(), True, "must be a number"),
        (Number(is_integer=True), 2.5, "whole number"),
        (Choice(("a", "b")), "c", "one of"),
        (Choice((1, 2)), True, "one of"),
        (Boolean(), "no", "true or false"),
        (Boolean(), 0, "true or false"),
        (Json(Settings), {"mode": "medium"}, "mode"),
        (Json(Settings), {"limit": "4"}, "limit"),
        (Json(Settings), [1], "it"),
        (Code("f", ("x",)), "def g(x): pass", "must define the function f once"),
        (Code("f", ("x",)), "def f(x, y): pass", r"must take \(x\)"),
        (Code("f", ("x",)), "def f(x) return x", "syntax error"),
        (Code("f", ("x",)), "import os\ndef f(x): pass", "'os' is not available"),
        (Code("f", ("x",)), "#" * 20_001, "at most 20,000"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(kind, proposed, reason):
    with pytest.raises(ValueError, match=reason):
        kind.decode(proposed)


@pytest.mark.parametrize(
    ("value", "constraint", "kind"),
    [
        ("text", None, Text),
        ("text", "polite", Text),
        (1.5, None, Number),
        (2, (0, 5), Number),
        (True, None, Boolean),
        ("a", ["a", "b"], Choice),
        (Settings(), None, Json),
        ({"mode": "fast"}, dict, Json),
        ([1], None, Json),
    ],
)
def test_the_kind_follows_from_value_and_constraint(value, constraint, kind):
    if constraint is dict:
        constraint = Json(dict)
    made = node(value, trainable=True, constraint=constraint)
    assert isinstance(made, Parameter) and isinstance(made.kind, kind)


def test_whole_bounds_of_a_whole_number_keep_it_whole():
    assert node(2, trainable=True, constraint=(0, 5)).kind == Number(0, 5, is_integer=True)


@pytest.mark.parametrize(
    ("value", "constraint", "reason"),
    [
        (3, (0, 1), "does not fit"),
        ("c", ["a", "b"], "does not fit"),
        (object(), None, "cannot be trained"),
        ("a", [], "no options"),
        (1.0, (2, 1), "lower first"),
        ("a", 5, "no constraint"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused_when_it_is_made(value, constraint, reason):
    with pytest.raises(WorkflowError, match=reason):
        node(value, trainable=True, constraint=constraint)


def test_a_value_on_trial_is_seen_in_its_context_only():
    x = node(1, trainable=True)
    with trying({x: 5}):
        assert x.data == 5 and (x + 1).data == 6
    assert x.data == 1 and x.encoded == 1


def test_setting_a_value_checks_it():
    x = node(1, trainable=True, constraint=(0, 5), name="x")
    x.set(3)
    with pytest.raises(WorkflowError, match="parameter x does not fit"):
        x.set(6)
    assert x.data == 3 and x.initial == 1
