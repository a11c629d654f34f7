"""Items a second that the harness gets through when the language model costs nothing.

    python -m benchmarks.harness [--items 400] [--workers 4]

A scripted model formulates each question at once. Everything else is what `bench run` does: the agent's graph, build,
solve in the engines' processes, verification, the record on disk, and the report at the end.
"""

import argparse
import asyncio
import json
import re
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from agent.llm import ScriptedModel
from agent.llm.base import Request
from benchmarks import datasets, runs
from benchmarks.answering import Answer, Setup, Task
from benchmarks.engines.local import answers_by
from benchmarks.reporting import report_of
from benchmarks.runs import RunConfig, RunFolder
from library import NullLibrary

QUESTION = (
    "A bakery makes bread and cake. A loaf of bread brings 3 dollars and needs 1 kg of flour and 10 minutes of oven "
    "time, a cake brings 8 dollars and needs 2 kg and 30 minutes. There are {flour} kg and 1200 minutes. What is the "
    "largest profit?"
)


def write_set(path: Path, count: int) -> Path:
    """A set of so many bakeries that differ in their flour; with 60 kg or less, all of it is used."""
    flours = [20 + 2 * (number % 20) for number in range(count)]
    rows = (
        {"id": str(number), "question": QUESTION.format(flour=flour), "answer": 4 * flour}
        for number, flour in enumerate(flours)
    )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def formulated(request: Request) -> str:
    """The formulation of a bakery's question."""
    found = re.findall(r"There are (\d+) kg and 1200", request.messages[-1].content)
    return json.dumps(
        {
            "variables": [
                {"name": "bread", "meaning": "loaves of bread", "domain": "integer"},
                {"name": "cake", "meaning": "cakes", "domain": "integer"},
            ],
            "objective": {
                "sense": "maximize",
                "meaning": "profit",
                "unit": "dollars",
                "expression": "3*bread + 8*cake",
            },
            "constraints": [
                {"meaning": "flour", "expression": f"1*bread + 2*cake <= {found[-1]}"},
                {"meaning": "oven time", "expression": "10*bread + 30*cake <= 1200"},
            ],
        }
    )


async def scripted(tasks: Sequence[Task], setup: Setup, workers: int) -> AsyncGenerator[Answer]:
    """An engine whose language model is the script."""
    async for answer in answers_by(ScriptedModel(formulated), NullLibrary(), tasks, setup, workers):
        yield answer


def measure(folder: Path, items: int, workers: int) -> tuple[float, float]:
    """Seconds of a run with its report, and the share of right answers."""
    dataset = datasets.load("jsonl", write_set(folder / "set.jsonl", items))
    run = RunFolder(folder / f"run{items}")
    config = run.begin(RunConfig.of(dataset, Setup()))
    tasks = [Task.of(record) for record in dataset]
    started = time.perf_counter()
    asyncio.run(runs.run(run, tasks, config.setup, scripted, workers=workers))
    report = report_of(run.path)
    return time.perf_counter() - started, report.total.accuracy.value


def main() -> None:
    """Print items a second, warm."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=400)
    parser.add_argument("--workers", type=int, default=4)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), 2 * arguments.workers, arguments.workers)  # imports, and the engines' server
        before = time.process_time()
        seconds, right = measure(Path(folder), arguments.items, arguments.workers)
        own = time.process_time() - before
    print(f"{arguments.items} items, {arguments.workers} side by side: {seconds:.1f} s, {right:.0%} right")
    print(f"{arguments.items / seconds:.1f} items a second")
    print(f"{own / arguments.items * 1e3:.0f} ms of this process's processor time an item, engines apart")


if __name__ == "__main__":
    main()
