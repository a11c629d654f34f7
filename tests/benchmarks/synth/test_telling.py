"""A text that tells a formulation states all of its numbers, and not the answer."""

import pytest
from problems import formulation

from benchmarks.synth.telling import data_numbers, fault

MODEL = formulation(
    [{"name": "x", "upper": 90}, "y"],
    "price * x + 0.25 * y",
    ["15 * x + y <= 1200", "y >= 5 * sum(need[i] for i in days)"],
    sets={"days": [1, 2]},
    parameters=[{"name": "price", "values": 8}, {"name": "need", "indices": ["days"], "values": [11, 0]}],
)
TEXT = (
    "A shop sells x at 8 dollars and y at a quarter, that is 25 %. It has room for 1,200 and each x takes 15; at most "
    "90 of x. For each of the 11 guests five of y are needed. What is best?"
)


def test_numbers_that_a_text_must_state() -> None:
    assert sorted(data_numbers(MODEL)) == [0.25, 5, 8, 11, 15, 90, 1200]


@pytest.mark.parametrize(
    ("text", "objective", "expected"),
    [
        (TEXT, 731.5, ""),
        (TEXT.replace("1,200", "1200"), 731.5, ""),
        (TEXT.replace("11 guests", "guests"), 731.5, "numbers are missing, such as 11"),
        (TEXT.replace("11 guests", "110 guests"), 731.5, "numbers are missing, such as 11"),
        (TEXT + " The best is 731.5.", 731.5, "the text tells the answer"),
        ("How many?", 731.5, "the text is too short or too long"),
    ],
)
def test_what_speaks_against_a_text(text: str, objective: float, expected: str) -> None:
    assert fault(text, MODEL, objective) == expected
