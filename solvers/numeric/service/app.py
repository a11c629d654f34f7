"""The HTTP interface: jobs in, results and progress out; a running service documents itself under /docs."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version as version_of
from importlib.util import find_spec
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse

from solvers.numeric.fitting.form import MOST_POINTS, MOST_SETS
from solvers.numeric.methods.transport.form import MOST_COSTS
from solvers.numeric.service.config import ServiceConfig
from solvers.numeric.service.metrics import Metrics
from solvers.numeric.service.runner import Runner
from solvers.numeric.service.schema import Capabilities, JobRequest, JobView
from solvers.numeric.service.store import KeyConflict, Store
from solvers.numeric.wire import MOST_MODELS

LONGEST_WAIT_S = 30.0
LONGEST_KEY = 200
MOST_LISTED = 1000
HEARTBEAT_S = 10.0
_OPEN_PATHS = ("/healthz", "/docs", "/openapi.json")


def create_app(config: ServiceConfig) -> FastAPI:
    """The application; its workers start and end with it."""
    store, metrics = Store(config.state_file), Metrics()
    runner = Runner(config, store, metrics)
    metrics.watch_queue(lambda: len(runner.queue))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(runner.start)
        yield
        await run_in_threadpool(runner.close)
        store.close()

    app = FastAPI(title="Optwright's numerical optimizer", version=version_of("optwright"), lifespan=lifespan)
    app.state.config, app.state.store, app.state.runner = config, store, runner

    @app.middleware("http")
    async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        """Tokens and sizes are checked before the body is read."""
        if request.url.path not in _OPEN_PATHS:
            scheme, _, token = request.headers.get("authorization", "").partition(" ")
            owner = config.owner_of(token.strip() if scheme.lower() == "bearer" else None)
            if owner is None:
                metrics.refused.labels(reason="token").inc()
                told = "send a valid token: Authorization: Bearer ..."
                return JSONResponse({"detail": told}, 401, {"WWW-Authenticate": "Bearer"})
            request.state.owner = owner
        length = request.headers.get("content-length", "0" if request.method != "POST" else "")
        if not length.isdigit():
            return JSONResponse({"detail": "send the length of the body (Content-Length)"}, 411)
        if int(length) > config.body_limit_bytes:
            metrics.refused.labels(reason="size").inc()
            told = f"the body has {length} bytes; the limit is {config.body_limit_bytes}"
            return JSONResponse({"detail": told}, 413)
        return await call_next(request)

    @app.exception_handler(RequestValidationError)
    async def refuse(_: Request, error: RequestValidationError) -> JSONResponse:
        """What is wrong with a request, by place; the values stay out, since NaN is no JSON."""
        metrics.refused.labels(reason="format").inc()
        told = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:20]]
        return JSONResponse({"detail": "; ".join(told)}, 422)

    app.include_router(_router)
    return app


def _config(request: Request) -> ServiceConfig:
    return request.app.state.config  # type: ignore[no-any-return]


def _store(request: Request) -> Store:
    return request.app.state.store  # type: ignore[no-any-return]


def _runner(request: Request) -> Runner:
    return request.app.state.runner  # type: ignore[no-any-return]


def _owner(request: Request) -> str:
    """Whose request it is."""
    return request.state.owner  # type: ignore[no-any-return]


Owner = Annotated[str, Depends(_owner)]
Jobs = Annotated[Store, Depends(_store)]
Work = Annotated[Runner, Depends(_runner)]
Told = Annotated[ServiceConfig, Depends(_config)]
_router = APIRouter()


@_router.get("/healthz")
async def healthz() -> dict[str, str]:
    """That the service answers."""
    return {"status": "ok"}


@_router.get("/metrics", response_class=PlainTextResponse)
async def metrics(owner: Owner, runner: Work) -> Response:
    """Counts in Prometheus' text format."""
    del owner
    return Response(runner.metrics.text(), media_type="text/plain; version=0.0.4")


@_router.get("/v1/capabilities")
async def capabilities(owner: Owner, config: Told) -> Capabilities:
    """What the service can do, and its limits."""
    del owner
    return Capabilities(
        version=version_of("optwright"),
        engines=["lanes", *(["ipopt"] if find_spec("casadi") is not None else [])],
        formats=["nl", "mps", "fit", "transport"],
        workers=config.workers,
        queue_limit=config.queue_limit,
        body_limit_bytes=config.body_limit_bytes,
        most_time_limit_s=config.most_time_limit_s,
        most_models=MOST_MODELS,
        most_variables=config.nl_limits.variables,
        most_sets=MOST_SETS,
        most_points=MOST_POINTS,
        most_costs=MOST_COSTS,
    )


