"""Score the agent on JSONL problem files: one record an item, written at once, so that a run can be resumed.

    python -m benchmarks.dev --data FOLDER --sets nl4opt,optibench --limit 40 --samples 5 --out runs/dev

The agent sees the question alone; keys are read when the records are scored.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from rich.progress import Progress

import agent
from agent.llm import ChatModel, connect
from agent.settings import load
from agent.state import Candidate
from benchmarks.score import is_right, key_of, wilson


def read_items(path: Path, limit: int | None) -> list[dict[str, Any]]:
    """The first items of a JSONL file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines[:limit] if line.strip()]


async def answer(question: str, model: ChatModel, samples: int, time_limit: float) -> dict[str, Any]:
    """The record of one question: what was answered, what the first sample alone gave, and what it took."""
    started = time.monotonic()
    try:
        solution = await agent.asolve(question, samples=samples, time_limit=time_limit, model=model)
    except agent.AgentError as error:
        return {
            "status": "error",
            "error": f"{type(error).__name__}: {error}",
            "seconds": time.monotonic() - started,
        }
    first = solution.candidates[0] if solution.candidates else None
    return {
        "status": solution.status.value,
        "objective": solution.objective,
        "confidence": solution.confidence,
        "reason": solution.reason,
        "votes": solution.votes,
        "first": _summary(first),
        "candidates": [_summary(candidate) for candidate in solution.candidates],
        "calls": solution.ledger.calls,
        "tokens": solution.ledger.tokens,
        "completion_tokens": solution.ledger.completion_tokens,
        "seconds": time.monotonic() - started,
    }


def _summary(candidate: Candidate | None) -> dict[str, Any] | None:
    if candidate is None:
        return None
    outcome = candidate.outcome
    return {
        "stage": candidate.stage.value,
        "status": outcome.status if outcome else None,
        "objective": outcome.objective if outcome else None,
        "repairs": candidate.repairs,
        "warnings": list(candidate.warnings),
        "exchanges": [exchange.model_dump() for exchange in candidate.exchanges],
    }


async def run(arguments: argparse.Namespace) -> None:
    """Answer every item that has no record yet, those of all sets side by side."""
    model = connect(load())
    gate = asyncio.Semaphore(arguments.workers)
    arguments.out.mkdir(parents=True, exist_ok=True)

    async def one(item: dict[str, Any], path: Path, tell: Callable[[], None]) -> None:
        async with gate:
            record = await answer(item["question"], model, arguments.samples, arguments.time_limit)
        with path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"id": item["id"], **record}) + "\n")
        tell()

    with Progress() as progress:
        waiting = []
        for name in arguments.sets.split(","):
            items = read_items(arguments.data / f"{name}.jsonl", arguments.limit)
            path = arguments.out / f"{name}.jsonl"
            done = {record["id"] for record in _records(path) if record["status"] != "error"}
            task = progress.add_task(name, total=len(items), completed=len(done))
            tell = partial(progress.advance, task)
            waiting += [one(item, path, tell) for item in items if item["id"] not in done]
        await asyncio.gather(*waiting)
    model.close()


def _records(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def report(arguments: argparse.Namespace) -> str:
    """The scores of a run's records as a Markdown table."""
    lines = [
        "| set | items | right | 95 % interval | right at 1e-4 | unsure | right of answered | first sample alone "
        "| calls | completion tokens | seconds |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name in arguments.sets.split(","):
        keys = {item["id"]: key_of(item) for item in read_items(arguments.data / f"{name}.jsonl", None)}
        latest = {record["id"]: record for record in _records(arguments.out / f"{name}.jsonl")}
        records = [record for record in latest.values() if record["id"] in keys]
        if records:
            lines.append(_row(name, records, keys))
    return "\n".join(lines)


def _row(name: str, records: list[dict[str, Any]], keys: dict[str, float | None]) -> str:
    total = len(records)
    answered = [record for record in records if record["status"] in ("optimal", "feasible")]
    right = [record for record in answered if is_right(record["objective"], keys[record["id"]])]
    loose = [record for record in answered if is_right(record["objective"], keys[record["id"]], 1e-4)]
    first = [r for r in records if _is_first_right(r, keys[r["id"]])]
    unsure = sum(record["status"] == "unsure" for record in records)
    low, high = wilson(len(right), total)
    mean = {
        field: sum(r.get(field, 0) for r in records) / total
        for field in ("calls", "completion_tokens", "seconds")
    }
    share = len(right) / len(answered) if answered else 0.0
    return (
        f"| {name} | {total} | {len(right) / total:.1%} | {low:.0%} to {high:.0%} | {len(loose) / total:.1%} "
        f"| {unsure / total:.1%} | {share:.1%} | {len(first) / total:.1%} | {mean['calls']:.1f} "
        f"| {mean['completion_tokens']:.0f} | {mean['seconds']:.0f} |"
    )


def _is_first_right(record: dict[str, Any], key: float | None) -> bool:
    first = record.get("first")
    return first is not None and first["stage"] == "verified" and is_right(first["objective"], key)


def main() -> None:
    """Run what is missing, then print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with SET.jsonl files")
    parser.add_argument("--sets", default="nl4opt,optibench,mamo_easy")
    parser.add_argument("--limit", type=int, help="only the first items of each set")
    parser.add_argument("--samples", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2, help="questions side by side")
    parser.add_argument("--time-limit", type=float, default=20.0, help="seconds for a solver")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run's records")
    parser.add_argument("--report-only", action="store_true")
    arguments = parser.parse_args()
    if not arguments.report_only:
        asyncio.run(run(arguments))
    print(report(arguments))


if __name__ == "__main__":
    main()
