import json

import pytest

from agent.data import Tables, load
from agent.errors import DataError

DATA = {
    "costs": [
        {"plant": "A", "cost (EUR/t)": 1.5, "open": True},
        {"plant": None, "cost (EUR/t)": 2.0, "open": False},
    ],
    "demand": {"x": 3, "y": 4},
}


def test_tables_survive_the_disk(tmp_path):
    tables = load(DATA)
    digest = tables.save(tmp_path / "new")
    again = Tables.load(tmp_path / "new", digest)
    assert again == tables
    assert again.digest == digest
    assert again["costs"] == tables["costs"]
    assert again.describe() == tables.describe()


def test_saving_twice_leaves_one_file(tmp_path):
    digest = load(DATA).save(tmp_path)
    assert load(DATA).save(tmp_path) == digest
    assert [path.name for path in tmp_path.iterdir()] == [f"{digest}.json"]


def test_dump_is_plain_json_and_comes_back():
    tables = load(DATA)
    assert Tables.from_dump(json.loads(json.dumps(tables.dump()))) == tables


@pytest.mark.parametrize(
    "other",
    [
        {"costs": DATA["costs"]},
        {"demand": DATA["demand"], "costs": DATA["costs"]},
        {**DATA, "demand": {"x": 3, "y": 4.0}},
        {**DATA, "demand": {"x": 3, "y": "4"}},
    ],
)
def test_digest_tells_apart_what_differs(other):
    assert load(other).digest != load(DATA).digest


def test_digest_is_stable_across_versions():
    assert load({"a": [1]}).digest == "b8c6dfecda053724e8f3029dc6236bb918db8672ce8447868186fc8c14692e43"


def test_a_changed_file_is_refused(tmp_path):
    digest = load(DATA).save(tmp_path)
    path = tmp_path / f"{digest}.json"
    path.write_text(path.read_text().replace("1.5", "9.5"))
    with pytest.raises(DataError, match=r"was changed or damaged"):
        Tables.load(tmp_path, digest)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"no tables are saved under this digest"):
        Tables.load(tmp_path, "0" * 64)


@pytest.mark.parametrize(
    ("dumped", "place"),
    [
        (None, ""),
        ({"version": 2, "tables": []}, "version"),
        ({"version": 1, "tables": [{"name": "a"}]}, r"tables\.0\.label"),
        ({"version": 1, "tables": [], "more": 1}, "more"),
    ],
)
def test_a_foreign_dump_is_refused(dumped, place):
    with pytest.raises(DataError, match=f"stored tables cannot be read, at {place}"):
        Tables.from_dump(dumped)


def test_names_that_meet_are_numbered():
    first, second = load({"a": [1]}), load({"a": [2]})
    both = Tables([*first.values(), *second.values()])
    assert list(both) == ["data", "data_2"]
    assert both["data_2"].name == "data_2"


def test_unknown_table_lists_the_others():
    with pytest.raises(DataError, match=r"there is no table 'cost'; the tables are: 'costs', 'demand'"):
        load(DATA).table("cost")


def test_no_tables():
    assert list(load(None)) == []
    assert load(None).describe() == "no tables"
