"""Curve fits over HTTP: answers, refusals by field, cancellation, what a restart finds."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from curves import decay_fit, decay_sets
from numeric_models import hs71, nl_text
from numeric_services import running, until

from solvers.numeric.service import Client, ServiceConfig, ServiceError
from solvers.numeric.wire import Options

FIT = decay_fit(decay_sets([9, 16], noise=0.01))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("service")
    with running(ServiceConfig(state_file=folder / "jobs.sqlite", body_limit_bytes=100_000)) as address:
        yield address


@pytest.mark.slow
def test_data_sets_are_fitted_certified_and_found_again(tmp_path: Path) -> None:
    config = ServiceConfig(state_file=tmp_path / "jobs.sqlite")
    with running(config) as url, Client(url) as client:
        found = client.fit(FIT, Options(time_limit_s=120.0))
        assert [one.parameters for one in found] == [
            pytest.approx([1.0, 1.5, 0.25], abs=0.1),
            pytest.approx([2.0, 1.5, 0.25], abs=0.1),
        ]
        assert all(one.is_solved and one.certificate.is_stationary for one in found)
        (job,) = client.jobs()
    with running(config) as url, Client(url) as client:
        assert client.view(job.id).fits == found and client.view(job.id).results is None


def test_a_curve_that_is_none_fails_by_its_field_and_the_service_lives_on(url: str) -> None:
    with Client(url) as client:
        with pytest.raises(ServiceError, match=r"fit\.model: it has 2 constraints"):
            client.fit(FIT.model_copy(update={"model": nl_text(hs71())}))
        assert client.solve([nl_text(hs71())], [Options(method="ipopt")])[0].is_solved


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"models": ["x"]}, "models, variants: a job with a fit has none"),
        ({"options": [{"starts": 9}]}, "options: a fit takes one"),
        ({"fit": None}, "models: there is none, and no fit"),
        (
            {"fit": {**json.loads(FIT.model_dump_json()), "sets": [{"observed": [1]}]}},
            "sets.0.inputs: it has",
        ),
        ({"fit": {**json.loads(FIT.model_dump_json()), "parameters": ["a"]}}, "body.fit.parameters.0"),
    ],
)
def test_a_bad_request_is_refused_by_its_field(url: str, change: dict[str, Any], message: str) -> None:
    body = {"fit": json.loads(FIT.model_dump_json())} | change
    answer = httpx2.post(f"{url}/v1/jobs", json=body)
    assert answer.status_code == 422 and message in answer.json()["detail"]


def test_a_fit_that_runs_can_be_cancelled(url: str) -> None:
    with Client(url) as client:
        job = client.submit(fit=FIT)
        until(client, job.id, "running")
        assert client.cancel(job.id).state == "cancelled"


def test_the_form_and_its_limits_are_documented(url: str) -> None:
    schemas = httpx2.get(f"{url}/openapi.json").json()["components"]["schemas"]
    assert {"CurveFit", "DataSet", "Fitted", "FitCertificate"} <= schemas.keys()
    assert "least squares" in schemas["CurveFit"]["description"]
    with Client(url) as client:
        found = client.capabilities()
    assert "fit" in found.formats and found.most_sets == 100_000 and found.most_points == 5_000_000
