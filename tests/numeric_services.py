"""A numerical service on a free port, for tests that talk to one over HTTP."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from solvers.numeric.service import Client, ServiceConfig, create_app


@contextmanager
def running(config: ServiceConfig) -> Iterator[str]:
    """A service on a free port, and its address."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(create_app(config), port=port, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + 20
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def until(client: Client, job_id: str, state: str, seconds: float = 20.0) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        job = client.view(job_id)
        if job.state == state:
            return job
        time.sleep(0.05)
    raise AssertionError(f"{job_id} is {job.state}, not {state}")
