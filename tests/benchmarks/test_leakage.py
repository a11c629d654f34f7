"""Problems that stand in two sets are found, however they were dressed up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import datasets
from benchmarks.datasets.records import Record
from benchmarks.experience import learned_from
from benchmarks.leakage import normalised, overlaps
from library import NullLibrary

BAKERY = (
    "A bakery sells bread at a profit of 3 and cake at 8. Bread takes 2 kg of flour and 10 minutes, cake 5 kg and 30 "
    "minutes. There are 1,220 kg of flour, 1200 minutes, and regulars want 20 loaves of bread."
)


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        (BAKERY.upper().replace(". ", " ;  "), "same"),
        (BAKERY.replace("1,220", "1220"), "same"),
        (BAKERY.replace("20 loaves", "25 loaves"), "other numbers"),
        (BAKERY.replace("There are", "The bakery has"), "near"),
    ],
)
def test_kinds_of_likeness(other: str, kind: str) -> None:
    (pair,) = overlaps({"a": BAKERY}, {"b": other})
    assert (pair.first, pair.second, pair.kind) == ("a", "b", kind)


def likeness(first: str, second: str) -> float:
    sides = [text.split() for text in (first, second)]
    runs = [set(zip(words, words[1:], words[2:], strict=False)) for words in sides]
    return len(runs[0] & runs[1]) / len(runs[0] | runs[1])


TEXTS = st.lists(st.text("abc", min_size=3, max_size=20).map(" ".join), max_size=6)


@given(
    first=TEXTS,
    second=TEXTS,
    threshold=st.sampled_from([0.1, 0.25, 1 / 3, 0.5, 0.6, 2 / 3, 0.8, 1.0]),
)
def test_every_pair_from_the_threshold_on_is_found(
    first: list[str], second: list[str], threshold: float
) -> None:
    sides = [{str(i): text for i, text in enumerate(texts)} for texts in (first, second)]
    found = {(pair.first, pair.second) for pair in overlaps(*sides, threshold=threshold)}
    assert found == {
        (one, other)
        for one in sides[0]
        for other in sides[1]
        if likeness(sides[0][one], sides[1][other]) >= threshold
    }


def test_problems_about_the_same_thing_are_not_the_same_problem() -> None:
    other = "A bakery bakes bread for a profit of 4 and rolls for 1. How many of each, if the oven holds 90 trays?"
    assert overlaps({"a": BAKERY}, {"b": other}) == []


def test_a_set_is_not_compared_with_itself_problem_by_problem() -> None:
    texts = {"a": BAKERY, "b": "What is the least x + y with x >= 3?", "c": BAKERY.replace("8", "9")}
    assert {(pair.first, pair.second) for pair in overlaps(texts, texts)} == {("a", "c"), ("c", "a")}


def test_the_starter_set_repeats_nothing() -> None:
    texts = {record.id: record.question for record in datasets.load("starter")}
    assert overlaps(texts, texts) == []


@given(st.text(max_size=200))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


class Remembering(NullLibrary):
    """A library that knows from which questions it learned."""

    def has_learned_from(self, question: str) -> bool:
        return question == BAKERY


def test_a_run_knows_which_problems_its_library_learned_from() -> None:
    records = [Record(id="a", question=BAKERY), Record(id="b", question="What is the least x?")]
    assert learned_from(Remembering(), records) == ("a",)
    assert learned_from(NullLibrary(), records) == ()
