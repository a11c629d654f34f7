"""Runs over sets from the app: begun, watched, stopped, gone on with, reported."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmark_doubles import limit_of, reply, write_set
from scripted_endpoint import ScriptedEndpoint, fail

from agent.errors import UserError
from agent.settings import Settings
from benchmarks.datasets import Dataset
from benchmarks.errors import DatasetError, RunError
from ui import trials
from ui.desk import Desk
from ui.jobs import Jobs

PATIENCE_S = 60


@pytest.fixture
def desk(endpoint: ScriptedEndpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    endpoint.otherwise = reply
    monkeypatch.chdir(tmp_path)
    return Desk.of(
        "", Settings(base_url=endpoint.url, model="m", max_retries=0, state_dir=tmp_path / "state")
    )


@pytest.fixture
def dataset(desk: Desk, tmp_path: Path) -> Dataset:
    content = write_set(tmp_path / "set.jsonl", 4).read_bytes()
    return trials.uploaded_set(desk, content, "set.jsonl")


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    running = Jobs()
    yield running
    running.close()


def test_a_run_is_answered_scored_and_found_again(desk: Desk, jobs: Jobs, dataset: Dataset) -> None:
    folder = trials.new_folder(desk, dataset.name)
    setup = trials.setup_of(desk, 1, draws_on_library=False)
    job = trials.start(desk, jobs, folder, dataset, setup, None)
    assert job.wait(PATIENCE_S) and job.error == ""
    assert sorted(job.lines) == ["p0: right", "p1: right", "p2: right", "p3: wrong"]
    assert job.score == "3 of 4 right, 75.0%"
    assert [one.path for one in trials.folders(desk)] == [folder.path]
    assert trials.report(folder).total.accuracy.right == 3


def test_a_run_goes_on_with_what_is_left(
    desk: Desk, jobs: Jobs, dataset: Dataset, endpoint: ScriptedEndpoint
) -> None:
    endpoint.script(reply, fail(503), fail(503), fail(503))
    folder = trials.new_folder(desk, dataset.name)
    setup = trials.setup_of(desk, 1, draws_on_library=False)
    assert trials.start(desk, jobs, folder, dataset, setup, None, workers=1).wait(PATIENCE_S)
    assert trials.report(folder).errors == {"ModelUnavailable": 3}
    asked = len(endpoint.bodies)
    job = trials.go_on(desk, jobs, folder)
    assert job.wait(PATIENCE_S) and len(job.lines) == 4 and job.score.startswith("3 of 4")
    assert {limit_of(body) for body in endpoint.bodies[asked:]} == {
        11,
        12,
        13,
    }  # the first is not paid for twice
    assert trials.report(folder).errors == {}


def test_another_model_does_not_go_on_with_a_run(
    desk: Desk, jobs: Jobs, dataset: Dataset, endpoint: ScriptedEndpoint
) -> None:
    folder = trials.new_folder(desk, dataset.name)
    setup = trials.setup_of(desk, 1, draws_on_library=False)
    trials.start(desk, jobs, folder, dataset, setup, 1).wait(PATIENCE_S)
    other = Desk.of("", desk.settings.model_copy(update={"model": "another"}))
    with pytest.raises(RunError, match="holds a run with setup"):
        trials.go_on(other, jobs, folder)


def test_a_run_that_drew_on_another_library_is_not_mixed(desk: Desk, jobs: Jobs, dataset: Dataset) -> None:
    setup = trials.setup_of(desk, 1, draws_on_library=True).model_copy(
        update={"library": "sqlite:///other.db"}
    )
    with pytest.raises(RunError, match=r"draws on the library sqlite:///other\.db"):
        trials.start(desk, jobs, trials.new_folder(desk, "x"), dataset, setup, None)


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"PK\x03\x04" + bytes(100), DatasetError, "no problem that can be read"),
        (
            b'{"id": "a", "question": "q?", "answer": 1, "data": ["../../etc/passwd"]}',
            UserError,
            "name data files",
        ),
    ],
)
def test_an_uploaded_set_that_will_not_do_is_told_and_not_kept(
    desk: Desk, content: bytes, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        trials.uploaded_set(desk, content, "set.jsonl")
    assert not any((desk.settings.state_dir / "sets").iterdir())


def test_users_see_only_their_own_runs(desk: Desk, jobs: Jobs, dataset: Dataset) -> None:
    ann, bob = Desk.of("ann", desk.settings), Desk.of("bob", desk.settings)
    folder = trials.new_folder(ann, dataset.name)
    setup = trials.setup_of(ann, 1, draws_on_library=False)
    assert trials.start(ann, jobs, folder, dataset, setup, 1).wait(PATIENCE_S)
    assert len(trials.folders(ann)) == 1 and trials.folders(bob) == []


def test_the_sets_that_ship_are_always_here(desk: Desk) -> None:
    assert [card.name for card in trials.sets_here(desk)] == ["starter", "synthetic"]
