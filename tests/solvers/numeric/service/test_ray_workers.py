"""The service with its work on a Ray cluster here: the same answers, cancellation, deadlines, lost workers."""

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from numeric_models import hs71, nl_text
from numeric_services import running, until

from solvers.numeric.errors import Refused, Stopped, WorkerLost
from solvers.numeric.service import Client, ServiceConfig, ray_workers
from solvers.numeric.service.config import ConfigProblem
from solvers.numeric.service.ray_workers import RayWorker, cluster
from solvers.numeric.wire import Options, Task, Told

ray = pytest.importorskip("ray", reason='needs Ray: pip install "optwright[ray]"')
pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("ray"),
    pytest.mark.filterwarnings("ignore"),  # Ray's own, of its imports and its sockets
]
LONG = Options(starts=100_000, method="lanes", time_limit_s=600.0)
SHORT = Task(models=[nl_text(hs71())], options=[Options(method="ipopt")])


@pytest.fixture(scope="module", autouse=True)
def local_cluster() -> Iterator[None]:
    with cluster("local", workers=2):
        yield


@pytest.fixture
def worker() -> Iterator[RayWorker]:
    found = RayWorker()
    yield found
    found.close()


def test_a_service_does_its_jobs_on_ray_and_cancels_them(tmp_path: Path) -> None:
    config = ServiceConfig(state_file=tmp_path / "jobs.sqlite", ray="local")
    with running(config) as url, Client(url) as client:
        (found,) = client.solve([nl_text(hs71())], [Options(method="ipopt")])
        assert found.objective == pytest.approx(17.0140173) and found.certificate.is_stationary
        job = client.submit([nl_text(hs71())], [LONG])
        until(client, job.id, "running")
        begun = time.monotonic()
        assert client.cancel(job.id).state == "cancelled"
        assert time.monotonic() - begun < 1.0
        assert client.solve([nl_text(hs71())], [Options(method="ipopt")])[0].is_solved
    assert ray.is_initialized()  # the connection was there before the service


def test_a_task_is_refused_in_the_same_words_and_the_actor_lives_on(worker: RayWorker) -> None:
    with pytest.raises(Refused, match="line 1, segment header"):
        worker.answer(Task(models=["no model\n"], options=[Options()]))
    with pytest.raises(Refused, match="line 1, segment header"):
        worker.answer(Task(models=["no model\n"], options=[Options()]))


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> Iterator[RayWorker]:
    """A worker whose body solves nothing: from one start it is done at once, from more it tells, and goes on and on."""

    class Double:  # here, so that it travels by value: the cluster does not know this file
        def __init__(self) -> None:
            self.said: str | None = None

        def answer(self, task: str) -> str:
            if '"starts":1,' in task:
                return '{"results": []}'
            self.said = '{"done": 1, "total": 9, "best": 0.0, "violation": 0.0, "iterations": 3}'
            time.sleep(600)
            return ""

        def told(self) -> str | None:
            return self.said

    monkeypatch.setattr(ray_workers, "Actor", Double)
    found = RayWorker()
    yield found
    found.close()


ENDLESS = Task(models=SHORT.models, options=[Options(starts=9, time_limit_s=0.1)])


def test_a_running_task_tells_how_far_it_is_until_it_is_cancelled(double: RayWorker) -> None:
    cancelled, told = threading.Event(), list[Told]()

    def hear(one: Told) -> None:
        told.append(one)
        cancelled.set()

    with pytest.raises(Stopped, match="cancelled"):
        double.answer(ENDLESS, on_progress=hear, cancelled=cancelled)
    assert [(one.done, one.total) for one in told] == [(1, 9)]
    assert double.answer(SHORT).results == []


def test_a_task_that_does_not_stop_at_its_deadline_is_killed(
    double: RayWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray_workers, "GRACE_S", 0.5)
    monkeypatch.setattr(ray_workers, "COMPILE_GRACE_S", 0.5)
    with pytest.raises(Stopped, match="time limit"):
        double.answer(ENDLESS)


def test_an_actor_that_dies_at_work_is_named_and_the_next_task_gets_another(double: RayWorker) -> None:
    with pytest.raises(WorkerLost, match="was lost; send the job again"):
        double.answer(ENDLESS, on_progress=lambda told: ray.kill(double._actor))
    assert double.answer(SHORT).results == []


def test_an_actor_that_died_idle_is_replaced_unnoticed(double: RayWorker) -> None:
    double.answer(SHORT)
    ray.kill(double._actor)
    with pytest.raises(ray.exceptions.RayActorError):
        while True:  # it still answers while the cluster is at killing it
            ray.get(double._actor.told.remote())
    assert double.answer(SHORT).results == []


def test_a_cluster_without_room_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_workers, "START_LIMIT_S", 1.0)
    with pytest.raises(WorkerLost, match="1 CPU and 64 GPUs: lower the number"):
        RayWorker(gpus=64).answer(SHORT)


def test_without_ray_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ConfigProblem, match=r'pip install "optwright\[ray\]"'), cluster("auto", 1):
        pass
