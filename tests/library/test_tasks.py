"""Files of tasks: what can be read, and what is said of the rest."""

import json

import pytest

from library.errors import ExchangeError
from library.tasks import read_tasks


def test_only_line_ends_end_a_line() -> None:
    line = '{"question": "one\u2028two\x85three", "answer": 1}'
    tasks = read_tasks(f"{line}\r\n{line}\r{line}", "a file")
    assert [task.question for task in tasks] == ["one\u2028two\x85three"] * 3


@pytest.mark.parametrize(
    ("answer", "read"),
    [("1,200", 1200), ("-1,234,567.5", -1234567.5), ("3", 3), (4, 4), ("infeasible", "infeasible")],
)
def test_answers_are_read_as_they_are_written(answer: object, read: object) -> None:
    (task,) = read_tasks(json.dumps({"question": "q", "answer": answer}), "a file")
    assert task.answer == read


@pytest.mark.parametrize("answer", [True, [3, 4], "No Best Solution", "1,20", {"a": 1}, float("nan")])
def test_an_answer_that_no_result_can_equal_is_refused_with_what_can(answer: object) -> None:
    line = json.dumps({"question": "q", "answer": answer})
    with pytest.raises(
        ExchangeError, match=r"line 1: answer: .* write one number, infeasible or unbounded"
    ) as told:
        read_tasks(line, "a file")
    assert json.dumps(answer) in str(told.value)


@pytest.mark.parametrize("line", ["[1]", "3", '"text"', "null"])
def test_what_is_no_object_is_refused_with_an_example(line: str) -> None:
    with pytest.raises(ExchangeError, match="line 1: a task is an object"):
        read_tasks(line, "a file")


def test_a_number_as_id_is_free_for_any_line() -> None:
    first, second = read_tasks('{"id": 2, "question": "q"}\n{"question": "r"}\n', "a file")
    assert first.id == "2" and second.id != "2"
