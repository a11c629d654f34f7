"""A client of the service that can be sent again whatever happens on the way: each job has an idempotency key."""

import time
import uuid
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx2
from pydantic import TypeAdapter, ValidationError

from solvers.numeric.errors import ServiceError
from solvers.numeric.fitting.form import CurveFit, Fitted
from solvers.numeric.methods.transport.form import Transported, TransportForm
from solvers.numeric.service.schema import Capabilities, JobRequest, JobView
from solvers.numeric.wire import Options, Solved, Variant

WAIT_S = 20.0
Wanted = TypeVar("Wanted")
RETRIED = frozenset({429, 502, 503, 504})


class Client:
    """Sends jobs to a service. Lost connections and full queues are met by sending the same job again."""

    def __init__(
        self, url: str, *, token: str | None = None, retries: int = 5, transport: Any = None
    ) -> None:
        """Nothing is sent yet.

        Args:
            url: where the service is, such as http://127.0.0.1:8080.
            token: the bearer token, where the service wants one.
            retries: how often one request is sent again, with doubled pauses.
            transport: of httpx2, for tests.
        """
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._http = httpx2.Client(
            base_url=url, headers=headers, transport=transport, timeout=httpx2.Timeout(WAIT_S + 10.0)
        )
        self._retries = retries

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def capabilities(self) -> Capabilities:
        """What the service can do."""
        return self._sent(Capabilities, "GET", "/v1/capabilities")

    def submit(
        self,
        models: Sequence[str] = (),
        options: Sequence[Options] | None = None,
        *,
        variants: Sequence[Variant] | None = None,
        fit: CurveFit | None = None,
        transport: TransportForm | None = None,
        priority: int = 0,
        wait_s: float = 0.0,
    ) -> JobView:
        """A new job as it stands after `wait_s` seconds, 30 at most.

        Args:
            models: NL files, or MPS.
            options: for each model, or one for all.
            variants: data sets of the one model.
            fit: a curve and its data sets, in place of models.
            transport: costs and masses, in place of models.
            priority: higher ones of the same token are solved first.
            wait_s: seconds to wait for the end.
        """
        job = JobRequest(
            models=list(models),
            options=list(options or [Options()]),
            variants=None if variants is None else list(variants),
            fit=fit,
            transport=transport,
            priority=priority,
        )
        headers = {"Idempotency-Key": uuid.uuid4().hex, "Content-Type": "application/json"}
        path = f"/v1/jobs?wait={wait_s:g}"
        return self._sent(JobView, "POST", path, content=job.model_dump_json(), headers=headers)

    def view(self, job_id: str) -> JobView:
        """How a job stands."""
        return self._sent(JobView, "GET", f"/v1/jobs/{job_id}")

    def jobs(self, limit: int = 50) -> list[JobView]:
        """How the newest jobs of this token stand, without their results."""
        return self._sent(list[JobView], "GET", f"/v1/jobs?limit={limit}")

    def cancel(self, job_id: str) -> JobView:
        """Cancel a job."""
        return self._sent(JobView, "DELETE", f"/v1/jobs/{job_id}")

    def solve(
        self,
        models: Sequence[str],
        options: Sequence[Options] | None = None,
        *,
        variants: Sequence[Variant] | None = None,
    ) -> list[Solved]:
        """The results of a job, however long it takes.

        Raises:
            ServiceError: it failed or was cancelled, or the service cannot be reached.
        """
        job = self._ended(self.submit(models, options, variants=variants, wait_s=WAIT_S))
        if job.results is None:
            raise ServiceError(job.error or f"the job was {job.state}")
        return job.results

    def fit(self, fit: CurveFit, options: Options | None = None) -> list[Fitted]:
        """What was found for each data set of a curve fit, however long it takes.

        Raises:
            ServiceError: it failed or was cancelled, or the service cannot be reached.
        """
        job = self._ended(self.submit(options=[options or Options()], fit=fit, wait_s=WAIT_S))
        if job.fits is None:
            raise ServiceError(job.error or f"the job was {job.state}")
        return job.fits

    def transport(self, form: TransportForm, options: Options | None = None) -> Transported:
        """The plan of a transport, however long it takes.

        Raises:
            ServiceError: it failed or was cancelled, or the service cannot be reached.
        """
        job = self._ended(self.submit(options=[options or Options()], transport=form, wait_s=WAIT_S))
        if job.transported is None:
            raise ServiceError(job.error or f"the job was {job.state}")
        return job.transported

    def _ended(self, job: JobView) -> JobView:
        """The job at its end."""
        pause = 0.05
        while not job.is_over:
            time.sleep(pause)
            pause = min(1.0, 1.5 * pause)
            job = self.view(job.id)
        return job

    def _sent(self, kind: type[Wanted], method: str, path: str, **parts: Any) -> Wanted:
        """The answer; all requests can be sent again, a job's by its key."""
        pause, failure = 0.1, ServiceError("the service was not asked")
        for attempt in range(self._retries + 1):
            if attempt:
                time.sleep(pause)
                pause *= 2
            try:
                answer = self._http.request(method, path, **parts)
            except httpx2.TransportError as error:
                failure = ServiceError(f"the service at {self._http.base_url} cannot be reached: {error}")
                continue
            if answer.is_success:
                return self._read(kind, answer.content)
            failure = ServiceError(
                f"the service answered {answer.status_code}: {_detail(answer)}", answer.status_code
            )
            if answer.status_code not in RETRIED:
                break
        raise failure

    def _read(self, kind: type[Wanted], content: bytes) -> Wanted:
        try:
            return TypeAdapter(kind).validate_json(content)
        except ValidationError:
            raise ServiceError(
                f"what answers at {self._http.base_url} is no such service, or one of another version"
            ) from None


def _detail(answer: Any) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return str(answer.text[:200])
