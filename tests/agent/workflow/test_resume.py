"""Going on after any interruption, without paying twice."""

import itertools
import json
import signal
import sqlite3
import subprocess
import sys
from unittest import mock

import pytest
from workflow_doubles import ITEMS, Line, run

from agent.errors import ModelUnavailable, WorkflowError
from agent.llm import Budget, ScriptedModel
from agent.workflow import (
    OptoPrime,
)
from agent.workflow.journal import Journal


class Killed(KeyboardInterrupt):
    """As a kill -9 would, it passes everything; nothing is written after it."""

    def __init__(self):
        dying.start()


dying = mock.patch.object(Journal, "_write", lambda self, rows: None)


@pytest.fixture(autouse=True)
def _lives_again():
    yield
    mock.patch.stopall()


def resumable(path, kill_after=None, **options):
    """A run that dies before a call of its workflow; what was called, and the result where it lived."""
    line, count = Line(), itertools.count(1)

    class Mortal(Line):
        def __call__(self, item):
            if next(count) == kill_after:
                raise Killed
            return super().__call__(item)

    line = Mortal()
    try:
        result = run(line, validation=ITEMS[:4], test=[100.0, 101.0], journal=path, **options)
    except Killed:
        dying.stop()
        result = None
    return line.calls, result


@pytest.mark.parametrize("kill_after", [1, 3, 5, 8, 9, 12, 20, 33, 41])
def test_a_killed_run_goes_on_without_paying_twice(tmp_path, kill_after):
    whole_calls, whole = resumable(tmp_path / "whole.sqlite")
    path = tmp_path / "killed.sqlite"
    first, nothing = resumable(path, kill_after)
    assert nothing is None
    rest, result = resumable(path)
    assert first + rest == whole_calls
    assert result.values == whole.values and result.verdicts == whole.verdicts
    assert result.test == whole.test
    again, once_more = resumable(path)
    assert again == [] and once_more.values == whole.values


def killed_at_write(monkeypatch, number, *, is_written):
    """Lets the journal die at a write, before it or after it; None lets it live. Gives the count of writes."""
    write, count = Journal._write, itertools.count(1)

    def mortal(self, rows):
        is_last = next(count) == number
        if not is_last or is_written:
            write(self, rows)
        if is_last:
            raise Killed

    monkeypatch.setattr(Journal, "_write", mortal)
    return count


@pytest.mark.parametrize("concurrency", [1, 3])
@pytest.mark.parametrize("is_written", [False, True])
def test_a_run_killed_at_any_write_of_its_journal_goes_on(tmp_path, monkeypatch, is_written, concurrency):
    count = killed_at_write(monkeypatch, None, is_written=True)
    whole_calls, whole = resumable(tmp_path / "whole.sqlite", concurrency=concurrency, steps=4)
    for number in range(1, next(count)):
        path = tmp_path / f"{number}.sqlite"
        killed_at_write(monkeypatch, number, is_written=is_written)
        first, nothing = resumable(path, concurrency=concurrency, steps=4)
        monkeypatch.undo()
        rest, result = resumable(path, concurrency=concurrency, steps=4)
        assert nothing is None and result.verdicts == whole.verdicts and result.values == whole.values
        assert result.test == whole.test and result.validation == whole.validation
        # Only what was in flight, and so not on disk, may have been paid for in vain.
        assert set(first + rest) == set(whole_calls)
        assert len(first + rest) <= len(whole_calls) + (0 if is_written and concurrency == 1 else concurrency)


_SUICIDE = """
import os, signal, sys
from pathlib import Path
from agent.workflow import Budget, Margin, Proposer, node, optimize
x, calls = node(0.0, trainable=True, constraint=(0, 10), name="x"), []
def workflow(item):
    calls.append(item)
    if len(calls) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return x.data
result = optimize(workflow, [0, 1, 2], [3, 4], [5], score=lambda output, item: -abs(output - 3), gate=Margin(),
    budget=Budget(calls=60), optimizer=Proposer(lambda s: {"x": s.values["x"] + 1}), journal=Path(sys.argv[1]))
print(len(calls), result.values, result.ledger.calls)
"""