@_router.post("/v1/jobs", status_code=202)
async def submit(
    request: JobRequest,
    owner: Owner,
    store: Jobs,
    runner: Work,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT_S, description="Seconds to wait for the end")] = 0.0,
    idempotency_key: Annotated[str | None, Header(max_length=LONGEST_KEY)] = None,
) -> JobView:
    """Take a job; with a key that came before, the job of then. It is on disk when this answers."""
    digest = hashlib.sha256(request.model_dump_json().encode()).hexdigest()
    if runner.queue.is_full:
        runner.metrics.refused.labels(reason="queue").inc()
        raise HTTPException(429, "the queue is full; try again later", {"Retry-After": "5"})
    try:
        job, is_new = await run_in_threadpool(store.add, owner, request, digest, idempotency_key)
    except KeyConflict:
        raise HTTPException(409, "this idempotency key came with another request; take a new one") from None
    ended = _Watch(runner, job.id)
    try:
        if is_new:
            await run_in_threadpool(runner.submit, job)
        return await _over(store, runner, ended, job.id, owner, wait)
    finally:
        ended.leave()


@_router.get("/v1/jobs")
async def jobs(
    owner: Owner,
    store: Jobs,
    runner: Work,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED, description="The newest so many")] = 50,
) -> list[JobView]:
    """How the jobs of a token stand, the newest first, without their results."""
    return [_with_progress(found, runner) for found in await run_in_threadpool(store.views, owner, limit)]


@_router.get("/v1/jobs/{job_id}")
async def view(job_id: str, owner: Owner, store: Jobs, runner: Work) -> JobView:
    """How a job stands, with its results when it is done."""
    return _viewed(store, runner, job_id, owner)


@_router.delete("/v1/jobs/{job_id}")
async def cancel(job_id: str, owner: Owner, store: Jobs, runner: Work) -> JobView:
    """Cancel a job; one that runs is stopped within a second, whatever it is doing."""
    _viewed(store, runner, job_id, owner)
    await run_in_threadpool(runner.cancel, job_id)
    return _viewed(store, runner, job_id, owner)


@_router.get("/v1/jobs/{job_id}/events", response_class=StreamingResponse)
async def events(job_id: str, owner: Owner, store: Jobs, runner: Work) -> StreamingResponse:
    """Server-sent events: how the job stands, whenever that changes, until it is over."""
    _viewed(store, runner, job_id, owner)

    async def stream() -> AsyncIterator[str]:
        watch = _Watch(runner, job_id)
        try:
            while True:
                seen = _viewed(store, runner, job_id, owner)
                yield f"event: {seen.state}\ndata: {seen.model_dump_json(exclude_none=True)}\n\n"
                if seen.is_over:
                    return
                while not await watch.changed(HEARTBEAT_S):
                    yield ": still here\n\n"  # so that proxies keep the line, and a gone client is noticed
        finally:
            watch.leave()

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def _viewed(store: Store, runner: Runner, job_id: str, owner: str) -> JobView:
    found = store.view(job_id, owner)
    if found is None:
        raise HTTPException(404, "there is no such job of yours")
    return _with_progress(found, runner)


def _with_progress(found: JobView, runner: Runner) -> JobView:
    return found if found.is_over else found.model_copy(update={"progress": runner.progress(found.id)})


async def _over(
    store: Store, runner: Runner, watch: "_Watch", job_id: str, owner: str, wait_s: float
) -> JobView:
    """How the job stands at its end, or after some seconds."""
    deadline = asyncio.get_running_loop().time() + wait_s
    while True:
        found = _viewed(store, runner, job_id, owner)
        left = deadline - asyncio.get_running_loop().time()
        if found.is_over or left <= 0:
            return found
        await watch.changed(left)


class _Watch:
    """Lets a coroutine wait for changes that other threads make."""

    def __init__(self, runner: Runner, job_id: str) -> None:
        loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

        def tell() -> None:
            loop.call_soon_threadsafe(self._event.set)

        self.leave = runner.listen(job_id, tell)

    async def changed(self, within_s: float) -> bool:
        """Whether something changed since the last call, or does in some seconds."""
        try:
            await asyncio.wait_for(self._event.wait(), within_s)
        except TimeoutError:
            return False
        self._event.clear()
        return True
