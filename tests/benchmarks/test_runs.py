"""Runs: every question once, on disk at once, resumed after a kill, without the key ever leaving the scorer."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from benchmark_doubles import limit_of, optimal, reply, write_set
from scripted_endpoint import ScriptedEndpoint, fail

from benchmarks import datasets, runs
from benchmarks.answering import Answer, Setup, Task, answer
from benchmarks.datasets.records import Dataset, Record
from benchmarks.engines import engine
from benchmarks.errors import RunError
from benchmarks.page import html
from benchmarks.reporting import report_of, write
from benchmarks.runs import RunConfig, RunFolder
from benchmarks.scoring.report import report


@pytest.fixture
def served(endpoint: ScriptedEndpoint, monkeypatch: pytest.MonkeyPatch) -> ScriptedEndpoint:
    """The endpoint as the settings' own, with answers to the tiny problems."""
    endpoint.otherwise = reply
    monkeypatch.setenv("OPTWRIGHT_BASE_URL", endpoint.url)
    monkeypatch.setenv("OPTWRIGHT_MODEL", "m")
    return endpoint


async def run(path: Path, out: Path, *, limit: int | None = None, **setup: Any) -> RunFolder:
    """A run over the set at `path`, as the command does it."""
    dataset = datasets.load("jsonl", path)
    folder = RunFolder(out)
    with folder.alone():
        config = folder.begin(RunConfig.of(dataset, Setup(**setup), limit))
        tasks = [Task.of(record) for record in dataset.records[:limit]]
        await runs.run(folder, tasks, config.setup, engine("local"), workers=2)
    return folder


async def test_a_run_answers_each_question_and_scores_it(served: ScriptedEndpoint, tmp_path: Path) -> None:
    folder = await run(write_set(tmp_path / "set.jsonl", 4), tmp_path / "run")
    found = report_of(folder.path)
    assert [item.verdict for item in found.items] == ["right", "right", "right", "wrong"]
    assert found.total.verified.value == 1.0
    assert found.summary()["n"] == 4


async def test_a_finished_run_asks_nothing_again_and_a_longer_one_only_what_is_new(
    served: ScriptedEndpoint, tmp_path: Path
) -> None:
    path = write_set(tmp_path / "set.jsonl", 3)
    await run(path, tmp_path / "run", limit=2)
    asked = len(served.bodies)
    await run(path, tmp_path / "run", limit=2)
    assert len(served.bodies) == asked
    await run(path, tmp_path / "run")
    assert {limit_of(body) for body in served.bodies[asked:]} == {12}


