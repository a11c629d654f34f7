"""The workflow optimizer beside trace-opt and gepa: final score, calls of the workflow, seconds of overhead.

    python -m venv PEERS && PEERS/bin/pip install trace-opt 'gepa>=0.1.4,<0.2'
    python -m benchmarks.workflow --peers PEERS/bin/python [--budget 60] [--seeds 5]

Each system gets the same tasks, the same proposer (a rule, no language model) and the same budget of runs, and may
stop when it has reached the target. Ours and trace-opt both go through their OptoPrime, prompt and reply included.
Overhead is wall time less that of the proposer and of as many runs on plain values; imports are not counted.
"""

import argparse
import json
import re
import statistics
import subprocess
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from agent.llm import Budget, ScriptedModel
from agent.llm.base import Request
from agent.workflow import Margin, OptoPrime, Parameter, node, optimize
from benchmarks.peers.tasks import Task, start_again, tasks

OTHERS = Path(__file__).parent / "peers" / "others.py"
_VARIABLE = re.compile(r"^(\w+) = (.*)$", re.MULTILINE)


def with_ours(task: Task, budget: int, seed: int) -> dict[str, Any]:
    """The values that our optimizer ends with."""
    parameters = {name: node(value, trainable=True, name=name) for name, value in task.values.items()}

    def answer(request: Request) -> str:
        asked = request.messages[-1].content
        told = asked.split("<variables>")[1].split("</variables>")[0]
        values = {name: json.loads(text) for name, text in _VARIABLE.findall(told)}
        feedback = " ".join(re.findall(r"^feedback on \S+: (.*)$", asked, re.MULTILINE))
        return json.dumps({"reasoning": "", "values": task.propose(values, feedback)})

    optimize(
        lambda item: task.run(parameters, item),
        task.train,
        score=task.score,
        # Requests to the scripted model are calls too, at most one for each run; runs are limited by `steps`.
        budget=Budget(calls=2 * budget),
        parameters=[each for each in parameters.values() if isinstance(each, Parameter)],
        optimizer=OptoPrime(),
        model=ScriptedModel(answer),
        gate=Margin(),  # the others take any gain
        selection="latest",  # as trace-opt goes on
        target=task.target,
        time_limit_s=None,
        seed=seed,
    )
    return {name: parameter.data for name, parameter in parameters.items()}


def ours(budget: int, seed: int) -> list[dict[str, Any]]:
    """What came of each task."""
    reports = []
    for task in tasks(seed):
        start_again()
        plain_s = task.plain_seconds()
        started = time.perf_counter()
        values = with_ours(task, budget, seed)
        wall_s = time.perf_counter() - started
        overhead_s = wall_s - task.rule_s - task.calls * plain_s
        score = task.final_score(values)
        reports.append(
            {"task": task.name, "score": score, "calls": task.calls, "overhead_s": overhead_s, "error": ""}
        )
    return reports


def others(python: Path, system: str, budget: int, seed: int) -> list[dict[str, Any]]:
    """What came of each task in another system, run by another interpreter."""
    command = [str(python), str(OTHERS), system, str(budget), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"task"')]
    if done.returncode or not lines:
        raise SystemExit(f"{system} cannot be run by {python}: {done.stderr[-1000:]}")
    return [json.loads(line) for line in lines]


def main() -> None:
    """Print a Markdown table of means over seeds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peers", type=Path, help="interpreter of an environment with trace-opt and gepa")
    parser.add_argument("--budget", type=int, default=60, help="most runs of the workflow")
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    ours(arguments.budget, 0)  # imports and caches are warm from here on
    found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for seed in range(arguments.seeds):
        reports = {"ours": ours(arguments.budget, seed)}
        if arguments.peers:
            for system in ("trace", "gepa"):
                reports[system] = others(arguments.peers, system, arguments.budget, seed)
        for system, each in reports.items():
            for report in each:
                found[report["task"], system].append(report)
    print("| task | system | final score | runs | overhead, ms a run | overhead, ms in all | error |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for (task, system), each in sorted(found.items()):
        calls = statistics.mean(report["calls"] for report in each)
        overhead_ms = 1000 * statistics.median(report["overhead_s"] for report in each)
        score = statistics.mean(report["score"] for report in each)
        print(
            f"| {task} | {system} | {score:.3f} | {calls:.1f} | {overhead_ms / max(1, calls):.2f} "
            f"| {overhead_ms:.1f} | {each[0]['error'][:80]} |"
        )


if __name__ == "__main__":
    main()
