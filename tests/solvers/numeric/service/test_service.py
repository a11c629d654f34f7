"""The service over real HTTP: jobs, events, cancellation, tokens, limits, restarts, fairness."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from numeric_models import hs71, model_of, nl_text
from numeric_services import running, until

import solvers
from solvers.numeric import Service, process
from solvers.numeric.errors import Stopped
from solvers.numeric.service import Client, ServiceConfig, ServiceError
from solvers.numeric.service.config import ConfigProblem, digest_of, read_tokens
from solvers.numeric.service.queue import FairQueue, Ticket
from solvers.numeric.service.schema import JobRequest
from solvers.numeric.service.store import Job, Store
from solvers.numeric.wire import Options, Task, Variant

LONG = Options(starts=100_000, method="lanes", time_limit_s=600.0)
IPOPT = Options(method="ipopt")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("service")
    with running(ServiceConfig(state_file=folder / "jobs.sqlite", body_limit_bytes=100_000)) as address:
        yield address


def test_a_job_is_solved_and_certified(url: str) -> None:
    with Client(url) as client:
        (found,) = client.solve([nl_text(hs71())], [IPOPT])
        assert found.outcome == "solved" and found.objective == pytest.approx(17.0140173)
        assert found.certificate is not None and found.certificate.is_stationary
        assert "ipopt" in client.capabilities().engines


MPS = "ROWS\n N COST\n G NEED\nCOLUMNS\n X COST 2 NEED 1\nRHS\n R NEED 3\nENDATA\n"


def test_linear_programs_come_as_mps(url: str) -> None:
    with Client(url) as client:
        assert "mps" in client.capabilities().formats
        (found,) = client.solve([MPS])
        assert found.objective == pytest.approx(6) and found.certificate.kind == "optimum"
        with pytest.raises(ServiceError, match=r"line 3, section ROWS.*declared before"):
            client.solve([MPS.replace("NEED\nCOLUMNS", "COST\nCOLUMNS")])
        with pytest.raises(ServiceError, match="NL files or MPS files, not both"):
            client.solve([MPS, nl_text(hs71())])


@pytest.mark.slow
def test_data_sets_of_one_model_are_solved_side_by_side(url: str) -> None:
    """The third variable is a parameter: its bounds are equal, and differ by variant."""
    model = model_of(
        3,
        lambda x: (x[0] - x[2]) ** 2 + x[1] ** 2,
        lambda x: [x[0] + x[1] >= 1],
        start=[0, 0, 0],
        bounds=(-9, 9),
    )
    some = [Variant(lower=[-9.0, -9.0, p], upper=[9.0, 9.0, p]) for p in (2.0, 5.0)]
    some.append(Variant(lower=[None, None, 0.0], upper=[None, None, 0.0], row_lower=[4.0]))
    with Client(url) as client:
        found = client.solve([nl_text(model)], variants=some)
    assert [one.x for one in found] == [
        pytest.approx(x, abs=1e-6) for x in ([2.0, 0.0, 2.0], [5.0, 0.0, 5.0], [2.0, 2.0, 0.0])
    ]
    assert all(one.certificate.is_stationary for one in found)


@pytest.mark.parametrize(
    ("variant", "message"),
    [
        (Variant(lower=[1.0]), "variant 0: lower has 1 values; the model has 4"),
        (Variant(lower=[9.0] * 4), "variant 0: the lower limit of variable 0 is above its upper one"),
        (Variant(row_lower=[0.0, 0.0]), "variant 0: row . is an equality in the model or the variant"),
    ],
)
def test_a_variant_that_does_not_fit_is_named(url: str, variant: Variant, message: str) -> None:
    with Client(url) as client, pytest.raises(ServiceError, match=message):
        client.solve([nl_text(hs71())], variants=[variant])


def test_a_url_sends_a_solve_to_the_service(url: str) -> None:
    report = solvers.solve(hs71(), engine="ipopt", time_limit=30, service=Service(url))
    assert report.status is solvers.Status.FEASIBLE and report.objective == pytest.approx(17.0140173)
    assert report.certificate is not None and report.certificate.is_stationary
    assert report.engine == "Optwright's numerical optimizer"


def test_a_service_that_is_not_there_is_named() -> None:
    report = solvers.solve(
        hs71(), engine="numeric", service=Service("http://127.0.0.1:9", token="secret" * 4)
    )
    assert report.status is solvers.Status.FAILED
    assert "127.0.0.1:9 cannot be reached" in report.message and "secret" not in report.message


def test_a_cancelled_solve_is_cancelled_in_the_service_too(url: str) -> None:
    cancelled = threading.Event()
    threading.Timer(0.3, cancelled.set).start()
    with pytest.raises(Stopped, match="cancelled"):
        Service(url).run(Task(models=[nl_text(hs71())], options=[LONG]), cancelled=cancelled)
    with Client(url) as client:
        assert client.solve([nl_text(hs71())], [IPOPT])[0].is_solved


def test_a_bad_model_fails_with_its_line_and_the_service_lives_on(url: str) -> None:
    with Client(url) as client:
        with pytest.raises(ServiceError, match="line 1, segment header"):
            client.solve(["not a model\n"])
        assert client.solve([nl_text(hs71())], [IPOPT])[0].is_solved


def test_events_tell_of_a_job_until_its_end(url: str) -> None:
    with Client(url) as client:
        job = client.submit([nl_text(hs71())], [IPOPT])
    with httpx2.stream("GET", f"{url}/v1/jobs/{job.id}/events", timeout=30) as answer:
        told = [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: ")]
    assert told[-1]["state"] == "done" and told[-1]["results"][0]["outcome"] == "solved"


def test_a_running_job_is_cancelled_within_a_second_and_the_next_runs(url: str) -> None:
    with Client(url) as client:
        job = client.submit([nl_text(hs71())], [LONG])
        until(client, job.id, "running")
        begun = time.monotonic()
        assert client.cancel(job.id).state == "cancelled"
        waiting = client.submit([nl_text(hs71())], [IPOPT])
        assert time.monotonic() - begun < 1.0
        until(client, waiting.id, "done")


def test_jobs_are_listed_the_newest_first_without_results(url: str) -> None:
    with Client(url) as client:
        client.solve([nl_text(hs71())], [IPOPT])
        newest = client.submit(["nonsense\n"], wait_s=20.0)
        first, second = client.jobs(limit=2)
        assert (first.id, first.state) == (newest.id, "failed")
        assert (second.state, second.results) == ("done", None)


def test_what_is_no_service_is_told() -> None:
    with Client("no address", retries=0) as client, pytest.raises(ServiceError, match="cannot be reached"):
        client.capabilities()
    other = httpx2.MockTransport(lambda request: httpx2.Response(200, text="<html>a page</html>"))
    with (
        Client("http://elsewhere", transport=other) as client,
        pytest.raises(ServiceError, match="no such service"),
    ):
        client.capabilities()


def test_a_key_that_came_before_gives_the_same_job(url: str) -> None:
    body = JobRequest(models=[nl_text(hs71())], options=[IPOPT]).model_dump_json()
    other = JobRequest(models=[nl_text(hs71())], options=[Options()]).model_dump_json()
    headers = {"Idempotency-Key": "one", "Content-Type": "application/json"}
    first, second = (httpx2.post(f"{url}/v1/jobs", content=body, headers=headers) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    assert httpx2.post(f"{url}/v1/jobs", content=other, headers=headers).status_code == 409


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 422),
        (b'{"models": []}', 422),
        (b'{"models": ["x"], "options": [{"starts": NaN}]}', 422),
        (b'{"models": ["x"], "code": "import os"}', 422),
        (b'{"models": ["x"], "options": [{"starts": 1000000000}]}', 422),
        (b'{"models": ["g3 \\ud800"]}', 422),
        (b"x" * 200_000, 413),
    ],
)
def test_a_bad_request_is_refused(url: str, body: bytes, status: int) -> None:
    answer = httpx2.post(f"{url}/v1/jobs", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status and answer.json()["detail"]


def test_counts_and_health_are_told(url: str) -> None:
    assert httpx2.get(f"{url}/healthz").json() == {"status": "ok"}
    assert "optwright_jobs_total" in httpx2.get(f"{url}/metrics").text
    assert "/v1/jobs/{job_id}/events" in httpx2.get(f"{url}/openapi.json").json()["paths"]


def test_tokens_are_required_and_jobs_are_their_owners(tmp_path: Path) -> None:
    tokens = {"ann": digest_of("a" * 16), "bob": digest_of("b" * 16)}
    with running(ServiceConfig(state_file=tmp_path / "jobs.sqlite", tokens=tokens)) as url:
        with Client(url) as nobody, pytest.raises(ServiceError, match="valid token") as refused:
            nobody.capabilities()
        assert refused.value.status == 401
        with Client(url, token="a" * 16) as ann, Client(url, token="b" * 16) as bob:
            job = ann.submit(["nonsense\n"])
            assert ann.view(job.id).id == job.id
            assert [one.id for one in ann.jobs()] == [job.id] and bob.jobs() == []
            for ask in (bob.view, bob.cancel):
                with pytest.raises(ServiceError, match="no such job of yours"):
                    ask(job.id)


@pytest.mark.slow
def test_cancelling_a_batch_starts_no_worker_for_each_of_its_jobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []
    start = process.started
    monkeypatch.setattr(process, "started", lambda *given, **how: begun.append(given) or start(*given, **how))
    long = Options(method="lanes", starts=50_000)
    store = Store(tmp_path / "jobs.sqlite")
    request = JobRequest(models=[nl_text(hs71())], options=[long])
    jobs = [store.add("everybody", request, str(k), None)[0] for k in range(8)]
    store.close()
    with running(ServiceConfig(state_file=tmp_path / "jobs.sqlite")) as url, Client(url) as client:
        for job in jobs:
            until(client, job.id, "running", 60.0)
        for job in jobs:
            client.cancel(job.id)
        after = client.submit([nl_text(hs71())], [IPOPT])
        assert until(client, after.id, "done", 90.0).results[0].is_solved
        counts = httpx2.get(f"{url}/metrics").text
    assert 'optwright_jobs_total{state="cancelled"} 8.0' in counts
    assert sum(given == ("solvers.numeric.worker",) for given in begun) <= 2


@pytest.mark.slow
def test_jobs_of_one_structure_are_solved_as_one_batch(tmp_path: Path) -> None:
    def text(corner: float) -> str:
        return nl_text(model_of(2, lambda x: (x[0] - corner) ** 2 + x[1] ** 4, start=[0, 1], bounds=(-9, 9)))

    lanes, store = Options(method="lanes"), Store(tmp_path / "jobs.sqlite")
    requests = [JobRequest(models=[text(corner)], options=[lanes]) for corner in (1.0, 2.0, 3.0)]
    jobs = [store.add("everybody", request, str(k), None)[0] for k, request in enumerate(requests)]
    store.close()
    with running(ServiceConfig(state_file=tmp_path / "jobs.sqlite")) as url, Client(url) as client:
        found = [until(client, job.id, "done", 90.0).results[0].x[0] for job in jobs]
        counts = httpx2.get(f"{url}/metrics").text
    assert found == pytest.approx([1.0, 2.0, 3.0], abs=1e-6)
    assert "optwright_batch_jobs_sum 3.0" in counts and "optwright_batch_jobs_count 1.0" in counts


def test_what_a_crash_interrupted_runs_after_the_restart(tmp_path: Path) -> None:
    file = tmp_path / "jobs.sqlite"
    store = Store(file)
    job, _ = store.add("everybody", JobRequest(models=[nl_text(hs71())], options=[IPOPT]), "digest", None)
    assert store.set_running(job.id)
    store.close()  # as if the process had died here
    with running(ServiceConfig(state_file=file)) as url, Client(url) as client:
        assert until(client, job.id, "done").results[0].is_solved
    with running(ServiceConfig(state_file=file)) as url, Client(url) as client:
        assert client.view(job.id).state == "done"


def test_a_full_queue_refuses_with_a_time_to_come_back(tmp_path: Path) -> None:
    config = ServiceConfig(state_file=tmp_path / "jobs.sqlite", queue_limit=1)
    with running(config) as url, Client(url, retries=0) as client:
        first = client.submit([nl_text(hs71())], [LONG])
        until(client, first.id, "running")
        client.submit([nl_text(hs71())], [LONG])
        with pytest.raises(ServiceError, match="queue is full") as refused:
            client.submit([nl_text(hs71())], [LONG])
        assert refused.value.status == 429


def ticket(owner: str, name: str, priority: int = 0, group: str | None = None) -> Ticket:
    return Ticket(Job(name, owner, JobRequest(models=["x"], priority=priority)), group)


def test_an_owner_with_many_jobs_does_not_hold_up_another() -> None:
    queue = FairQueue(100, 10)
    for k in range(5):
        queue.put(ticket("ann", f"a{k}"))
    (first,) = queue.take()
    queue.charge("ann", 1.0)
    queue.put(ticket("bob", "b0"))
    queue.put(ticket("bob", "b1", priority=5))
    order = [first.job.id]
    for _ in range(4):
        (taken,) = queue.take()
        order.append(taken.job.id)
        queue.charge(taken.job.owner, 1.1)
    assert sorted(order[1:3]) == ["a1", "b1"] and sorted(order[3:]) == ["a2", "b0"]


def test_equal_structures_are_taken_together_up_to_a_limit() -> None:
    queue = FairQueue(100, 3)
    for k in range(5):
        queue.put(ticket("ann", f"a{k}", group="g"))
    assert [len(queue.take()), len(queue.take())] == [3, 2]


def test_the_client_sends_again_with_the_same_key() -> None:
    keys: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        keys.append(request.headers["idempotency-key"])
        if len(keys) < 3:
            raise httpx2.ConnectError("gone")
        return httpx2.Response(202, json={"id": "j", "state": "queued", "created": 1.0})

    with Client("http://service", transport=httpx2.MockTransport(answer)) as client:
        assert client.submit(["x"]).id == "j"
    assert len(keys) == 3 and len(set(keys)) == 1


def test_a_token_file_must_be_private_and_hold_long_tokens(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text("ann " + "a" * 20 + "  # the first\n")
    file.chmod(0o644)
    with pytest.raises(ConfigProblem, match="chmod 600"):
        read_tokens(file)
    file.chmod(0o600)
    assert read_tokens(file) == {"ann": digest_of("a" * 20)}
    file.write_text("ann short\n")
    with pytest.raises(ConfigProblem, match="line 1"):
        read_tokens(file)
