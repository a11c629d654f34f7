"""A Ray cluster gives the same records and the same report as this process."""

from pathlib import Path
from typing import Any

import pytest
from benchmark_doubles import reply, write_set
from scripted_endpoint import ScriptedEndpoint

from benchmarks import datasets, runs
from benchmarks.answering import Setup, Task
from benchmarks.engines import engine
from benchmarks.reporting import report_of
from benchmarks.runs import RunConfig, RunFolder

ray = pytest.importorskip("ray", reason='needs Ray: pip install "optwright[ray]"')


async def report(name: str, path: Path, out: Path) -> dict[str, Any]:
    """The report of a run with an engine, without times and what names the engine."""
    dataset = datasets.load("jsonl", path)
    folder = RunFolder(out)
    config = folder.begin(RunConfig.of(dataset, Setup(), engine=name))
    await runs.run(folder, [Task.of(record) for record in dataset], config.setup, engine(name), workers=2)
    found = report_of(out).model_dump(mode="json", exclude={"config", "seconds"})
    for item in found["items"]:
        item.pop("seconds")
    return found


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Ray's own, of its imports and its sockets
async def test_ray_and_this_process_give_the_same_report(
    endpoint: ScriptedEndpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint.otherwise = reply
    monkeypatch.setenv("OPTWRIGHT_BASE_URL", endpoint.url)
    monkeypatch.setenv("OPTWRIGHT_MODEL", "m")
    path = write_set(tmp_path / "set.jsonl", 8)
    here = await report("local", path, tmp_path / "local")
    assert await report("ray", path, tmp_path / "ray") == here
    assert here["n"] == 8
