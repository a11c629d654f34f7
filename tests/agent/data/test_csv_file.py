import codecs

import pytest

from agent.data.csv_file import read_csv
from agent.errors import DataError


def read(text, encoding="utf-8"):
    content = text if isinstance(text, bytes) else text.encode(encoding)
    return read_csv(content, name="costs", label="costs.csv")


def cells(text, **options):
    return {column.title: list(column.cells) for column in read(text, **options).columns}


@pytest.mark.parametrize(
    ("content", "note"),
    [
        ("name,v\nKöln,1\n".encode(), ()),
        (codecs.BOM_UTF8 + "name,v\nKöln,1\n".encode(), ()),
        ("name,v\nKöln,1\n".encode("utf-16"), ()),
        (codecs.BOM_UTF16_BE + "name,v\nKöln,1\n".encode("utf-16-be"), ()),
        ("name,v\nKöln,1\n".encode("cp1252"), ("read as Windows-1252 text, since it is not UTF-8",)),
    ],
)
def test_encodings(content, note):
    table = read(content)
    assert {c.name: c.cells for c in table.columns} == {"name": ("Köln",), "v": (1,)}
    assert table.notes == note


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,x\n2,y\n",
        "a;b\n1;x\n2;y\n",
        "a\tb\n1\tx\n2\ty",
        "a|b\r\n1|x\r\n2|y\r\n",
        "a,b\r1,x\r2,y\r",
        "sep=;\na;b\n1;x\n2;y\n",
        '"a","b"\n"1","x"\n"2","y"\n',
        " a , b \n 1 , x \n 2 , y \n",
        "\n\na,b,,\n1,x,,\n\n2,y,,\n,,,\n\n",
    ],
)
def test_delimiters_quotes_and_blanks(text):
    assert cells(text) == {"a": [1, 2], "b": ["x", "y"]}


def test_quoted_cells_hold_delimiters_quotes_and_line_breaks():
    assert cells('a;b\n"x;y";"say ""hi"""\n"two\nlines";z\n') == {
        "a": ["x;y", "two\nlines"],
        "b": ['say "hi"', "z"],
    }


def test_the_delimiter_is_the_one_that_splits_evenly():
    assert cells("name;text\nA;x, y\nB;z\n") == {"name": ["A", "B"], "text": ["x, y", "z"]}
    assert cells("city;price (EUR, net)\nA;1,5\nB;2,5\n") == {
        "city": ["A", "B"],
        "price (EUR, net)": [1.5, 2.5],
    }
    assert cells("a,b;c\n1;2,5\n2;3,5\n") == {"a,b": [1, 2], "c": [2.5, 3.5]}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a;v\nx;1.234,5\ny;0,25\n", [1234.5, 0.25]),
        ("a;v\nx;1,5\ny;2\n", [1.5, 2.0]),
        ("a;v\nx;1.5\ny;2\n", [1.5, 2.0]),
        ('a,v\nx,"1,234.5"\ny,7\n', [1234.5, 7.0]),
        ("a,v\nx,1 234\ny,12 345 678\n", [1234, 12345678]),
        ("a,v\nx,1\u00a0234.5\ny,2\n", [1234.5, 2.0]),
        ("a,v\nx,1'234\ny,2\n", [1234, 2]),
        ("a,v\nx,-1\ny,+2\n", [-1, 2]),
        ("a,v\nx,1e3\ny,-2.5E-3\n", [1000.0, -0.0025]),
        ("a,v\nx,.5\ny,3.\n", [0.5, 3.0]),
        ("a,v\nx,35%\ny,0.7 %\n", [0.35, 0.007]),
        ("a;v\nx;12,5%\ny;3%\n", [0.125, 0.03]),
        ("a,v\nx,TRUE\ny,false\n", [True, False]),
        ("a,v\nx,\ny,4\n", [None, 4]),
        ("v\n1,5\n2,5\n", [1.5, 2.5]),
        ("v\n1,234\n2,345\n", [1234, 2345]),
    ],
)
def test_numbers(text, values):
    got = cells(text)["v"]
    assert got == values
    assert list(map(type, got)) == list(map(type, values))


@pytest.mark.parametrize(
    ("text", "values", "note"),
    [
        ('a,v\nx,"1,234"\n', [1234], "column 'v': '1,234' was read as 1234"),
        ("a;v\nx;1,234\n", [1.234], "column 'v': '1,234' was read as 1.234"),
        ("a;v\nx;1.234\n", [1234], "column 'v': '1.234' was read as 1234"),
        ("a,v\nx,1.234\n", [1.234], "column 'v': '1.234' was read as 1.234"),
    ],
)
def test_the_delimiter_decides_an_open_number_style_and_a_note_says_so(text, values, note):
    assert cells(text)["v"] == values
    assert read(text).notes == (note,)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a;v;w\nx;1.234;0.5\n", [1.234]),
        ("a;v;w\nx;1.234;0,5\n", [1234]),
        ("a\tv\tw\nx\t1,234\t0,5\n", [1.234]),
    ],
)
def test_another_column_decides_an_open_number_style(text, values):
    assert cells(text)["v"] == values
    assert read(text).notes == ()


