import subprocess
import sys
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from agent.data import load
from agent.errors import DataError


def cells(table):
    return {column.title: list(column.cells) for column in table.columns}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "costs.csv").write_text("plant,cost\nA,1\n")
    (tmp_path / "caps.TSV").write_text("plant\tcap\nA\t5\n")
    (tmp_path / "more.json").write_text('{"demand": [1, 2]}')
    (tmp_path / "log.jsonl").write_text('{"t": 1}\n')
    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.active.append([1])
    book.save(tmp_path / "plan.xlsx")
    return tmp_path


def test_files_of_every_kind(folder):
    names = ["costs.csv", "caps.TSV", "more.json", "log.jsonl", "plan.xlsx"]
    tables = load([folder / name for name in names])
    assert list(tables) == ["costs", "caps", "more", "log", "plan"]
    assert [t.label for t in tables.values()] == [*names[:4], "plan.xlsx, sheet 'Sheet'"]
    assert load(str(folder / "costs.csv")) == load(folder / "costs.csv")


def test_files_of_one_name_are_numbered_and_told_apart(folder):
    (folder / "old").mkdir()
    (folder / "old" / "costs.csv").write_text("plant,cost\nA,n/a\n")
    tables = load([folder / "costs.csv", folder / "old" / "costs.csv"])
    assert list(tables) == ["costs", "costs_2"]
    with pytest.raises(DataError, match=r"old/costs.csv, row 2, column 'cost': 'n/a' is not a number"):
        tables["costs_2"].lookup(["plant"], "cost")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "a.parquet",
            b"PAR1",
            r"a.parquet: the ending '.parquet' is not supported; supported are CSV \(.csv",
        ),
        ("data", b"a,b", "data: the ending '' is not supported"),
        ("old.xls", b"\xd0\xcf\x11\xe0", "old.xls: .xls workbooks are not read; save it as .xlsx"),
        ("a.csv", b"", "a.csv: the file is empty"),
        ("a.xlsx", b"a,b\n1,2\n", "a.xlsx: is named like an Excel workbook, but is none"),
        ("a.csv", b"PK\x03\x04....", "a.csv: is named like text, but holds a workbook or archive"),
        ("a.json", b"PK\x03\x04....", "a.json: is named like text, but holds a workbook or archive"),
        ("a.csv", b"%PDF-1.7", "a.csv: holds a PDF document"),
        ("a.csv", b"\x1f\x8b\x08", "a.csv: holds a gzip archive"),
        ("a.csv", b"a\n" + b"1\n" * 60, "a.csv: larger than the limit of 100 bytes"),
    ],
)
def test_foreign_files_are_refused(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        load(tmp_path / name, max_bytes=100)


def test_missing_files_and_folders_are_named(tmp_path):
    with pytest.raises(DataError, match=r"nowhere.csv: does not exist"):
        load(tmp_path / "nowhere.csv")
    with pytest.raises(DataError, match=r"is no file; name a file"):
        load(tmp_path)


def test_tables_and_nothing_pass_through():
    tables = load({"a": [1]})
    assert load(tables) is tables
    assert len(load(None)) == 0


def test_python_values():
    tables = load({
        "cost": {("A", "x"): 1.5, ("B", "y"): 2},
        "demand": {1: 10, 2: 20},
        "names": np.array(["u", "v"]),
        "grid": [{"v": np.float64(1.5), "n": np.int64(3)}],
    })  # fmt: skip
    assert {name: cells(table) for name, table in tables.items()} == {
        "cost": {"key_1": ["A", "B"], "key_2": ["x", "y"], "value": [1.5, 2]},
        "demand": {"key": [1, 2], "value": [10, 20]},
        "names": {"names": ["u", "v"]},
        "grid": {"v": [1.5], "n": [3]},
    }
    assert tables["cost"].lookup(["key_1", "key_2"], "value") == {("A", "x"): 1.5, ("B", "y"): 2.0}


def test_inputs_are_not_changed():
    data = {"a": [1, " x "], "b": [None, 2]}
    load(data)
    assert data == {"a": [1, " x "], "b": [None, 2]}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (5, "data: holds 5; a table is"),
        ([], "data: is an empty list"),
        ({}, "data: is empty"),
        (object(), "data: holds a value of type object"),
        ({"a": {(1, 2): 3, 4: 5}}, "data, 'a': its keys are of different lengths"),
        ({1: [1], "1": [2]}, "data: two columns are named '1'"),
        ({"a": [1, {2}]}, "data, 'a', item 2: a value of type set among"),
        ([{"a": {1}}], "data, item 1, column 'a': holds a value of type set"),
        ({"a": [float("nan"), 1.0]}, "data, item 1, column 'a': nan is not a finite number"),
    ],
)
def test_unusable_values_are_named(data, message):
    with pytest.raises(DataError, match=message):
        load(data)


def test_frames():
    frame = pd.DataFrame({
        "name (x)": ["A", None],
        "v (t)": [1.5, float("nan")],
        "n": pd.array([1, None], dtype="Int64"),
        "day": pd.to_datetime(["2024-01-01 00:00", "2024-01-02 10:00"]),
        "kind": pd.Categorical(["u", "v"]),
        "ok": [True, False],
    })  # fmt: skip
    table = load(frame)["data"]
    assert cells(table) == {
        "name (x)": ["A", None],
        "v (t)": [1.5, None],
        "n": [1, None],
        "day": ["2024-01-01", "2024-01-02T10:00:00"],
        "kind": ["u", "v"],
        "ok": [True, False],
    }
    assert table.column("v").unit == "t"
    with pytest.raises(DataError, match=r"data, row 2, column 'v \(t\)': the cell is empty"):
        table.lookup(["day"], "v")


def test_a_named_or_labelled_index_becomes_columns():
    index = pd.MultiIndex.from_tuples([("A", "x"), ("B", "y")], names=["plant", "market"])
    tables = load({
        "cost": pd.DataFrame({"v": [1, 2]}, index=index),
        "demand": pd.Series([3, 4], index=["x", "y"], name="demand"),
        "plain": pd.Series([3, 4]),
        "cap": {"A": 5},
    })  # fmt: skip
    assert {name: cells(table) for name, table in tables.items()} == {
        "cost": {"plant": ["A", "B"], "market": ["x", "y"], "v": [1, 2]},
        "demand": {"index": ["x", "y"], "demand": [3, 4]},
        "plain": {"value": [3, 4]},
        "cap": {"key": ["A"], "value": [5]},
    }


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "data: two columns are named 'a'"),
        (pd.DataFrame({"a": [[1]]}), "data, row 1, column 'a': .* is a list"),
        (pd.DataFrame({"a": [1.0, float("inf")]}), "data, row 2, column 'a': inf is not a finite number"),
        (pd.DataFrame({"a": [1]}, index=pd.Index(["x"], name="a")), "data: the index cannot become a column"),
    ],
)
def test_unusable_frames_are_refused(frame, message):
    with pytest.raises(DataError, match=message):
        load(frame)


def test_importing_the_package_loads_no_heavy_library():
    heavy = "{'numpy', 'pandas', 'openpyxl', 'pyomo'}"
    code = f"import sys, agent.data as d; d.load({{'a': [1]}}); print({heavy} & set(sys.modules))"
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
