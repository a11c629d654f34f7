import io
import warnings
import zipfile
from datetime import date, datetime, time, timedelta

import openpyxl
import pytest

from agent.data.xlsx_file import read_xlsx
from agent.errors import DataError


def workbook(**sheets):
    """The bytes of a workbook: lists of rows by sheet title."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    return saved(book)


def saved(book):
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def patched(content, part, old, new):
    """The workbook with a text replaced in one of its parts."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(result, "w") as target:
        for name in source.namelist():
            text = source.read(name)
            if name == part:
                assert old in text
                text = text.replace(old, new)
            target.writestr(name, text)
    return result.getvalue()


def read(content):
    return read_xlsx(content, name="plan", label="plan.xlsx")


def cells(table):
    return {column.title: list(column.cells) for column in table.columns}


def test_every_sheet_with_content_is_a_table():
    tables = read(workbook(Costs=[["a", "b"], [1, "x"]], empty=[], **{"Day 1": [["v (t)"], [2.5]]}))
    assert [(t.name, t.label) for t in tables] == [
        ("plan_Costs", "plan.xlsx, sheet 'Costs'"),
        ("plan_Day_1", "plan.xlsx, sheet 'Day 1'"),
    ]
    assert cells(tables[0]) == {"a": [1], "b": ["x"]}
    assert tables[1].columns[0].unit == "t"


def test_a_single_sheet_takes_the_name_of_the_file():
    assert [t.name for t in read(workbook(Costs=[["a"], [1]]))] == ["plan"]


def test_dates_and_times_are_iso_text():
    moments = [date(2024, 5, 1), datetime(2024, 5, 1, 8, 30), time(8, 30), timedelta(hours=30)]
    (table,) = read(workbook(s=[["d", "m", "t", "span"], moments]))
    assert [c.cells[0] for c in table.columns] == [
        "2024-05-01",
        "2024-05-01T08:30:00",
        "08:30:00",
        "1 day, 6:00:00",
    ]


def test_blank_rows_and_columns_are_left_out_and_rows_keep_their_numbers():
    rows = [[], [None, "a", None, "b"], [], [None, 1, None, 2], [None, " "], [None, 3, None, "n/a"]]
    (table,) = read(workbook(s=rows))
    assert cells(table) == {"a": [1, 3], "b": ["2", "n/a"]}
    with pytest.raises(DataError, match=r"plan.xlsx, sheet 's', row 6, column 'b': 'n/a' is not a number"):
        table.lookup(["a"], "b")


def test_a_title_above_the_header_is_left_out_with_a_note():
    (table,) = read(workbook(s=[["Costs of 2024"], [], ["plant", "cost"], ["A", 1]]))
    assert cells(table) == {"plant": ["A"], "cost": [1]}
    assert table.notes == ("row 1 was left out as a title",)


def test_texts_without_numbers_below_keep_their_first_row_as_header():
    (table,) = read(workbook(s=[["plant"], ["A", "x"], ["B", "y"]]))
    assert cells(table) == {"plant": ["A", "B"], "column_2": ["x", "y"]}


def test_a_header_of_merged_cells_is_joined():
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [["plant", "Cost", None], [None, "A (t)", "B"], ["p", 1, 2.5], ["q", 3, 4]]:
        sheet.append(row)
    sheet.merge_cells("A1:A2")
    sheet.merge_cells("B1:C1")
    (table,) = read(saved(book))
    assert cells(table) == {"plant": ["p", "q"], "Cost A (t)": [1, 3], "Cost B": [2.5, 4]}


def test_a_wide_table_with_numbers_as_headers():
    (table,) = read(workbook(s=[[None, 2023, 2024.0], ["A", 1, 2]]))
    assert table.matrix("column_1") == {("A", 2023): 1.0, ("A", 2024): 2.0}