@pytest.mark.parametrize(
    "cell", ["007", "1234567890123456", "2024-05-01", "1/2", "nan", "inf", "1_000", "١٢", "0x1F"]
)
def test_codes_dates_and_words_stay_text(cell):
    assert cells(f"a,v\nx,{cell}\n")["v"] == [cell]


def test_numbers_beyond_the_range_of_floats_are_refused():
    with pytest.raises(DataError, match=r"costs.csv, row 3, column 'v': inf is not a finite number"):
        read("a,v\nx,1\ny,1e999\n")


def test_rows_are_numbered_as_the_file_shows_them():
    table = read('\na,v\n"x\ny",1\n\nz,n/a\n')
    with pytest.raises(DataError, match=r"costs.csv, row 5, column 'v': 'n/a' is not a number"):
        table.lookup(["a"], "v")


def test_a_header_alone_is_a_table_without_rows():
    table = read("a,b\n")
    assert (table.rows, [c.kind for c in table.columns]) == (0, ["empty", "empty"])


@pytest.mark.parametrize("header", [",1,2,3", "plant,2023,2024", "plant,2024", "node,10,20,30", "from,7,3"])
def test_numbers_may_head_the_columns_of_a_wide_table(header):
    rows = "\n".join(f"{key}" + ",1" * header.count(",") for key in (3, 7))
    assert [c.label for c in read(f"{header}\n{rows}\n").columns] == header.split(",")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "costs.csv: the file is empty"),
        (" \n,,\n", "costs.csv: the file is empty"),
        ("1,2\n3,4\n", "costs.csv, row 1: '1' stands where a column name is expected"),
        ("bread,2.5\ncake,4\n", "costs.csv, row 1: '2.5' stands where a column name is expected"),
        ("\nA,10\nB,20\n", "costs.csv, row 2: '10' stands where a column name is expected"),
        ("a,b,a\n1,2,3\n", "costs.csv, row 1: columns 1 and 3 are both named 'a'"),
        ("a,b\n1,2\n3,4,5\n", "costs.csv, row 3: 3 cells, but the header has 2; the last one is '5'"),
        ("a,b,c\n1,2,3\n4\n", "costs.csv, row 3: 1 cells, but the header has 3"),
        ("Report 2024\na,b\nx,2\ny,4\n", "costs.csv, row 2: 2 cells, but the header has 1.*remove titles"),
        ('a,b\n1,2\n"x,3\n', "costs.csv, row 3: the quotes do not close properly"),
        ('a,b\n1,"x"y\n', "costs.csv, row 2: the quotes do not close properly"),
        ("a,b\n1.5,x\n1\0,y\n", "costs.csv, row 3: a NUL byte"),
        (b"a,b\n\x81\xff,1\n", "costs.csv, row 2: the bytes are not text"),
        (codecs.BOM_UTF16_LE + b"a\x00\x00\xdc", "costs.csv, row 1: the bytes are not text"),
        (
            "a;v\nx;1.5\ny;3\nz;2,5\n",
            "row 4, column 'v': '2,5' has a decimal comma, but row 2 .'1.5'. has a decimal point",
        ),
    ],
)
def test_malformed_files_name_the_place(text, message):
    with pytest.raises(DataError, match=message):
        read(text)


def test_a_mixture_of_styles_among_words_is_text_until_used():
    table = read("a;v\nx;1.5\ny;n/a\nz;2,5\n")
    with pytest.raises(DataError, match=r"row 3, column 'v': 'n/a' is not a number"):
        table.lookup(["a"], "v")


def test_too_many_cells_are_refused(monkeypatch):
    monkeypatch.setattr("agent.data.files.MAX_CELLS", 10)
    with pytest.raises(DataError, match=r"costs.csv: more than 10 cells"):
        read("a,b\n" + "1,2\n" * 10)


def test_a_hundred_thousand_rows():
    rows = 100_000
    text = "plant,market,cost,id\n" + "".join(f"P{i % 300},M{i // 300},{i / 8},{i}\n" for i in range(rows))
    table = read(text)
    assert table.rows == rows
    lookup = table.lookup(["plant", "market"], "cost")
    assert len(lookup) == rows
    assert lookup["P99", "M333"] == 99_999 / 8
    assert len(table.elements(["plant"])) == 300


def test_long_headers_and_cells_are_cut_in_messages():
    table = read(f"a,{'h' * 500}\nx,{'c' * 500}\n")
    with pytest.raises(DataError) as caught:
        table.lookup(["a"], table.columns[1].name)
    assert len(str(caught.value)) < 200
