"""Transport and methods over HTTP: answers, refusals by field, what a restart finds."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from numeric_models import hs71, model_of, nl_text
from numeric_services import running

from solvers.numeric import TransportForm
from solvers.numeric.service import Client, ServiceConfig, ServiceError
from solvers.numeric.wire import Options

FORM = TransportForm(cost=[[1.0, 3.0], [2.0, 1.0]], source=[3.0, 2.0], target=[2.0, 3.0])


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("service")
    with running(ServiceConfig(state_file=folder / "jobs.sqlite", body_limit_bytes=100_000)) as address:
        yield address


@pytest.mark.slow
def test_a_plan_is_found_proved_and_found_again(tmp_path: Path) -> None:
    config = ServiceConfig(state_file=tmp_path / "jobs.sqlite")
    with running(config) as url, Client(url) as client:
        found = client.transport(FORM, Options(time_limit_s=120.0))
        assert found.is_solved and found.objective == pytest.approx(7.0) and found.gap < 1e-9
        assert list(zip(found.rows, found.columns, found.masses, strict=True)) == [
            (0, 0, pytest.approx(2.0)), (0, 1, pytest.approx(1.0)), (1, 1, pytest.approx(2.0)),
        ]  # fmt: skip
        assert np.dot(found.prices, [3.0, 2.0, 2.0, 3.0]) == pytest.approx(7.0)
        (job,) = client.jobs()
    with running(config) as url, Client(url) as client:
        assert client.view(job.id).transported == found and client.view(job.id).results is None


@pytest.mark.slow
def test_every_method_of_transport_travels(url: str) -> None:
    with Client(url) as client:
        entropic = client.transport(FORM.model_copy(update={"method": "sinkhorn-newton", "reg": 0.1}))
        assert entropic.is_solved and 7.0 - 1e-9 <= entropic.objective <= 7.0 + entropic.gap
        sparse = client.transport(FORM.model_copy(update={"method": "sparse", "nonzeros": 1}))
        assert not sparse.is_solved and sparse.violation > 0.1 and np.isnan(sparse.gap)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["projected-gradient", "frank-wolfe"])
def test_models_with_bounds_alone_are_solved_by_methods_over_sets(url: str, method: str) -> None:
    model = model_of(2, lambda x: (x[0] - 2) ** 2 + (x[1] - 0.5) ** 2, start=[0, 0], bounds=(0, 1))
    with Client(url) as client:
        (found,) = client.solve([nl_text(model)], [Options(method=method)])
    assert found.is_solved and found.objective == pytest.approx(1.0, abs=1e-4)
    assert found.certificate is not None and "Frank-Wolfe gap" in found.route


@pytest.mark.slow
def test_methods_over_sets_refuse_rows_infinite_bounds_and_many_starts(url: str) -> None:
    free = nl_text(model_of(1, lambda x: x[0] ** 2, start=[1]))
    held = nl_text(model_of(1, lambda x: x[0] ** 2, start=[1], bounds=(0, 2)))
    for text, starts, message in (
        (nl_text(hs71()), 1, "models with bounds alone; this one has 2 constraints"),
        (free, 1, "the box has infinite bounds"),
        (held, 5, "takes one start; 5 were asked for"),
    ):
        with Client(url) as client, pytest.raises(ServiceError, match=message):
            client.solve([text], [Options(method="frank-wolfe", starts=starts)])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source": [-1.0, 6.0]}, "source 0 has negative mass"),
        ({"source": [1.0, 1.0]}, "make them equal"),
        ({"cost": [[1.0], [2.0, 3.0]]}, "the cost is no array of numbers"),
        ({"cost": [[1.0, 2.0]]}, "need (2, 2)"),
        ({"reg": 0.1}, "exact transport takes no reg"),
        ({"reg": 0.0, "method": "sinkhorn-newton"}, "body.transport.reg"),
        ({"method": "adam"}, "body.transport.method"),
        ({"method": "sparse"}, "nonzeros and the method sparse belong together"),
        ({"cost": [["1", "2"], ["3", "4"]]}, "body.transport.cost.0.0"),
    ],
)
def test_a_bad_transport_is_refused_by_name(url: str, change: dict[str, Any], message: str) -> None:
    body = {"transport": json.loads(FORM.model_dump_json()) | change}
    answer = httpx2.post(f"{url}/v1/jobs", json=body)
    assert answer.status_code == 422 and message in answer.json()["detail"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"models": ["x"]}, "models, variants: a job with a transport has none"),
        ({"options": [{"starts": 9}]}, "options: a transport takes one"),
        ({"options": [{"method": "adan"}]}, "body.options.0.method"),
        ({"transport": None}, "models: there is none, and no fit or transport"),
    ],
)
def test_a_job_with_a_transport_has_nothing_else(url: str, change: dict[str, Any], message: str) -> None:
    answer = httpx2.post(f"{url}/v1/jobs", json={"transport": json.loads(FORM.model_dump_json())} | change)
    assert answer.status_code == 422 and message in answer.json()["detail"]


def test_the_form_and_its_limit_are_documented(url: str) -> None:
    schemas = httpx2.get(f"{url}/openapi.json").json()["components"]["schemas"]
    assert {"TransportForm", "Transported"} <= schemas.keys()
    with Client(url) as client:
        found = client.capabilities()
    assert "transport" in found.formats and found.most_costs == 4_000_000
