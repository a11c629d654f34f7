"""The numerical optimizer as others meet it: the first solve of a new process, and jobs over HTTP.

Sections of `python -m benchmarks.numeric`.
"""

import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.ipopt import timed
from solvers.numeric.source import as_model

_FIRST_SOLVE = """
import sys, time
from pathlib import Path
from examples.numeric import hs71
from solvers.numeric import minimize
from solvers.numeric.source import as_model
text = as_model(hs71()).text
import casadi, jax, jax.numpy, solvers.numeric.roads
begun = time.perf_counter()
minimize(text, starts=32, method="lanes", cache_folder=Path(sys.argv[1]))
print(time.perf_counter() - begun)
"""


def cold(rounds: int, starts: int, peers: int) -> Iterator[str]:
    """The first solve of a structure in a new process, after its imports: unknown, then from the folder."""
    del starts, peers
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", _FIRST_SOLVE, str(Path(folder) / "programs")]
        runs = [
            float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            for _ in range(rounds + 1)
        ]
    yield f"HS71 from 32 starts: compiled in {runs[0]:.1f} s; from the folder in {min(runs[1:]):.2f} s at best"


def http(rounds: int, starts: int, peers: int) -> Iterator[str]:
    """A warm small model over HTTP; and a longer job beside the same one in a worker process of this program."""
    from examples.numeric import haverly, hs71
    from solvers.numeric.process import WorkerProcess, usable_cores
    from solvers.numeric.wire import Options, Task

    small, longer = as_model(hs71()).text, as_model(haverly()).text
    many = Options(method="lanes", starts=8 * starts)
    with _service() as client:
        for method in ("lanes", "ipopt"):
            solve = partial(client.solve, [small], [Options.model_validate({"method": method})])
            solve()
            times = [timed(solve)[0] for _ in range(rounds * peers)]
            told = f"median {np.median(times) * 1e3:.1f} ms, least {min(times) * 1e3:.1f} ms"
            yield f"HS71 by {method}: {told}"
        worker = WorkerProcess()
        ours = partial(client.solve, [longer], [many])
        alone = partial(worker.run, Task(models=[longer], options=[many], processes=usable_cores()))
        ours()
        alone()
        pairs = [(timed(ours)[0], timed(alone)[0]) for _ in range(rounds)]
        worker.close()
    served, bare = (min(times) for times in zip(*pairs, strict=True))
    yield f"{8 * starts} starts of Haverly: {bare:.2f} s in a worker, {served / bare - 1:+.1%} as a service"


@contextmanager
def _service() -> Iterator[Any]:
    """A client of a service in this process."""
    import uvicorn

    from solvers.numeric.service import Client, ServiceConfig, create_app

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(ServiceConfig(state_file=Path(folder) / "jobs.sqlite"))
        server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", ws="none"))
        thread = threading.Thread(target=server.run)
        thread.start()
        with Client(f"http://127.0.0.1:{port}") as client:
            yield client
        server.should_exit = True
        thread.join()
