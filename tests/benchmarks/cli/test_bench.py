"""The bench commands: results on standard output, one JSON object with --json, errors that say what to do."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from benchmark_doubles import limit_of, reply, write_set
from scripted_endpoint import ScriptedEndpoint
from typer.testing import CliRunner, Result

from agent.settings import load
from benchmarks.cli import app
from benchmarks.errors import RunError

ROOT = Path(__file__).resolve().parents[3]
SUMMARY = ("n", "accuracy", "executed", "verified", "abstained", "calls", "tokens", "seconds")


def bench(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def as_json(*arguments: object) -> dict[str, Any]:
    done = bench(*arguments, "--json")
    assert done.exit_code == 0, done.output
    (line,) = done.stdout.splitlines()
    return json.loads(line)  # type: ignore[no-any-return]


@pytest.fixture
def served(endpoint: ScriptedEndpoint, monkeypatch: pytest.MonkeyPatch) -> ScriptedEndpoint:
    endpoint.otherwise = reply
    monkeypatch.setenv("OPTWRIGHT_BASE_URL", endpoint.url)
    monkeypatch.setenv("OPTWRIGHT_MODEL", "m")
    return endpoint


def test_the_command_is_an_entry_point_that_the_command_line_finds() -> None:
    entries = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]
    assert entries["optwright.commands"]["bench"] == "benchmarks.cli:app"
    assert "Score the agent" in bench("--help").output


def test_run_ends_with_one_json_summary(served: ScriptedEndpoint, tmp_path: Path) -> None:
    path, out = write_set(tmp_path / "set.jsonl", 4), tmp_path / "run"
    summary = as_json("run", "jsonl", "--data", path, "--out", out)
    assert set(SUMMARY) <= set(summary)
    assert (summary["n"], summary["accuracy"], summary["verified"]) == (4, 0.75, 1.0)
    assert as_json("report", out) == summary
    assert (out / "report.html").read_text("utf-8").startswith("<!doctype html>")


def test_reports_comparisons_and_traces_for_people(served: ScriptedEndpoint, tmp_path: Path) -> None:
    path, out = write_set(tmp_path / "set.jsonl", 4), tmp_path / "run"
    done = bench("run", "jsonl", "--data", path, "--out", out)
    assert "3/4  75.0%" in done.stdout
    assert "relative tolerance 1e-06" in done.stdout
    served.otherwise = lambda body: reply(body).replace("x <= 12", f"x <= {limit_of(body)}")
    bench("run", "jsonl", "--data", path, "--out", tmp_path / "better")
    compared = bench("compare", out, tmp_path / "better").stdout
    assert "+ p3: wrong -> right, objective 12 -> 13" in compared
    assert "1 gained, 0 lost; exact McNemar test: p = 1" in compared
    shown = bench("show", out, "p3").stdout
    for part in (
        "p3: wrong; optimal, objective 12; key: 13.0",
        "at most 13?",
        '"expression": "x <= 12"',
        "verify",
    ):
        assert part in shown


def test_a_report_that_cannot_be_written_is_printed(served: ScriptedEndpoint, tmp_path: Path) -> None:
    path, out = write_set(tmp_path / "set.jsonl", 4), tmp_path / "run"
    (out / "report.json.part").mkdir(parents=True)
    assert as_json("run", "jsonl", "--data", path, "--out", out)["accuracy"] == 0.75
    done = bench("report", out)
    assert "3/4  75.0%" in done.stdout
    assert "report.json cannot be written: Is a directory" in done.stderr


def test_what_is_wrong_in_a_set_is_named(served: ScriptedEndpoint, tmp_path: Path) -> None:
    path = write_set(tmp_path / "set.jsonl", 1)
    path.write_text(
        path.read_text("utf-8") + "{broken\n" + '{"id": "q", "question": "How large can x be, if it is '
        'at most 20?"}\n',
        encoding="utf-8",
    )
    done = bench("run", "jsonl", "--data", path, "--out", tmp_path / "run")
    assert "1 without a usable label" in done.stdout
    assert "line 2: dropped: it is no JSON" in done.stdout


def test_a_folder_does_not_mix_the_answers_of_two_models(
    served: ScriptedEndpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, out = write_set(tmp_path / "set.jsonl", 1), tmp_path / "run"
    bench("run", "jsonl", "--data", path, "--out", out)
    monkeypatch.setenv("OPTWRIGHT_MODEL", "another")
    load.cache_clear()
    with pytest.raises(RunError, match="'model': 'm'"):
        bench("run", "jsonl", "--data", path, "--out", out)


def test_an_item_that_is_not_there_is_an_error(served: ScriptedEndpoint, tmp_path: Path) -> None:
    path, out = write_set(tmp_path / "set.jsonl", 1), tmp_path / "run"
    bench("run", "jsonl", "--data", path, "--out", out)
    with pytest.raises(RunError, match="has no answer to 'nope'"):
        bench("show", out, "nope")
    with pytest.raises(RunError, match="holds no run"):
        bench("report", tmp_path)


def test_list_names_every_set(tmp_path: Path) -> None:
    found = {card["name"]: card for card in as_json("list")["sets"]}
    assert {
        "optibench",
        "optmath",
        "mamo_easy",
        "mamo_complex",
        "nl4opt",
        "nlp4lp",
        "industryor",
        "complexor",
        "logior",
        "optimind_industryor",
        "optimind_mamo_complex",
        "optimind_optmath",
        "jsonl",
        "starter",
    } <= set(found)
    assert found["starter"]["here"]
    assert not found["nl4opt"]["here"]
    assert all(card["source"] and card["licence"] for card in found.values())


def test_leakage_between_a_set_and_a_file(tmp_path: Path) -> None:
    path = write_set(tmp_path / "set.jsonl", 3)
    found = as_json("leakage", f"jsonl={path}", f"jsonl={path}")
    assert {pair["kind"] for pair in found["overlaps"]} == {"same", "other numbers"}
    assert "0 of the 69 problems of starter" in bench("leakage", "starter", f"jsonl={path}").stdout
