"""Retrieval: cheap candidates, then one question within a budget of tokens."""

from pathlib import Path
from typing import Any

import pytest
from insights import CODE, SETUP, conservation, setup_costs
from practice import ScriptedTeacher, all_apply

from library import Library
from library.library import open_library
from library.retrieval import Retrieval, closeness

PROBLEM = "A machine costs a fixed charge. Water travels through pipes of a network with junctions."


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Two insights on formulations and one on code that fit, among others."""
    opened = open_library(f"sqlite:///{tmp_path}/library.db")
    others = [setup_costs(condition=f"Zebra{n}.", explanation="None.") for n in "abcdefg"]
    opened.store.put([setup_costs(), conservation(), conservation(labels=(CODE,)), *others], author="me")
    return opened


async def test_what_the_model_says_applies_is_offered_in_its_order_with_the_reason(library: Library) -> None:
    ask = ScriptedTeacher(applies={"applies": [2, 1]})
    first, second = await library.retrieve(PROBLEM, "formulation", ask)
    assert "pipes" in first.condition and "fixed charge" in second.condition
    assert first.why.startswith("judged to apply; shares travel, pipe, network, junction")
    (asked,) = ask.asked["applies"]
    assert asked["problem"] == PROBLEM and asked["notes"].startswith("1. Applies when a machine")


async def test_each_track_has_its_own(library: Library) -> None:
    (code,) = await library.retrieve(PROBLEM, "code", ScriptedTeacher(applies=all_apply))
    assert library.store.get(code.id).labels == (CODE,)


async def test_without_a_model_the_search_alone_offers(library: Library) -> None:
    found = await library.retrieve(PROBLEM, "formulation")
    assert len(found) == 2 and library.store.get(found[0].id).labels == (SETUP,)


async def test_nothing_shared_asks_nobody(library: Library) -> None:
    assert await library.retrieve("Zebras migrate.", "formulation", ScriptedTeacher()) == ()


async def test_words_in_common_are_not_enough_where_the_condition_has_many_others(library: Library) -> None:
    question = "A fixed charge is paid before we sail, and opening hours are short."
    condition = (
        "Applies when a ferry carries lorries and trailers between harbours by tide, weather, season and crew, "
        "queues on quays for customs, and a fixed charge falls due."
    )
    library.store.put([setup_costs(condition=condition)], author="me")
    found = await library.retrieve(question, "formulation")
    assert [one.condition for one in found] == [setup_costs().condition]


def test_what_a_condition_excepts_does_not_make_it_fit() -> None:
    excepting = conservation(condition="Applies to pipes. It does not apply to tariffs, taxis or trams.")
    assert closeness(excepting, frozenset({"pipe"})) == 0.75
    assert closeness(excepting, frozenset({"tariff", "taxi", "tram"})) == 0.25


async def test_none_is_an_answer(library: Library) -> None:
    assert await library.retrieve(PROBLEM, "formulation", ScriptedTeacher(applies={"applies": []})) == ()


@pytest.mark.parametrize("reply", ["", "[]", '{"applies": 3}', '{"other": []}', "null"])
async def test_a_reply_that_cannot_be_used_falls_back_to_the_search(library: Library, reply: str) -> None:
    found = await library.retrieve(PROBLEM, "formulation", ScriptedTeacher(applies=reply))
    assert len(found) == 2 and all(one.why.startswith("not judged") for one in found)


@pytest.mark.parametrize("numbers", [[9, -1, 1, 1], [1, "2"], [1]])
async def test_numbers_that_were_not_shown_are_ignored(library: Library, numbers: list[Any]) -> None:
    (one,) = await library.retrieve(PROBLEM, "formulation", ScriptedTeacher(applies={"applies": numbers}))
    assert "fixed charge" in one.condition


async def test_the_question_to_the_model_has_a_strict_budget(tmp_path: Path) -> None:
    how = Retrieval(candidates=50, token_budget=200)
    opened = Library(open_library(f"sqlite:///{tmp_path}/library.db").store, how)
    long = "Applies to pipes of a network. " + "Water travels far. " * 20
    opened.store.put([conservation(condition=f"{long} {number}") for number in range(40)], author="me")
    ask = ScriptedTeacher(applies={"applies": []})
    await opened.retrieve(PROBLEM, "formulation", ask)
    assert 0 < len(ask.asked["applies"][0]["notes"]) <= 200 * 4 + 50


async def test_verified_runs_are_noted(library: Library) -> None:
    await library.observe("question", "{}", ["i-1"])
    assert library.store.observations() == 1
