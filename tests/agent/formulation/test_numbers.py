"""Numbers that a text and its formulation do not share."""

import pytest
from problems import BY_NAME, formulation

from agent.formulation.numbers import invented_numbers, scarce_numbers, unused_numbers

FARM = formulation(
    ["x", "y"], "3 * x + 5 * y", ["x + y <= 100", "0.35 * x <= 20", "y >= 12.5"], sense="maximize"
)


@pytest.mark.parametrize(
    ("question", "unused"),
    [
        ("profit 3 and 5, land 100, 35% at most 20, and 12.5 at least", []),
        ("profit 3 and 5, land 100, and 77 hours", ["77"]),
        ("there are 1,260 dollars", ["1,260"]),
        ("at least 65% are left", []),
        ("see table 7 and step 9", []),
        ("1 farm, 0 loss", []),
        ("no number", []),
        ("4 crates of 25 each", []),
    ],
)
def test_a_number_that_no_expression_uses_is_told(question: str, unused: list[str]) -> None:
    assert unused_numbers(question, FARM) == unused


def test_numbers_in_data_count_as_used() -> None:
    text = "values 60, 100, 120; weights 10, 20, 30; capacity 50; budget 999"
    assert unused_numbers(text, BY_NAME["knapsack"].formulation) == ["999"]


def test_texts_with_very_many_numbers_are_not_judged() -> None:
    assert unused_numbers(" ".join(map(str, range(1000, 1100))), FARM) == []


@pytest.mark.parametrize(
    ("question", "scarce"),
    [
        ("profit 3 and 5, land 100, 35% at most 20, and 12.5 at least", []),
        ("profit 3 and 5, land 100, 3 hours each", ["3"]),
        ("machine 1 earns 3, machine 2 earns 5, machine 3 nothing", []),
        ("20 sacks at most, 35% sold, 20 men", ["20"]),
        ("no number", []),
    ],
)
def test_a_number_stated_more_often_than_used_is_told(question: str, scarce: list[str]) -> None:
    assert scarce_numbers(question, FARM) == scarce


@pytest.mark.parametrize(
    ("question", "invented"),
    [
        ("profit 3 and 5, land 100, 35% at most 20, and 12.5 at least", []),
        ("profit three and five, land 100, 35% at most 20, and 12.5 at least", []),
        ("no number", []),
    ],
)
def test_a_number_out_of_nowhere_is_told(question: str, invented: list[str]) -> None:
    assert invented_numbers(question, FARM) == invented


def test_a_limit_that_the_text_does_not_know_is_told() -> None:
    loose = formulation(["x"], "3 * x", ["x <= 873"], sense="maximize")
    assert invented_numbers("profit 3, land 100", loose) == ["873"]
