"""The picture follows from the formulation."""

import agent
from ui.pictures import Bars, Network, Schedule, picture_of
from ui.plots import chart_of, trade_off


def test_allocations_are_bars_the_largest_first(bakery: agent.Solution) -> None:
    picture = picture_of(bakery)
    assert isinstance(picture, Bars)
    assert picture.amounts == (("bread", 60.0), ("cake", 20.0))


def test_tasks_that_must_not_overlap_are_a_schedule(workshop: agent.Solution) -> None:
    picture = picture_of(workshop)
    assert isinstance(picture, Schedule)
    spans = sorted((task.start, task.end) for task in picture.tasks)
    assert {task.name for task in picture.tasks} == {"shelf", "table"}
    assert spans[0][1] <= spans[1][0] + 1e-6 and abs(spans[1][1] - 8) < 1e-6


def test_what_goes_from_place_to_place_is_a_network(transport: agent.Solution) -> None:
    picture = picture_of(transport)
    assert isinstance(picture, Network)
    assert picture.is_bipartite and picture.unit == "t"
    assert ("Graz", "Wien", 25.0) in picture.arcs


def test_without_values_there_is_no_picture(impossible: agent.Solution) -> None:
    assert picture_of(impossible) is None


def test_every_picture_has_a_chart_that_names_things_in_words(
    bakery: agent.Solution, workshop: agent.Solution, transport: agent.Solution
) -> None:
    for solution in (bakery, workshop, transport):
        picture = picture_of(solution)
        assert picture is not None
        drawn = chart_of(picture).to_dict()
        assert any(layer["mark"]["type"] == "text" for layer in drawn["layer"])


def test_a_trade_off_shows_the_goal_over_the_limit() -> None:
    drawn = trade_off([(1, 2), (3, 4)], "flour", "profit").to_dict()
    assert drawn["layer"][0]["encoding"]["x"]["title"] == "flour"
