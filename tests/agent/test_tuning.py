"""The agent as a workflow: which parameters it has, and how the data are parted."""

import pytest

from agent.errors import UserError, WorkflowError
from agent.llm import ScriptedModel
from agent.settings import Settings
from agent.tuning import ROLES, AgentWorkflow, split


def workflow(library_url="none", **options):
    return AgentWorkflow(ScriptedModel([]), Settings(library_url=library_url), **options)


def test_a_setting_that_changes_nothing_is_no_parameter():
    lone = set(workflow().parameters)
    assert {*ROLES, "max_repairs", "threshold"} <= lone
    assert not lone & {"sample_temperature", "warned_weight", "max_insights"}
    voting = set(workflow(samples=3, library_url="sqlite:///x.db").parameters)
    assert {"sample_temperature", "warned_weight", "max_insights", "max_advice_chars"} <= voting


def test_only_what_is_named_is_changed():
    assert list(workflow(only=["formulate_scalar"]).parameters) == ["formulate_scalar"]
    with pytest.raises(WorkflowError, match="no parameter 'x'"):
        workflow(only=["x"])


def test_the_tuning_holds_only_what_differs_from_what_is_shipped():
    tuned = workflow()
    assert tuned.tuning().instructions == {}
    tuned.parameters["formulate_scalar"].set("Count well.")
    tuned.parameters["max_repairs"].set(1)
    assert tuned.tuning().instructions == {"formulate_scalar": "Count well."}
    assert tuned.tuning().max_repairs == 1


@pytest.mark.parametrize(
    ("sizes", "expected"), [(None, (4, 3, 3)), ((1, 2, 3), (1, 2, 3)), ((2, 4, 4), (2, 4, 4))]
)
def test_parts_have_their_sizes_and_nothing_in_common(sizes, expected):
    parts = split(range(10), sizes, seed=1)
    assert tuple(map(len, parts)) == expected
    assert len({item for part in parts for item in part}) == sum(expected)
    assert split(range(10), sizes, seed=1) == parts != split(range(10), sizes, seed=2)


@pytest.mark.parametrize("sizes", [(5, 5, 1), (5, 5, 0), None])
def test_parts_that_cannot_be_made_are_refused(sizes):
    with pytest.raises(UserError, match="which do not make parts of"):
        split(range(10 if sizes else 2), sizes, seed=0)
