"""Every layout gives the same records, and whatever is wrong with an entry is named."""

import json
from pathlib import Path

import pytest

from benchmarks import datasets
from benchmarks.datasets.reading import MAX_ENTRY_BYTES
from benchmarks.errors import DatasetError

RAW = Path(__file__).resolve().parents[4] / "shared" / "data" / "raw"
DEV = RAW.parent / "dev"
needs_sets = pytest.mark.skipif(not RAW.exists(), reason=f"needs the public sets in {RAW}")


def write(path: Path, *rows: object, as_array: bool = False) -> Path:
    texts = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("[" + ",".join(texts) + "]" if as_array else "\n".join(texts) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("as_array", [False, True])
@pytest.mark.parametrize(
    "row",
    [
        {"en_question": "How many?", "en_answer": "5.0", "id": 7, "difficulty": "Easy"},
        {"question": "How many?", "index": 7, "type": "Easy", "results": {"Total": "5"}},
        {
            "task_id": "7",
            "description": "How many?",
            "formulation": "Set: ...",
            "ground_truth": 5.0,
            "type": "Easy",
        },
        {
            "id": "7",
            "description": "How many?",
            "solution": {"objective": 5, "variables": {}},
            "type": "Easy",
        },
        {"Question": "How many?", "Answer": "5", "id": "7", "problem_class": "['Easy']"},
    ],
)
def test_a_layout_is_known_by_its_fields(tmp_path: Path, row: dict[str, object], as_array: bool) -> None:
    (record,) = datasets.load("jsonl", write(tmp_path / "set.json", row, as_array=as_array))
    assert (record.id, record.question, record.answer, record.type) == ("7", "How many?", 5.0, "Easy")


def test_csv_with_a_byte_order_mark_and_line_breaks_in_cells(tmp_path: Path) -> None:
    path = tmp_path / "set.csv"
    path.write_text(
        '\ufeffproblem_class,question,answer\n"[""Diet""]","two\nlines",[18.0]\nx\n', encoding="utf-8"
    )
    found = datasets.load("optimind_optmath", path)
    assert [(r.question, r.answer, r.type) for r in found] == [("two\nlines", 18.0, "Diet")]
    assert [str(flaw) for flaw in found.flaws] == ["row 3: dropped: it has 1 cells, the header has 3"]


def test_folders_with_samples_and_folders_with_solutions(tmp_path: Path) -> None:
    for name in ("cover", "diet"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "description.txt").write_text(f"The {name} problem.")
    samples = [{"input": {"n": 1}, "output": [3]}, {"input": {"n": 2}, "output": ["Infeasible"]}]
    (tmp_path / "cover" / "sample.json").write_text(json.dumps(samples))
    (tmp_path / "diet" / "data.json").write_text('{"price": 2}')
    (tmp_path / "diet" / "solution.json").write_text('{"objective": 8}')
    found = datasets.load("complexor", tmp_path)
    assert [(r.id, r.answer) for r in found] == [("cover-1", 3.0), ("cover-2", "infeasible"), ("diet", 8.0)]
    assert found[2].question == 'The diet problem.\n\nData:\n{"price": 2}'


def test_nothing_that_is_wrong_is_dropped_in_silence(tmp_path: Path) -> None:
    path = write(
        tmp_path / "set.jsonl",
        {"id": "a", "question": "One?", "answer": 1},
        "{broken",
        {"id": "a", "question": "Two?", "answer": 2},
        {"id": "b", "question": "Three?"},
        {"id": "c", "question": "Four?", "answer": "many"},
        {"id": "d", "answer": 5},
        [1, 2],
        json.dumps({"id": "long", "question": "x" * MAX_ENTRY_BYTES, "answer": 1}),
        {"id": "e", "question": "Five?", "answer": [5, 6]},
    )
    found = datasets.load("jsonl", path)
    assert [record.id for record in found] == ["a", "a#2", "b", "c", "e"]
    assert found[4].accepted == (5.0, 6.0)
    kinds = [(flaw.kind, flaw.place, flaw.id) for flaw in found.flaws]
    assert kinds == [
        ("dropped", "line 2", ""),
        ("renamed", "line 3", "a#2"),
        ("unlabelled", "line 4", "b"),
        ("unlabelled", "line 5", "c"),
        ("dropped", "line 6", ""),
        ("dropped", "line 7", ""),
        ("dropped", "line 8", ""),
    ]
    assert "'many' is no number" in found.flaws[3].text
    assert "8,0" in found.flaws[6].text


def test_bytes_that_are_no_text_cost_their_line_only(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes(b'{"id": 1, "question": "\xff"}\n{"id": 2, "question": "q", "answer": 1}\n')
    found = datasets.load("jsonl", path)
    assert [record.id for record in found] == ["2"]
    assert "UTF-8" in found.flaws[0].text


@pytest.mark.parametrize("field", ["id", "question", "answer", "type"])
def test_half_a_sign_costs_its_entry_only(tmp_path: Path, field: str) -> None:
    fields = {"id": "b", "question": "Two?", "answer": "2", "type": "t"}
    path = write(
        tmp_path / "set.jsonl",
        {"id": "a", "question": "One \U0001f600?", "answer": 1},
        fields | {field: "\ud800"},
    )
    found = datasets.load("jsonl", path)
    assert [record.question for record in found] == ["One \U0001f600?"]
    assert [str(flaw) for flaw in found.flaws] == [
        r"line 2: dropped: it holds the lone surrogate '\ud800', which is no sign"
    ]


def test_data_files_are_relative_to_the_set(tmp_path: Path) -> None:
    path = write(tmp_path / "set.jsonl", {"id": "a", "question": "One?", "answer": 1, "data": ["t.csv"]})
    assert datasets.load("jsonl", path)[0].data == (tmp_path / "t.csv",)


def test_one_data_file_needs_no_list(tmp_path: Path) -> None:
    fields = {"id": "a", "question": "One?", "answer": 1, "data": "t.csv"}
    table = "id,question,answer,data\na,One?,1,t.csv\nb,Two?,2,\n"
    (tmp_path / "set.csv").write_text(table, encoding="utf-8")
    assert datasets.load("jsonl", write(tmp_path / "set.jsonl", fields))[0].data == (tmp_path / "t.csv",)
    found = datasets.load("jsonl", tmp_path / "set.csv")
    assert [record.data for record in found] == [(tmp_path / "t.csv",), ()]


@pytest.mark.parametrize(
    ("field", "value", "kind", "text"),
    [
        ("data", "5", "dropped", "the field data is 5, not the name of a file"),
        ("data", '["t.csv", 5]', "dropped", "not the name of a file"),
        ("data", '{"t.csv": 1}', "dropped", "not the name of a file"),
        ("answer", '"[{[]: 1}]"', "unlabelled", "is no list of answers"),
        ("answer", "[" * 700 + "1" + "]" * 700, "dropped", "nested too deep"),
    ],
)
def test_a_value_of_the_wrong_kind_costs_its_entry_only(
    tmp_path: Path, field: str, value: str, kind: str, text: str
) -> None:
    path = write(
        tmp_path / "set.jsonl",
        {"id": "a", "question": "One?", "answer": 1},
        f'{{"id": "b", "question": "Two?", "{field}": {value}}}',
    )
    (flaw,) = datasets.load("jsonl", path).flaws
    assert (flaw.kind, flaw.place) == (kind, "line 2")
    assert text in flaw.text


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x0c", "\x85", "\x1c"])
def test_only_line_breaks_end_the_rows_of_a_csv(tmp_path: Path, sign: str) -> None:
    path = tmp_path / "set.csv"
    path.write_text(f"id,question,answer\na,one{sign}two,2\n", encoding="utf-8")
    found = datasets.load("jsonl", path)
    assert ([record.question for record in found], found.flaws) == ([f"one{sign}two"], ())


@pytest.mark.parametrize(("name", "message"), [("nope", "known: starter"), ("nl4opt", "bench fetch nl4opt")])
def test_a_set_that_is_not_here_says_how_to_get_it(name: str, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        datasets.load(name)


def test_a_file_without_a_single_problem_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds no problem that can be read"):
        datasets.load("jsonl", write(tmp_path / "set.jsonl", {"id": 1}))


@needs_sets
@pytest.mark.parametrize(
    ("name", "file", "count"),
    [
        ("optibench", "OptiBench.json", 190),
        ("optmath", "OptMATH_Bench.json", 49),
        ("mamo_complex", "MAMO_ComplexLP.json", 58),
        ("nl4opt", "NL4OPT.json", 79),
        ("logior", "LogiOR.json", 25),
        ("optimind_industryor", "optimind_industryor.csv", 27),
        ("optimind_mamo_complex", "optimind_mamo_complex.csv", 59),
        ("optimind_optmath", "optimind_optmath.csv", 37),
    ],
)
def test_every_record_of_the_public_sets_is_read(name: str, file: str, count: int) -> None:
    found = datasets.load(name, RAW / file)
    assert (len(found), found.flaws) == (count, ())
    assert all(record.answer is not None for record in found)


@needs_sets
@pytest.mark.parametrize("path", sorted(DEV.glob("*.jsonl")), ids=lambda path: path.stem)
def test_every_record_in_plain_layout_is_read(path: Path) -> None:
    found = datasets.load(path.stem, path)
    assert len(found) == len(path.read_text(encoding="utf-8").splitlines())
    assert not found.flaws
