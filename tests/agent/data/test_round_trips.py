"""Random tables, written in many dialects and read back, hold the same values."""

import csv
import io
import json

import openpyxl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.data import load
from agent.data.csv_file import read_csv
from agent.data.json_file import read_json
from agent.data.number_style import is_number
from agent.data.xlsx_file import read_xlsx

quick = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])

letters = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\x85")
words = st.text(letters, min_size=1, max_size=12).map(str.strip).filter(
    lambda text: text and text[0] != "=" and not is_number(text) and text.lower() not in ("true", "false")
)  # fmt: skip
integers = st.integers(-(10**12), 10**12)
floats = st.integers(-(10**9), 10**9).map(lambda n: (2 * n + 1) / 10_000)


def column_of(cells, rows):
    return st.lists(st.none() | cells, min_size=rows, max_size=rows)


@st.composite
def tables(draw):
    rows = draw(st.integers(1, 8))
    keys = [f"k{i} x" for i in range(rows)]
    kinds = draw(st.lists(st.sampled_from([words, integers, floats]), min_size=1, max_size=4))
    columns = {f"c{i}": draw(column_of(kind, rows)) for i, kind in enumerate(kinds)}
    return {"key": keys, **columns}


def read_back(table):
    return {column.label: list(column.cells) for column in table.columns}


def written(cell, decimal, thousands):
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    text = f"{cell:,.4f}" if isinstance(cell, float) else f"{cell:,}"
    return text.translate({ord(","): thousands, ord("."): decimal})


dialects = st.sampled_from([
    (",", ".", "", csv.QUOTE_MINIMAL, "utf-8"),
    (",", ".", ",", csv.QUOTE_ALL, "utf-8-sig"),
    (",", ",", ".", csv.QUOTE_ALL, "utf-16"),
    (";", ",", ".", csv.QUOTE_MINIMAL, "utf-8"),
    (";", ",", " ", csv.QUOTE_NONNUMERIC, "utf-8-sig"),
    ("\t", ".", "'", csv.QUOTE_MINIMAL, "utf-8"),
    ("|", ",", "\u00a0", csv.QUOTE_MINIMAL, "utf-8"),
])  # fmt: skip


@quick
@given(tables(), dialects)
def test_csv(table, dialect):
    delimiter, decimal, thousands, quoting, encoding = dialect
    # One sure witness of the style: without it a lone "1,234" is open by nature.
    table = {**table, "witness": [0.5] * len(table["key"])}
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting)
    writer.writerow(table)
    writer.writerows(
        [written(cell, decimal, thousands) for cell in row] for row in zip(*table.values(), strict=True)
    )
    assert read_back(read_csv(text.getvalue().encode(encoding), name="t", label="t.csv")) == table


@quick
@given(tables())
def test_json(table):
    by_column = read_json(json.dumps(table).encode(), name="t", label="t.json")[0]
    rows = [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
    by_row = read_json(json.dumps(rows, ensure_ascii=False).encode(), name="t", label="t.json")[0]
    assert read_back(by_column) == read_back(by_row) == table


@settings(quick, max_examples=25)
@given(tables())
def test_xlsx(table):
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("s")
    sheet.append(list(table))
    for row in zip(*table.values(), strict=True):
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    assert read_back(read_xlsx(content.getvalue(), name="t", label="t.xlsx")[0]) == table


@quick
@given(tables())
def test_disk(tmp_path_factory, table):
    folder = tmp_path_factory.mktemp("tables")
    tables_ = load(table)
    assert type(tables_).load(folder, tables_.save(folder)).dump() == tables_.dump()


@quick
@given(tables(), st.integers(50, 3000))
def test_descriptions_stay_within_the_limit(table, limit):
    assert len(load(table).describe(limit)) <= limit