def test_stored_results_of_formulas_are_read_and_empty_text_is_missing():
    content = workbook(s=[["a", "b", "c"], [1, "=A2*2", '=IF(A2>0,"",1)']])
    part = "xl/worksheets/sheet1.xml"
    content = patched(content, part, b"<f>A2*2</f><v />", b"<f>A2*2</f><v>2</v>")
    content = patched(content, part, b'<c r="C2">', b'<c r="C2" t="str">')
    assert cells(read(content)[0]) == {"a": [1], "b": [2], "c": [None]}


def test_a_formula_without_result_is_named():
    with pytest.raises(DataError, match=r"plan.xlsx, sheet 't', cell B3: the formula has no stored result"):
        read(workbook(s=[["x"], [1]], t=[["a", "b"], [1, 2], [3, "=A3*2"]]))


def test_a_wrong_stored_size_does_not_hide_cells():
    content = patched(workbook(s=[["a", "b"], [1, 2]]), "xl/worksheets/sheet1.xml", b"A1:B2", b"A1:A1")
    assert cells(read(content)[0]) == {"a": [1], "b": [2]}


def test_no_warning_of_the_reader_comes_through():
    content = workbook(s=[["a"], [date(2024, 1, 1)]])
    content = patched(content, "xl/worksheets/sheet1.xml", b"<v>45292</v>", b"<v>99999999999</v>")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cells(read(content)[0]) == {"a": ["#VALUE!"]}


def zipped(**parts):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return content.getvalue()


ONE = workbook(s=[["a"], [1]])
SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (workbook(s=[]), "plan.xlsx: the workbook is empty"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "plan.xlsx: this is the old Excel format; save it as .xlsx"),
        (
            b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"),
            "plan.xlsx: the workbook is protected by a password",
        ),
        (b"PK\x03\x04 and no more", "plan.xlsx: the file is damaged"),
        (ONE[:-30], "plan.xlsx: the file is damaged"),
        (
            zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet"),
            "plan.xlsx: the archive holds no Excel",
        ),
        (
            zipped(bomb=b"\0" * 20_000_000),
            "plan.xlsx: unpacks to 20,000,000 bytes, more than the limit of 10,000,000",
        ),
        (patched(ONE, SHEET, b"</sheetData>", b""), "plan.xlsx: cannot be read as an Excel workbook"),
        (patched(ONE, SHEET, b"<v>1</v>", b"<v>one</v>"), "plan.xlsx: cannot be read as an Excel workbook"),
        (patched(ONE, SHEET, b'r="2"', b'r="99999999999"'), "plan.xlsx, sheet 's': more than 1,048,576 rows"),
        (
            workbook(s=[[1, 2], [3, 4]]),
            "plan.xlsx, sheet 's', row 1: '1' stands where a column name is expected",
        ),
        (workbook(s=[["a", "a"], [3, 4]]), "plan.xlsx, sheet 's', row 1: columns 1 and 2 are both named 'a'"),
    ],
)
def test_unusable_workbooks_are_refused(content, message):
    with pytest.raises(DataError, match=message):
        read(content)


def test_cells_far_out_count_as_all_the_blanks_before_them(monkeypatch):
    monkeypatch.setattr("agent.data.files.MAX_CELLS", 1000)
    with pytest.raises(DataError, match=r"plan.xlsx, sheet 's': more than 1,000 cells"):
        read(patched(ONE, SHEET, b'r="A2"', b'r="XFD2"'))


def test_entities_cannot_expand_without_end():
    levels = "".join(f'<!ENTITY e{i + 1} "{f"&e{i};" * 10}">' for i in range(9))
    doctype = f'<!DOCTYPE w [<!ENTITY e0 "lol">{levels}]>'.encode()
    content = patched(ONE, SHEET, b"<worksheet", doctype + b"<worksheet")
    with pytest.raises(DataError, match=r"plan.xlsx: "):
        read(patched(content, SHEET, b"<v>1</v>", b"<v>&e9;</v>"))