def test_a_process_killed_by_kill_9_goes_on(tmp_path):
    def start(path, at):
        command = [sys.executable, "-c", _SUICIDE, path, str(at)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    whole = start(tmp_path / "whole.sqlite", 0).stdout.split(maxsplit=1)
    killed = start(tmp_path / "run.sqlite", 14)
    assert killed.returncode == -signal.SIGKILL
    calls, rest = start(tmp_path / "run.sqlite", 0).stdout.split(maxsplit=1)
    assert int(calls) == int(whole[0]) - 13 and rest == whole[1]


def test_calls_of_the_language_model_are_not_paid_twice_either(tmp_path):
    path, count = tmp_path / "run.sqlite", itertools.count(1)

    def model(limit):
        def answer(request):
            if len(scripted.requests) > limit:
                raise Killed
            return json.dumps({"reasoning": "", "values": {"x": next(count)}})

        scripted = ScriptedModel(answer)
        return scripted

    first, second = model(2), model(10**6)
    with pytest.raises(Killed):
        run(Line(), optimizer=OptoPrime(), model=first, journal=path, steps=4)
    dying.stop()
    result = run(Line(), optimizer=OptoPrime(), model=second, journal=path, steps=4)
    assert len(second.requests) == 2
    assert sum(call.role == "propose" and call.ok for call in result.ledger.entries) == 4


def test_calls_before_an_endpoint_that_breaks_off_stay_paid(tmp_path):
    path = tmp_path / "run.sqlite"
    broken = ScriptedModel(["no JSON", ModelUnavailable("down")])
    with pytest.raises(ModelUnavailable):
        run(Line(), optimizer=OptoPrime(), model=broken, journal=path, steps=1)
    mended = ScriptedModel([json.dumps({"reasoning": "", "values": {"x": 4.0}})])
    result = run(Line(), optimizer=OptoPrime(), model=mended, journal=path, steps=1)
    assert [call.ok for call in result.ledger.entries if call.role == "propose"] == [False, False, True]


def test_items_that_have_no_words_of_their_own_can_be_gone_on_with(tmp_path):
    class Plain:
        """Shown by its place in memory."""

    def start():
        items = [Plain(), Plain()]
        return run(Line(), validation=items, journal=tmp_path / "run.sqlite", steps=1)

    first = start()
    assert start().ledger == first.ledger


def test_a_larger_budget_goes_on_where_the_smaller_ended(tmp_path):
    path = tmp_path / "run.sqlite"
    small = run(Line(), journal=path, budget=Budget(calls=20))
    line = Line()
    large = run(line, journal=path, budget=Budget(calls=300))
    assert small.ledger.calls == 20 and large.values == {"x": 4.0}
    assert large.ledger.calls == 20 + len(line.calls)


def test_a_journal_of_another_run_is_refused(tmp_path):
    path = tmp_path / "run.sqlite"
    run(Line(), journal=path)
    with pytest.raises(WorkflowError, match="belongs to another run: initial values"):
        run(Line(start=1.0), journal=path)
    with pytest.raises(WorkflowError, match="another run: seed"):
        run(Line(), journal=path, seed=7)


def test_a_file_that_is_no_journal_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("my notes " * 200)
    with pytest.raises(WorkflowError, match="cannot be opened"):
        run(Line(), journal=path)
    assert path.read_text() == "my notes " * 200


def test_a_disk_that_is_full_stops_the_run_and_loses_nothing(tmp_path, monkeypatch):
    path, count = tmp_path / "run.sqlite", itertools.count()
    write = Journal._write

    def full(self, rows):
        if next(count) == 15:
            raise_full = sqlite3.OperationalError("database or disk is full")
            raise WorkflowError(f"the journal cannot be written: {raise_full}")
        write(self, rows)

    monkeypatch.setattr(Journal, "_write", full)
    with pytest.raises(WorkflowError, match="full"):
        run(Line(), journal=path)
    monkeypatch.undo()
    assert run(Line(), journal=path).values == {"x": 4.0}


def test_a_journal_that_another_run_writes_is_refused(tmp_path):
    path = tmp_path / "shared.sqlite"
    seen = []

    class Nosy(Line):
        def __call__(self, item):
            if not seen:
                with pytest.raises(WorkflowError, match="another run is writing"):
                    run(Line(), validation=ITEMS[:4], journal=path)
                seen.append(item)
            return super().__call__(item)

    run(Nosy(), validation=ITEMS[:4], journal=str(path))
    assert seen
    run(Line(), validation=ITEMS[:4], journal=path)
