"""Runs that grow the library from the app: begun, stopped, gone on with, kept."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import replies
from insights import setup_costs
from practice import draft
from scripted_endpoint import ScriptedEndpoint, fail

from agent.errors import UserError
from agent.llm import Budget
from agent.settings import Settings
from library.insight import Status
from ui import growth
from ui.desk import Desk
from ui.jobs import MOST_AT_WORK, Job, Jobs

PATIENCE_S = 60
TASKS = b'{"id": "a", "question": "How large is x?", "answer": 5}\n'
WRONG = replies.scalar("maximize x", {"x at most 3": "x <= 3"}, {"x": "real x"})
RIGHT = replies.scalar("maximize x", {"x at most 5": "x <= 5"}, {"x": "real x"})
INSIGHT = draft("Applies where x is asked for.", "Mind the wider limit.")


def student_and_teacher(body: dict[str, object]) -> str:
    """Goes right only where the advice says so; as a teacher, words that advice."""
    text = json.dumps(body)
    if "insights" in json.dumps(body.get("response_format", {})):
        return json.dumps({"insights": [INSIGHT]})
    if '"hint"' in json.dumps(body.get("response_format", {})):
        return json.dumps({"hint": "Mind the wider limit."})
    return RIGHT if "Mind the wider limit" in text else WRONG


@pytest.fixture
def desk(endpoint: ScriptedEndpoint, tmp_path: Path) -> Desk:
    endpoint.otherwise = student_and_teacher
    url = f"sqlite:///{tmp_path}/library.db"
    state = tmp_path / "state"
    return Desk.of(
        "", Settings(base_url=endpoint.url, model="m", max_retries=0, state_dir=state, library_url=url)
    )


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    running = Jobs()
    yield running
    running.close()


def test_what_is_learned_is_active_and_the_run_is_kept(desk: Desk, jobs: Jobs) -> None:
    run = growth.prepared("learn", growth.tasks_of(TASKS, "tasks.jsonl"))
    job = growth.start(desk, jobs, run)
    assert job.wait(PATIENCE_S) and job.error == ""
    assert ["a: learned" in line for line in job.lines] == [True]
    (insight,) = desk.library.store.insights(status=Status.ACTIVE)
    assert insight.explanation == "Mind the wider limit." and insight.evidence.helped == 3
    (kept,) = growth.kept(Desk.of("", desk.settings))
    assert kept.is_done and growth.results(desk, kept) == job.lines


def test_a_run_whose_endpoint_went_away_goes_on_without_paying_twice(
    desk: Desk, jobs: Jobs, endpoint: ScriptedEndpoint
) -> None:
    endpoint.script(*[WRONG] * 2, fail(503))
    run = growth.prepared("learn", growth.tasks_of(TASKS, "tasks.jsonl"))
    job = growth.start(desk, jobs, run)
    assert job.wait(PATIENCE_S) and "503" in job.error
    assert [one.is_done for one in growth.kept(desk)] == [False]
    paid = len(endpoint.bodies)
    again = growth.start(desk, jobs, run)
    assert again.wait(PATIENCE_S) and again.error == "" and "a: learned" in again.lines[0]
    fresh = growth.prepared("learn", growth.tasks_of(TASKS, "tasks.jsonl"))
    assert growth.results(desk, fresh) == []  # a run of another name knows nothing of it
    assert endpoint.bodies[0] not in endpoint.bodies[paid:]


def test_a_correction_in_words_teaches(desk: Desk, jobs: Jobs) -> None:
    run = growth.correction("How large is x?", "Mind the wider limit", Budget())
    job = growth.start(desk, jobs, run)
    assert job.wait(PATIENCE_S) and job.error == ""
    assert "learned" in job.lines[0]


def test_an_evolution_tells_what_became_of_each_insight(desk: Desk, jobs: Jobs) -> None:
    desk.library.store.put([setup_costs(id="i-a")], author="t")
    others = TASKS.replace(b"large is x", b"large may x be")
    run = growth.prepared("evolve", growth.tasks_of(TASKS, "train"), growth.tasks_of(others, "validation"))
    job = growth.start(desk, jobs, run)
    assert job.wait(PATIENCE_S) and job.error == ""
    assert job.total is None and job.lines == ["i-a: kept: nothing speaks against it"]
    (kept,) = growth.kept(desk)
    assert kept.is_done and growth.results(desk, kept) == job.lines


def test_a_stronger_model_teaches_where_one_is_configured(
    desk: Desk, jobs: Jobs, endpoint: ScriptedEndpoint
) -> None:
    strong = Desk.of("", desk.settings.model_copy(update={"proposer_model": "strong"}))
    assert growth.start(strong, jobs, growth.prepared("learn", growth.tasks_of(TASKS, "t"))).wait(PATIENCE_S)
    teaching = {
        body["model"] for body in endpoint.bodies if "insights" in json.dumps(body["response_format"])
    }
    solving = {
        body["model"] for body in endpoint.bodies if "objective" in json.dumps(body["response_format"])
    }
    assert (teaching, solving) == ({"strong"}, {"m"})


def test_a_spent_budget_is_told(desk: Desk, jobs: Jobs) -> None:
    run = growth.prepared("learn", growth.tasks_of(TASKS, "t.jsonl"), budget=Budget(calls=2))
    job = growth.start(desk, jobs, run)
    assert job.wait(PATIENCE_S) and "budget" in job.error


@pytest.mark.parametrize(
    ("kind", "tasks", "others", "words"),
    [
        ("learn", b"", b"", "no tasks"),
        ("evolve", TASKS, b"", "second file"),
        ("evolve", TASKS, TASKS, "both files"),
        ("learn", b"\xff\xfe", b"", "UTF-8"),
        ("learn", b'{"question": 3}', b"", "line 1"),
    ],
)
def test_files_that_will_not_do_are_told(kind: growth.Kind, tasks: bytes, others: bytes, words: str) -> None:
    with pytest.raises(UserError, match=words):
        growth.prepared(kind, growth.tasks_of(tasks, "first"), growth.tasks_of(others, "second"))


def test_a_job_can_be_stopped_and_one_name_is_at_work_once(desk: Desk, jobs: Jobs) -> None:
    import asyncio

    begun = threading.Event()

    async def work(job: Job) -> None:
        begun.set()
        await asyncio.sleep(PATIENCE_S)

    job = jobs.begin(desk, Job("long"), work)
    with pytest.raises(UserError, match="at work already"):
        jobs.begin(desk, Job("long"), work)
    for number in range(1, MOST_AT_WORK):
        jobs.begin(desk, Job(f"long-{number}"), work)
    with pytest.raises(UserError, match="wait until one ends"):
        jobs.begin(desk, Job("one too many"), work)
    assert begun.wait(PATIENCE_S)
    job.stop()
    assert job.wait(PATIENCE_S) and job.error == "" and jobs.of(desk, "long") is job


def test_a_job_that_is_stopped_before_it_begins_does_nothing(desk: Desk, jobs: Jobs) -> None:
    async def work(job: Job) -> None:
        job.lines.append("at work")

    job = Job("early")
    job.stop()
    assert jobs.begin(desk, job, work).wait(PATIENCE_S) and job.lines == []
