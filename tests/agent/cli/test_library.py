"""``optwright library`` on the command line."""

import json
from pathlib import Path

import pytest
from insights import conservation, setup_costs

from library.exchange import Contents, Format, dumps
from library.insight import Status


@pytest.fixture(autouse=True)
def url(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """An empty library of the test's own."""
    found = f"sqlite:///{tmp_path}/library.db"
    monkeypatch.setenv("OPTWRIGHT_LIBRARY_URL", found)
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two active insights and a retired one."""
    path = tmp_path / "insights.json"
    insights = (setup_costs(id="i-a"), conservation(id="i-b"), setup_costs(id="i-c", status=Status.RETIRED))
    path.write_text(dumps(Contents(insights), Format.JSON))
    return path


def test_what_is_imported_is_listed_found_and_shown(run, file):
    assert "3 insights imported" in run("library", "import", str(file)).stdout
    listed = json.loads(run("library", "list", "--json").stdout)
    assert [one["id"] for one in listed] == ["i-a", "i-b", "i-c"]
    assert "i-c" in run("library", "list", "--status", "retired").stdout
    assert run("library", "search", "pipes of a network").stdout.startswith("i-b")
    assert json.loads(run("library", "search", "pipes", "--json").stdout)[0]["insight"]["id"] == "i-b"
    assert "At each junction" in run("library", "show", "i-b").stdout
    counted = json.loads(run("library", "stats", "--json").stdout)
    assert counted["formulation active"] == 2 and counted["labels"] == 2


def test_an_insight_is_added_edited_compared_and_rolled_back(run):
    added = run(
        *("library", "add", "--condition", "Applies to ovens.", "--explanation", "Preheat."),
        *("--label", "A > B > C", "--json"),
    )
    insight_id = json.loads(added.stdout)[0]["id"]
    run("library", "edit", insight_id, "--explanation", "Preheat well.")
    assert "-  Preheat.\n+  Preheat well." in run("library", "diff", insight_id).stdout
    run("library", "retire", insight_id, "--note", "nobody has ovens")
    assert "nobody has ovens" in run("library", "history", insight_id).stdout
    moments = [event["at"] for event in json.loads(run("library", "history", "--json").stdout)]
    assert len(moments) == 3
    back = json.loads(run("library", "rollback", insight_id, "--version", "2", "--json").stdout)[0]
    assert (back["status"], back["explanation"], back["version"]) == ("active", "Preheat well.", 4)
    run("library", "rollback", "--to", moments[0])
    shown = json.loads(run("library", "show", insight_id, "--json").stdout)
    assert shown["explanation"] == "Preheat."


@pytest.mark.parametrize(
    "moment",
    [
        "2026-11-22T10:00",
        "2026-11-22T10:00:00Z",
        "2026-11-22 10:00",
        "2026-11-22",
        "2026-11-22T12:00:30.5+02:00",
    ],
)
def test_times_are_written_as_everywhere(run, file, moment):
    assert run("library", "rollback", "--to", moment).exit_code == 0


def test_exports_come_back(run, file, tmp_path):
    run("library", "import", str(file))
    for form in ("json", "markdown", "alphaopt"):
        out = tmp_path / f"out.{form}"
        assert run("library", "export", str(out), "--format", form).exit_code == 0
        assert out.stat().st_size > 300
    assert "0 insights imported" in run("library", "import", str(tmp_path / "out.markdown")).stdout
    assert json.loads(run("library", "export", "--all").stdout)["insights"][2]["id"] == "i-c"


def test_what_an_import_leaves_alone_is_named(run, file, tmp_path):
    run("library", "import", str(file))
    old = tmp_path / "old.md"
    run("library", "export", str(old), "--format", "markdown")
    run("library", "edit", "i-a", "--explanation", "Newer.")
    again = run("library", "import", str(old))
    assert "0 insights imported" in again.stdout and "newer versions: i-a" in again.stderr
    assert json.loads(run("library", "import", str(old), "--json").stdout)["older"] == ["i-a"]
    assert "1 insights imported" in run("library", "import", str(old), "--overwrite").stdout


def test_labels_that_an_import_defines_are_counted(run, tmp_path):
    taxonomy = tmp_path / "taxonomy.json"
    taxonomy.write_text('{"A": {"B": {"C": {"definition": "d"}}}}')
    assert "0 insights imported, 1 labels" in run("library", "import", str(taxonomy)).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("show", "nobody"), "no insight 'nobody'"),
        (("import", "/no/such.json"), "cannot be read: No such file"),
        (("edit", "nobody"), "nothing to change"),
        (("rollback",), "give an ID with --version"),
        (("rollback", "--to", "yesterday"), "--to yesterday is no time; write 2026-11-22T10:00"),
        (("rollback", "--to", "0001-01-01T00:00:00+14:00"), "is no time"),
        (("add", "--condition", " ", "--explanation", "x", "--label", "A > B > C"), "condition"),
        (("add", "--condition", "x", "--explanation", "x", "--label", "A"), "has 1 parts"),
        (("learn", "/no/such.jsonl"), "cannot be read"),
        (("learn", "/dev/null", "--run", "a b"), "the name of a run is letters"),
    ],
)
def test_faults_are_told_in_one_line(run, arguments, message):
    result = run("library", *arguments)
    assert result.exit_code == 1 and message in result.stderr and "Traceback" not in result.stderr


def test_a_database_that_cannot_be_reached_is_told(run, monkeypatch):
    monkeypatch.setenv("OPTWRIGHT_LIBRARY_URL", "postgresql://me:hunter2@127.0.0.1:1/x")
    result = run("library", "list")
    assert result.exit_code == 1 and "OPTWRIGHT_LIBRARY_URL" in result.stderr
    assert "hunter2" not in result.stderr


def test_terminal_commands_in_an_insight_are_shown_as_text(run):
    run("library", "add", "--condition", "\x1b[2J[bold]", "--explanation", "x", "--label", "A > B > C")
    listed = run("library", "list").stdout
    assert "\x1b" not in listed and "[bold]" in listed


@pytest.mark.parametrize("line", ['{"id": 1}', "{", '{"question": "q", "answer": []}', '["a"]'])
def test_a_broken_task_is_named_by_its_line(run, tmp_path, line):
    tasks = tmp_path / "tasks.jsonl"
    tasks.write_text(f'{{"question": "q", "answer": 1}}\n\n{line}\n')
    result = run("library", "learn", str(tasks))
    assert result.exit_code == 1 and "line 3" in result.stderr
