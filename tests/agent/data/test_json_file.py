import json

import pytest

from agent.data.json_file import read_json, read_json_lines
from agent.errors import DataError


def read(text):
    content = text if isinstance(text, bytes) else text.encode()
    return read_json(content, name="data", label="data.json")


def tables(value):
    return {table.name: {c.title: list(c.cells) for c in table.columns} for table in read(json.dumps(value))}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([{"a": 1, "b": "x"}, {"b": "y", "c": True}], {"a": [1, None], "b": ["x", "y"], "c": [None, True]}),
        ({"a": [1, 2], "b": ["x", None]}, {"a": [1, 2], "b": ["x", None]}),
        ({"A": 3, "B": 4.5}, {"key": ["A", "B"], "value": [3, 4.5]}),
        ([["a", "b"], [1, "x"], [2, "y"]], {"a": [1, 2], "b": ["x", "y"]}),
        (["x", "y"], {"data": ["x", "y"]}),
        (
            {"p": {"cost": 1, "cap": 2}, "q": {"cost": 3, "cap": 4}},
            {"key": ["p", "q"], "cost": [1, 3], "cap": [2, 4]},
        ),
        ({"p": {"key": 1}, "q": {"key": 3}}, {"outer_key": ["p", "q"], "key": [1, 3]}),
    ],
)
def test_one_table(value, expected):
    assert tables(value) == {"data": expected}


def test_several_tables():
    value = {
        "plants": [{"name": "A", "cap": 5}],
        "demand": {"x": 3},
        "cost": {"A": {"x": 1, "y": 2}, "B": {"x": 3, "y": 4}},
        "days": ["mon", "tue"],
        "budget": 100,
        "currency": "EUR",
    }
    assert tables(value) == {
        "plants": {"name": ["A"], "cap": [5]},
        "demand": {"key": ["x"], "value": [3]},
        "cost": {"key": ["A", "B"], "x": [1, 3], "y": [2, 4]},
        "days": {"days": ["mon", "tue"]},
        "values": {"key": ["budget", "currency"], "value": ["100", "EUR"]},
    }


def test_mappings_without_common_keys_and_lists_of_different_length_are_tables_of_their_own():
    assert list(tables({"demand": {"x": 3, "y": 4}, "supply": {"p": 5}})) == ["demand", "supply"]
    assert tables({"plants": ["p"], "markets": ["x", "y"]}) == {
        "plants": {"plants": ["p"]},
        "markets": {"markets": ["x", "y"]},
    }


def test_sparse_nested_numbers_are_rows_of_two_keys():
    arcs = {"arcs": {"a": {"b": 3}, "b": {"c": 4}, "c": {"a": 1}}, "n": 3}
    assert tables(arcs)["arcs"] == {"key_1": ["a", "b", "c"], "key_2": ["b", "c", "a"], "value": [3, 4, 1]}


def test_labels_and_rows_are_named_as_in_the_file():
    table = read('{"n": 1, "costs": [{"a": "x", "v": 1}, {"a": "y", "v": "?"}]}')[0]
    with pytest.raises(DataError, match=r"data.json, 'costs', item 2, column 'v': '\?' is not a number"):
        table.lookup(["a"], "v")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "data.json: the file is empty"),
        ("{}", "data.json: is empty"),
        ("[]", "data.json: is an empty list"),
        ('{"a": []}x', "data.json, line 1, column 10: this is not JSON"),
        ('{"a":\n [1,\n}', "data.json, line 3, column 1: this is not JSON"),
        ("5", "data.json: holds 5; a table is"),
        ('[{"v": 1}, {"v": NaN}]', "data.json, item 2, 'v': NaN is not a number"),
        ('{"c": {"v": [1, -Infinity]}}', "data.json, 'c', 'v', item 2: -Infinity is not a number"),
        ('{"v": [1, 1e999]}', "data.json, item 2, column 'v': inf is not a finite number"),
        ('{"a": 1, "b": 2, "a": 3}', "data.json: the key 'a' stands twice"),
        ('[{"r": 1}, {"r": {"a": 1, "a": 2}}]', "data.json, item 2, 'r': the key 'a' stands twice"),
        ('{"v": [' + "9" * 5000 + "]}", "data.json, 'v', item 1: a number of 5,000 digits"),
        ('{"v": [12345678901234567890]}', "data.json, item 1, column 'v': 12345678901234567890 is too long"),
        ("[" * 100_000, "data.json: the values are nested too deeply"),
        ("[" * 500 + "]" * 500, "data.json"),
        ('[{"v": [1]}, {"v": 1}]', "data.json, item 1, column 'v': holds a list"),
        ('[{"v": 1}, [1]]', "data.json, item 2: a list among items of another shape"),
        ("[[1, 2], [3, 4]]", "data.json, item 1: the first list must hold the column names"),
        ('[["a", "b"], [3]]', "data.json, item 2: 1 cells, but the header has 2"),
        ('[["a", "a"], [3, 4]]', "data.json, item 1: columns 1 and 2 are both named 'a'"),
        ('{"a": {"b": {"c": {"d": 1}}}}', "data.json, 'a': mixes shapes"),
        (r'{"v": ["\ud800"]}', r"data.json, item 1, column 'v': '\\ud800' is not valid Unicode"),
        (b'{"v": ["\xff\xfe"]}', "data.json, line 1: the bytes are not UTF-8 text"),
    ],
)
def test_malformed_files_name_the_place(text, message):
    with pytest.raises(DataError, match=message):
        read(text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings(encoding):
    (table,) = read('{"v": ["ä"]}'.encode(encoding))
    assert table.columns[0].cells == ("ä",)


def lines(text):
    return read_json_lines(text.encode(), name="data", label="data.jsonl")


def test_json_lines():
    table = lines('{"a": 1, "b": "x"}\r\n\n{"a": 2, "b": 3}\n')
    assert {c.name: c.cells for c in table.columns} == {"a": (1, 2), "b": ("x", "3")}
    with pytest.raises(DataError, match=r"data.jsonl, line 1, column 'b': 'x' is not a number"):
        table.lookup(["a"], "b")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n \n", "data.jsonl: the file is empty"),
        ('{"a": 1}\n{"a": \n', "data.jsonl, line 2, column 7: this is not JSON"),
        ('{"a": 1}\n[1]\n', "data.jsonl, line 2: every line must hold one object"),
        ('{"a": 1}\n{"a": NaN}\n', "data.jsonl, line 2, 'a': NaN is not a number"),
        ('{"a": 1}\n\n{"a": {}}\n', "data.jsonl, line 3, column 'a': holds an object"),
        ('{"a": 1}\n' + "[" * 100_000, "data.jsonl, line 2: the values are nested too deeply"),
    ],
)
def test_malformed_lines_name_the_line(text, message):
    with pytest.raises(DataError, match=message):
        lines(text)
