"""A soak of the service: many mixed jobs from many clients, some cancelled, with workers killed on the way.

    python -m benchmarks.numeric_soak [--jobs 2000] [--clients 20] [--seed 0]

Every job must end as done, cancelled or failed with a reason, and the service's memory, sampled as it goes, must stay
flat. Linux only: the memory is read from /proc.
"""

import argparse
import contextlib
import os
import random
import signal
import socket
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import uvicorn

from examples.numeric import haverly, hs71
from solvers.errors import SolversError
from solvers.numeric.service import Client, ServiceConfig, create_app
from solvers.numeric.source import as_model
from solvers.numeric.wire import Options

CANCELLED, BAD = 0.1, 0.05
"""Shares of jobs that are cancelled, and that are malformed."""


def client(url: str, count: int, seed: int, tally: Counter[str]) -> None:
    """Sends jobs, one after the other, and counts how they ended."""
    draw = random.Random(seed)
    texts = [as_model(hs71()).text, as_model(haverly()).text]
    with Client(url) as service:
        for _ in range(count):
            kind = draw.random()
            text = "no model\n" if kind < BAD else draw.choice(texts)
            options = Options(method=draw.choice(["lanes", "ipopt"]), starts=draw.choice([1, 1, 8]))
            try:
                job = service.submit([text], [options])
                if kind > 1 - CANCELLED:
                    time.sleep(draw.random() * 0.2)
                    service.cancel(job.id)
                while not job.is_over:
                    time.sleep(0.05)
                    job = service.view(job.id)
                tally[job.state] += 1
            except SolversError as error:
                tally[f"lost: {error}"] += 1


def resident_mib() -> int:
    """Memory of this process that is in use now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024**2


def main() -> None:
    """Run the soak and print what became of every job."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=2_000)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--period", type=float, default=30.0, help="mean seconds from one kill of a worker to the next"
    )
    given = parser.parse_args()
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    tally: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(
            ServiceConfig(
                state_file=Path(folder) / "jobs.sqlite", cache_folder=Path(folder) / "programs", workers=2
            )
        )
        server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", ws="none"))
        serving = threading.Thread(target=server.run)
        serving.start()
        while not server.started:
            time.sleep(0.05)
        share = given.jobs // given.clients
        threads = [
            threading.Thread(target=client, args=(f"http://127.0.0.1:{port}", share, given.seed + k, tally))
            for k in range(given.clients)
        ]
        for thread in threads:
            thread.start()
        begun, kills, memory = time.monotonic(), 0, list[int]()
        draw = random.Random(given.seed)
        while any(thread.is_alive() for thread in threads):
            time.sleep(draw.uniform(0.5, 1.5) * given.period)
            memory.append(resident_mib())
            workers = app.state.runner.worker_pids()
            if workers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(draw.choice(workers), signal.SIGKILL)
                    kills += 1
        server.should_exit = True
        serving.join()
    print(
        f"{sum(tally.values())} of {share * given.clients} jobs accounted for: {dict(tally)}; {kills} workers killed"
    )
    print(
        f"{time.monotonic() - begun:.0f} s; memory of clients and service together, MiB, as it went: {memory}"
    )


if __name__ == "__main__":
    main()
