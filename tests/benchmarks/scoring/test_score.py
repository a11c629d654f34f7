"""The scorer is strict and symmetric in what it forgives."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.state import Candidate, Outcome, Stage
from benchmarks.answering import Answer
from benchmarks.datasets.records import Record
from benchmarks.scoring.score import agrees, is_right, samples_right


@given(st.floats(-1e9, 1e9))
def test_the_key_itself_is_right_and_half_a_percent_off_is_not(key: float) -> None:
    assert is_right(key, key)
    assert not is_right(key + 0.005 * max(1.0, abs(key)), key)


@pytest.mark.parametrize("answer", [None, math.nan, math.inf])
def test_no_number_is_never_right(answer: float | None) -> None:
    assert not is_right(answer, 1.0)
    assert not is_right(1.0, None)


@pytest.mark.parametrize(
    ("status", "objective", "keys", "expected"),
    [
        ("optimal", 5.0, (5.0,), True),
        ("optimal", 5.4, (5.0,), False),
        ("optimal", 6.0, (5.0, 6.0), True),
        ("feasible", 5.0, (5.0,), True),
        ("unsure", 5.0, (5.0,), False),
        ("failed", None, (5.0,), False),
        ("infeasible", None, ("infeasible", "unbounded"), True),
        ("infeasible", None, ("unbounded",), False),
        ("optimal", 0.0, ("infeasible",), False),
        ("unsure", 3.0, (3.0, "unsure"), True),
        ("optimal", -5.0, (5.0,), False),
    ],
)
def test_outcomes_count_only_where_the_key_names_them(status, objective, keys, expected) -> None:
    assert agrees(status, objective, keys) is expected


def sample(number: int, status: str, stage: Stage = Stage.VERIFIED, **more: object) -> Candidate:
    outcome = Outcome(status=status, objective=5.0 if status == "optimal" else None)
    return Candidate.model_validate({"number": number, "outcome": outcome, "stage": stage, **more})


def test_samples_are_the_formulations_that_were_drawn() -> None:
    answer = Answer(
        id="a",
        status="unsure",
        candidates=(
            sample(0, "optimal"),
            sample(1, "failed", Stage.ABANDONED),
            sample(2, "failed", Stage.ABANDONED, is_out_of_budget=True),
            sample(3, "failed", Stage.ABANDONED, road="code"),
        ),
    )
    assert samples_right(answer, Record(id="a", question="A?", accepted=(5.0,))) == [True, False]


def test_a_sample_that_finds_the_text_unclear_is_right_where_the_key_is_unsure() -> None:
    answer = Answer(id="a", status="unsure", candidates=(sample(0, "unclear"),))
    assert samples_right(answer, Record(id="a", question="A?", accepted=("unsure",))) == [True]
