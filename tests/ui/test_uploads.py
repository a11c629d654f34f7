"""Uploaded files become tables, or a message that names them as their owner does."""

from dataclasses import dataclass

import pytest

from agent.errors import DataError
from ui import uploads


@dataclass
class File:
    name: str
    content: bytes

    def getvalue(self) -> bytes:
        return self.content


def test_files_become_tables_with_a_preview() -> None:
    tables = uploads.tables_of([File("goods.csv", b"item,kilos\nlamp,10\nrug,20\n")])
    assert list(tables) == ["goods"]
    assert uploads.preview(tables["goods"]) == [{"item": "lamp", "kilos": 10}, {"item": "rug", "kilos": 20}]


def test_files_of_one_name_stay_apart() -> None:
    files = [File("a.csv", b"x,y\n1,2\n"), File("a.csv", b"x,y\n3,4\n")]
    assert len(uploads.tables_of(files)) == 2


def test_no_files_are_no_tables() -> None:
    assert len(uploads.tables_of([])) == 0


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("big.csv", b"x" * 50_000_000, "larger than 25 MB"),
        ("photo.csv", b"PK\x03\x04" + bytes(100), "name it .xlsx"),
        ("noise.csv", bytes(range(256)) * 4, "noise.csv"),
        ("empty.csv", b"", "empty.csv: the file is empty"),
        ("report.pdf", b"%PDF-1.4", "not supported"),
        ("../../etc/passwd.csv", b"", "passwd.csv: the file is empty"),
    ],
)
def test_what_cannot_be_read_is_told_by_its_own_name(name: str, content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        uploads.tables_of([File(name, content)])
    assert "optwright-upload" not in str(caught.value)


def test_a_cell_that_looks_like_a_formula_is_text() -> None:
    (table,) = uploads.tables_of([File("a.csv", b"name,n\n=1+1,2\n@sum,3\n")]).values()
    assert table.column("name").cells == ("=1+1", "@sum")