async def test_a_question_that_the_endpoint_failed_is_asked_again(
    served: ScriptedEndpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPTWRIGHT_MAX_RETRIES", "0")
    path = write_set(tmp_path / "set.jsonl", 1)
    served.script(fail(500))
    folder = await run(path, tmp_path / "run")
    assert report_of(folder.path).errors == {"ModelUnavailable": 1}
    await run(path, tmp_path / "run")
    assert report_of(folder.path).total.accuracy.value == 1.0


async def test_a_reply_with_half_a_sign_is_recorded(served: ScriptedEndpoint, tmp_path: Path) -> None:
    served.otherwise = lambda body: "broken \ud800 reply" if limit_of(body) == 10 else reply(body)
    path = write_set(tmp_path / "set.jsonl", 2)
    folder = await run(path, tmp_path / "run")
    found = report_of(folder.path)
    write(found, folder.path)
    assert (found.n, found.missing, found.items[1].verdict) == (2, 0, "right")
    assert "UnicodeEncodeError" not in found.errors


def test_a_longer_run_knows_what_the_library_learned_of_the_rest(
    tmp_path: Path, make_set: Callable[..., Dataset]
) -> None:
    found = make_set(*(Record(id=name, question=f"{name}?", accepted=(1.0,)) for name in "abc"))
    folder = RunFolder(tmp_path / "run")
    for limit, seen in ((1, ["a"]), (3, ["c"])):
        folder.begin(RunConfig.of(found, Setup(), limit, learned_from=seen))
    assert report(folder.config, found, {}).learned_from == ("a", "c")


async def test_a_folder_holds_one_run(served: ScriptedEndpoint, tmp_path: Path) -> None:
    path = write_set(tmp_path / "set.jsonl", 1)
    await run(path, tmp_path / "run")
    with pytest.raises(RunError, match=r"setup .*'samples': 1"):
        await run(path, tmp_path / "run", samples=3)
    with RunFolder(tmp_path / "run").alone(), pytest.raises(RunError, match="another process"):
        await run(path, tmp_path / "run")


def test_a_password_of_the_library_is_written_nowhere_and_makes_no_other_run(
    tmp_path: Path, make_set: Callable[..., Dataset], config: Callable[..., RunConfig]
) -> None:
    found, folder = make_set(Record(id="a", question="A?", accepted=(1.0,))), RunFolder(tmp_path / "run")
    first, second = (f"postgresql://u:{word}@h/lib" for word in ("s3cret", "n3wer"))
    begun = folder.begin(config(found, library=first))
    assert folder.begin(config(found, library=second)) == begun
    page = html(report(folder.config, found, {}))
    with pytest.raises(RunError, match="postgresql://") as raised:
        folder.begin(config(found, library=second, samples=3))
    for text in ((folder.path / "run.json").read_text("utf-8"), page, str(raised.value)):
        assert "s3cret" not in text
        assert "n3wer" not in text
    with pytest.raises(RunError, match="setup"):
        folder.begin(config(found, library="postgresql://u@another/lib"))


async def test_a_set_that_has_changed_is_not_scored(served: ScriptedEndpoint, tmp_path: Path) -> None:
    path = write_set(tmp_path / "set.jsonl", 1)
    folder = await run(path, tmp_path / "run")
    write_set(path, 2)
    with pytest.raises(RunError, match="has changed since the run"):
        report_of(folder.path)


async def test_an_error_inside_one_question_does_not_end_the_run(tmp_path: Path) -> None:
    class Broken:
        name = "broken"

        async def acomplete(self, *messages: object, **options: object) -> None:
            raise ZeroDivisionError("a fault of ours")

    found = await answer(Task(id="a", question="?"), Setup(), Broken())  # type: ignore[arg-type]
    assert (found.status, found.error_kind, found.error) == ("error", "ZeroDivisionError", "a fault of ours")


async def test_no_key_reaches_the_solving_side(served: ScriptedEndpoint, tmp_path: Path) -> None:
    """A planted label: neither a request nor any file of the run holds it before the scorer has run."""
    canary, words = 987654321.125, "canary-in-the-key"
    rows = [
        {"id": "a", "question": "How large can x be, if it is at most 7?", "answer": canary, "note": words},
        {
            "id": "b",
            "question": "How large can x be, if it is at most 8?",
            "results": {"Total " + words: canary},
        },
    ]
    path = tmp_path / "set.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    folder = await run(path, tmp_path / "run", samples=3)
    seen = [json.dumps(body) for body in served.bodies]
    seen += [file.read_text("utf-8") for file in folder.path.iterdir() if file.is_file()]
    assert len(seen) > 4
    assert not [text for text in seen if "987654321" in text or words in text]
    assert report_of(folder.path).items[0].accepted == (canary,)


def test_a_task_has_no_place_for_a_key() -> None:
    assert set(Task.model_fields) == {"id", "question", "data"}


def cli(*arguments: object) -> list[str]:
    return [sys.executable, "-c", "from benchmarks.cli import app; app()", *map(str, arguments)]


def comparable(folder: Path) -> dict[str, Any]:
    """A report without what differs between two runs of the same: times, and the calls that a kill cut off."""
    found = report_of(folder).model_dump(mode="json", exclude={"config", "seconds"})
    for item in found["items"]:
        item.pop("seconds")
    return found


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_to_the_same_report(served: ScriptedEndpoint, tmp_path: Path) -> None:
    path, count = write_set(tmp_path / "set.jsonl", 200), 200
    command = cli("run", "jsonl", "--data", path, "--workers", 4, "--json", "--out")
    killed, journal = tmp_path / "killed", tmp_path / "killed" / "answers.jsonl"
    process = subprocess.Popen([*command, killed], env=os.environ, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 100
    while not journal.exists() or journal.read_bytes().count(b"\n") < 50:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 50 <= journal.read_bytes().count(b"\n") < count
    done = subprocess.run([*command, killed], env=os.environ, capture_output=True, text=True, timeout=200)
    assert json.loads(done.stdout.splitlines()[-1])["n"] == count, done.stderr
    assert (
        len(served.bodies) <= count + count // 10 + 2 * 4
    )  # wrong ones are asked twice; four were in flight
    ids = [answer.id for answer in RunFolder(killed).journal]
    assert sorted(ids) == sorted(set(ids))
    subprocess.run([*command, tmp_path / "whole"], env=os.environ, check=True, stdout=subprocess.DEVNULL)
    assert comparable(killed) == comparable(tmp_path / "whole")


def test_the_latest_answer_counts(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.journal.append(Answer(id="a", status="error", error_kind="ModelUnavailable"))
    folder.journal.append(optimal("a", 1.0))
    assert folder.answers()["a"].status == "optimal"
