"""Profiles are kept by version and reach the nodes; what the tuning changes is what it says."""

import pytest
from replies import SIMPLE, SIMPLE_QUESTION

from agent.errors import UserError
from agent.llm import ScriptedModel
from agent.profiles import Profiles, TunedProfile, tuning_of
from agent.prompts import load
from agent.settings import Settings
from agent.solving import solve
from agent.state import Tuning


@pytest.fixture
def profiles():
    return Profiles(Settings())


def test_versions_count_up_and_are_never_written_again(profiles):
    first = profiles.save("mine", TunedProfile(tuning=Tuning(threshold=0.5)))
    before = first.read_text()
    profiles.save("mine", TunedProfile(tuning=Tuning(threshold=0.6)))
    assert first.read_text() == before and profiles.versions("mine") == [1, 2]
    assert profiles.load("mine").tuning.threshold == 0.6 and profiles.load("mine").version == 2
    assert profiles.load("mine@1").tuning.threshold == 0.5
    assert profiles.load(str(first)).version == 1


def test_without_a_name_the_shipped_tuning_serves():
    assert tuning_of(None, Settings()) == Tuning()


@pytest.mark.parametrize("name", ["", "../up", "a/b", "mine@1", "x" * 70])
def test_names_that_could_lead_elsewhere_are_refused(profiles, name):
    with pytest.raises(UserError, match="cannot name a profile"):
        profiles.save(name, TunedProfile(tuning=Tuning()))


def test_a_damaged_file_is_refused(profiles):
    path = profiles.save("mine", TunedProfile(tuning=Tuning()))
    path.write_text('{"tuning": {"threshold": 7}}')
    with pytest.raises(UserError, match="is no profile"):
        profiles.load("mine")


def test_instructions_take_the_place_of_the_shipped_system_turn():
    model = ScriptedModel([SIMPLE])
    tuning = Tuning(instructions={"formulate_scalar": "Be exact."})
    solve(SIMPLE_QUESTION, model=model, profile=tuning)
    asked = model.requests[0].messages
    assert asked[0].content == "Be exact."
    assert asked[1:-1] == load("formulate_scalar")[1:]


def test_the_threshold_decides_what_is_unsure():
    sure = solve(SIMPLE_QUESTION, model=ScriptedModel([SIMPLE]), profile=Tuning(threshold=0.1))
    unsure = solve(SIMPLE_QUESTION, model=ScriptedModel([SIMPLE]), profile=Tuning(threshold=0.9))
    assert (sure.status, unsure.status) == ("optimal", "unsure")


def test_repairs_are_as_many_as_the_tuning_allows():
    model = ScriptedModel(["nonsense"] * 9)
    solve(SIMPLE_QUESTION, model=model, profile=Tuning(max_repairs=0, sample_temperature=0.1))
    assert sum(request.schema is not None for request in model.requests) == 1
