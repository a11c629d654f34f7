"""Which constraints hold a solution back."""

from problems import BY_NAME

from agent.formulation.instance import bind
from agent.formulation.tightness import binding


def test_constraints_met_with_equality_are_told_by_meaning() -> None:
    instance = bind(BY_NAME["wyndor"].formulation)
    assert binding(instance, {"doors": {(): 2.0}, "windows": {(): 6.0}}) == [
        "hours in plant 2",
        "hours in plant 3",
    ]
    assert binding(instance, {"doors": {(): 0.0}, "windows": {(): 0.0}}) == []


def test_one_combination_is_enough() -> None:
    instance = bind(BY_NAME["diet"].formulation)
    assert binding(instance, {"grams": {"oats": 3.0, "beans": 1.0}}) == ["needs"]
