"""The numerical optimizer on a GPU, by the same code path as on a CPU; without a GPU it says so and ends.

    python -m benchmarks.numeric_gpu [--lanes 4096] [--report numeric_gpu.md]

Needs a JAX with the device's plugin: `pip install "jax[cuda13]"`. Beside the lanes on the GPU stand the same lanes on
this machine's CPU and a pool of IPOPT processes, one for each core.
"""

import argparse
import math
import os
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import jax
import numpy as np

from benchmarks.numeric import subjects
from benchmarks.peers.ipopt import Ipopt
from solvers.numeric import lanes
from solvers.numeric.cache import ProgramCache
from solvers.numeric.multistart import spread
from solvers.numeric.roads import solve_models
from solvers.numeric.source import Model, as_model


def converged(text: str, points: np.ndarray) -> int:
    """How many points IPOPT converges from; runs in a process of the pool."""
    return Ipopt(as_model(text)).converged(points)


def lanes_on(device: jax.Device, model: Model, points: np.ndarray) -> float:
    """Milliseconds per solve that converged, on a device, without compilation."""
    with jax.default_device(device):
        cache = ProgramCache()
        run = partial(solve_models, [model], [points], method="lanes", deadline=math.inf, cache=cache)
        run()
        begun = time.perf_counter()
        (found,) = run()
        return 1e3 * (time.perf_counter() - begun) / max(1, found.solved)


def pool(model: Model, points: np.ndarray) -> float:
    """Milliseconds per solve that converged, by as many IPOPT processes as there are cores."""
    cores = os.cpu_count() or 1
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as processes:
        list(processes.map(partial(converged, model.text), [points[:1]] * cores))
        begun = time.perf_counter()
        hits = sum(processes.map(partial(converged, model.text), np.array_split(points, cores)))
        return 1e3 * (time.perf_counter() - begun) / max(1, hits)


def main() -> None:
    """Write the report, or say that there is no GPU."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lanes", type=int, default=4_096)
    parser.add_argument("--report", type=Path, default=Path("numeric_gpu.md"))
    given = parser.parse_args()
    devices = [device for device in jax.devices() if device.platform == "gpu"]
    if not devices:
        print("there is no GPU that JAX can use here; nothing was measured")
        return
    lanes.WIDTHS = (1, 32, 256, given.lanes)
    lines = [
        f"{devices[0].device_kind}, {os.cpu_count()} cores, JAX {jax.__version__}, {given.lanes} lanes.",
        "Milliseconds per solve that converged, warm.",
        "",
        "| problem | lanes on the GPU | lanes on the CPU | IPOPT pool | pool over GPU |",
        "| --- | --- | --- | --- | --- |",
    ]
    for subject in subjects():
        model = as_model(subject.model)
        parsed = model.parsed
        points = spread(parsed.start, parsed.lower, parsed.upper, given.lanes, 0)
        gpu, cpu, peers = (
            lanes_on(devices[0], model, points),
            lanes_on(jax.devices("cpu")[0], model, points),
            pool(model, points),
        )
        lines.append(f"| {subject.name} | {gpu:.4f} | {cpu:.4f} | {peers:.4f} | {peers / gpu:.1f} |")
        print(lines[-1], flush=True)
    given.report.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
