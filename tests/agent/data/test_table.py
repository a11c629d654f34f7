import math

import pytest

from agent.data.build import build
from agent.data.table import Origin
from agent.errors import DataError


def table(labels, *columns, rows=None, label="costs.csv"):
    count = len(columns[0])
    return build("costs", Origin(label, rows or range(2, count + 2)), labels, columns)


COSTS = table(["plant", "market", "Cost (EUR/t)"], ["A", "A", "B"], ["x", "y", "x"], [1, 2.5, 3])


def test_headers_give_names_and_units():
    assert [(c.name, c.label, c.unit, c.kind) for c in COSTS.columns] == [
        ("plant", "plant", None, "text"),
        ("market", "market", None, "text"),
        ("Cost", "Cost (EUR/t)", "EUR/t", "number"),
    ]


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (["Cost (EUR)", "Cost (USD)"], ["Cost_EUR", "Cost_USD"]),
        (["a b", "a-b", "a_b_2"], ["a_b", "a_b_3", "a_b_2"]),
        (["", "2024", "class", "Größe", "?"], ["column_1", "n2024", "class_", "Größe", "column_5"]),
        (["x" * 200, "ﬁle", "a\u0308"], ["x" * 60, "file", "ä"]),
    ],
)
def test_names_are_identifiers_and_differ(labels, names):
    assert [c.name for c in table(labels, *([1] for _ in labels)).columns] == names


@pytest.mark.parametrize(
    ("cells", "kind", "kept"),
    [
        ([1, None, 3], "integer", (1, None, 3)),
        ([1, 2.5], "number", (1, 2.5)),
        ([True, None], "boolean", (True, None)),
        ([" a ", "", "  "], "text", ("a", None, None)),
        ([12, "n/a", 1.5, True], "text", ("12", "n/a", "1.5", "true")),
        ([5, " "], "integer", (5, None)),
        ([None, ""], "empty", (None, None)),
        ([], "empty", ()),
    ],
)
def test_kind_holds_for_every_cell(cells, kind, kept):
    column = table(["c"], cells).columns[0]
    assert (column.kind, column.cells) == (kind, kept)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([1, math.inf], "costs.csv, row 3, column 'c': inf is not a finite number"),
        ([math.nan], "costs.csv, row 2, column 'c': nan is not a finite number"),
        ([1, 2**53 + 1], "row 3, column 'c': 9007199254740993 is too long"),
        ([10**5000], "row 2, column 'c': an integer of thousands of digits"),
        (["ok", "a\ud800"], "row 3, column 'c': 'a\\\\ud800' is not valid Unicode"),
    ],
)
def test_unusable_cells_are_named(cells, message):
    with pytest.raises(DataError, match=message):
        table(["c"], cells)


def test_lookup_by_one_key_several_keys_and_none():
    assert COSTS.lookup(["plant", "market"], "Cost") == {("A", "x"): 1.0, ("A", "y"): 2.5, ("B", "x"): 3.0}
    assert table(["k", "v"], [7, 8], [1, 2]).lookup(["k"], "v") == {7: 1.0, 8: 2.0}
    assert table(["v"], [4]).lookup([], "v") == {(): 4.0}
    assert table(["k", "v"], ["a", "b"], [True, False]).lookup(["k"], "v") == {"a": 1.0, "b": 0.0}


def test_lookup_gives_floats():
    assert {type(value) for value in table(["k", "v"], [1, 2], [1, 2]).lookup(["k"], "v").values()} == {float}


def test_a_header_as_written_serves_as_column_name():
    assert COSTS.column("Cost (EUR/t)") is COSTS.column("Cost")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ((["a", "b"], [1, None]), r"costs.csv, row 3, column 'v': the cell is empty, but a number is needed"),
        ((["a", None], [1, 2]), r"costs.csv, row 3, column 'k': the cell is empty, but a key is needed"),
        ((["a", "b"], ["1", "n/a"]), r"costs.csv, row 3, column 'v': 'n/a' is not a number"),
        ((["a", "b"], ["007", "8"]), r"costs.csv, row 2, column 'v': '007' reads like a code"),
        ((["a", "b"], ["1", "2"]), r"costs.csv, row 2, column 'v': '1' is text, not a number"),
        ((["a", "b", "a"], [1, 2, 3]), r"costs.csv, rows 2 and 4: the key 'a' stands twice under 'k'"),
    ],
)
def test_lookup_names_the_place_of_the_fault(columns, message):
    with pytest.raises(DataError, match=message):
        table(["k", "v"], *columns).lookup(["k"], "v")


def test_a_pair_that_stands_twice_names_both_rows_as_the_source_counts_them():
    twice = table(["p", "m", "v"], ["A", "B", "A"], ["x", "x", "x"], [1, 2, 3], rows=(2, 5, 9))
    with pytest.raises(DataError, match=r"rows 2 and 9: the key \('A', 'x'\) stands twice under 'p', 'm'"):
        twice.lookup(["p", "m"], "v")


def test_a_scalar_needs_a_single_row():
    with pytest.raises(DataError, match=r"rows 2 and 3: the key \(\) stands twice"):
        table(["v"], [1, 2]).lookup([], "v")


def test_unknown_column_offers_near_names():
    with pytest.raises(
        DataError, match=r"table 'costs' \(costs.csv\) has no column 'plants'; did you mean 'plant'"
    ):
        COSTS.column("plants")
    with pytest.raises(DataError, match=r"its columns are 'plant', 'market', 'Cost'"):
        COSTS.elements(["zzz"])


def test_elements_are_distinct_in_order_of_appearance():
    assert COSTS.elements(["plant"]) == ["A", "B"]
    assert COSTS.elements(["market", "plant"]) == [("x", "A"), ("y", "A"), ("x", "B")]


def test_matrix_maps_row_and_header_and_leaves_out_blanks():
    wide = table(["from", "x", "y"], ["A", "B"], [1, 2], [None, 4])
    assert wide.matrix("from") == {("A", "x"): 1.0, ("B", "x"): 2.0, ("B", "y"): 4.0}
    assert wide.header_keys("from") == ["x", "y"]


def test_matrix_headers_that_are_whole_numbers_are_keys_of_that_kind():
    wide = table(["", "1", "2"], [1, 2], [0, 5], [5, 0])
    assert wide.matrix("column_1") == {(1, 1): 0.0, (1, 2): 5.0, (2, 1): 5.0, (2, 2): 0.0}
    assert wide.header_keys("column_1") == wide.elements(["column_1"])


def test_matrix_refuses_a_row_key_that_stands_twice_and_text():
    with pytest.raises(DataError, match=r"rows 2 and 3: the key 'A' stands twice"):
        table(["from", "x"], ["A", "A"], [1, 2]).matrix("from")
    with pytest.raises(DataError, match=r"row 3, column 'x': 'far' is not a number"):
        table(["from", "x"], ["A", "B"], [1, "far"]).matrix("from")


def test_matrix_of_a_table_without_other_columns_is_empty():
    assert table(["from"], ["A"]).matrix("from") == {}
