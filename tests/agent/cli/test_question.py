from pathlib import Path

import pytest

from agent.cli.question import read_question
from agent.errors import QuestionError


def test_a_file_is_read(tmp_path: Path):
    (tmp_path / "q.txt").write_bytes("\ufeffMaximize £".encode())
    assert read_question(str(tmp_path / "q.txt")) == "Maximize £"


@pytest.mark.parametrize(
    "text", ["Maximize x/y with x in a.txt.", "one/two three", "maximize", "x" * 5000, "a\0b", ""]
)
def test_other_arguments_are_the_text_itself(text: str):
    assert read_question(text) == text


@pytest.mark.parametrize("argument", ["missing.txt", "some/where", "report.PDF", "./q"])
def test_a_missing_file_is_no_question(argument: str):
    with pytest.raises(QuestionError, match="there is no file"):
        read_question(argument)


def test_a_folder_is_no_question(tmp_path: Path):
    with pytest.raises(QuestionError, match="is a folder"):
        read_question(str(tmp_path))


@pytest.mark.parametrize(
    ("data", "words"), [(b"\xff\xfe\x00", "no text in UTF-8"), (b"x" * 10_000_001, "more than")]
)
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, data: bytes, words: str):
    (tmp_path / "q.txt").write_bytes(data)
    with pytest.raises(QuestionError, match=words):
        read_question(str(tmp_path / "q.txt"))
