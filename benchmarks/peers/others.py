"""Runs the tasks with trace-opt or gepa, in an environment that has them; prints one JSON object a task.

    PEERS/bin/python benchmarks/peers/others.py trace 60 0

It imports nothing of Optwright but the tasks beside it, so that a throw-away environment will do.
"""

import importlib
import json
import random
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
tasks = importlib.import_module("tasks")
MINIBATCH = 3


def with_trace(task: Any, budget: int, seed: int) -> dict[str, Any]:
    """The values that Trace ends with: run a minibatch, propagate, step, as its documents show."""
    from opto import trace
    from opto.optimizers import OptoPrime

    nodes = {name: trace.node(value, trainable=True) for name, value in task.values.items()}
    said = {"feedback": ""}

    def model(**_: Any) -> Any:
        values = {name: node.data for name, node in nodes.items()}
        proposed = task.propose(values, said["feedback"])
        suggestion = {nodes[name].py_name: value for name, value in proposed.items()}
        text = json.dumps({"reasoning": "", "answer": "", "suggestion": suggestion})
        return SimpleNamespace(choices=[SimpleNamespace(message=SimpleNamespace(content=text))])

    @trace.bundle()
    def join(*outputs):  # type: ignore[no-untyped-def]
        """All outputs."""
        return list(outputs)

    optimizer = OptoPrime(list(nodes.values()), llm=model)
    chance, right = random.Random(seed), 0
    while task.calls < budget and right < len(task.train):
        size = min(MINIBATCH, len(task.train), budget - task.calls)
        batch = chance.sample(list(task.train), size)
        outputs = [task.run(nodes, item) for item in batch]
        scored = [task.score(output.data, item) for output, item in zip(outputs, batch, strict=True)]
        if all(score >= task.target for score, _ in scored):
            right += len(batch)
            continue
        right, said["feedback"] = 0, " ".join(text for _, text in scored)
        output = outputs[0] if len(outputs) == 1 else join(*outputs)
        optimizer.zero_feedback()
        optimizer.backward(output, said["feedback"])
        optimizer.step()
    return {name: node.data for name, node in nodes.items()}


def with_gepa(task: Any, budget: int, seed: int) -> dict[str, Any]:
    """The values of gepa's best candidate."""
    import gepa

    def values_of(candidate: dict[str, str]) -> dict[str, Any]:
        return {n: text if n == "prompt" else json.loads(text) for n, text in candidate.items()}

    class Adapter:
        def evaluate(self, batch: Any, candidate: dict[str, str], capture_traces: bool = False) -> Any:
            outputs = [task.run(values_of(candidate), item) for item in batch]
            scored = [task.score(output, item) for output, item in zip(outputs, batch, strict=True)]
            traces = [text for _, text in scored] if capture_traces else None
            return gepa.EvaluationBatch(outputs, [score for score, _ in scored], traces)

        def make_reflective_dataset(self, _candidate: Any, evaluated: Any, names: list[str]) -> Any:
            return {name: [{"Feedback": text} for text in evaluated.trajectories] for name in names}

        def propose_new_texts(self, candidate: Any, dataset: Any, names: list[str]) -> dict[str, str]:
            feedback = " ".join(record["Feedback"] for record in dataset[names[0]])
            proposed = task.propose(values_of(candidate), feedback)
            return {n: v if n == "prompt" else _told(v) for n, v in proposed.items() if n in names}

    def is_over(state: Any) -> bool:
        scores = state.program_full_scores_val_set
        return bool(scores) and max(scores) >= task.target

    result = gepa.optimize(
        seed_candidate={n: v if n == "prompt" else json.dumps(v) for n, v in task.values.items()},
        trainset=list(task.train),
        valset=list(task.validation),
        adapter=Adapter(),
        reflection_minibatch_size=min(MINIBATCH, len(task.train)),
        max_metric_calls=budget,
        stop_callbacks=is_over,
        perfect_score=task.target,
        logger=SimpleNamespace(log=lambda _: None),
        seed=seed,
    )
    return values_of(result.best_candidate)


def _told(value: Any) -> str:
    """A JSON text; a truth value that was told as text is read by whoever writes such an adapter."""
    return json.dumps({"True": True, "False": False}.get(value, value) if isinstance(value, str) else value)


def main(system: str, budget: int, seed: int) -> None:
    """Print what came of each task."""
    run = {"trace": with_trace, "gepa": with_gepa}[system]
    run(tasks.tasks(seed)[0], budget, seed)  # imports and caches are warm from here on
    for task in tasks.tasks(seed):
        tasks.start_again()
        plain_s = task.plain_seconds()
        started, error = time.perf_counter(), ""
        values = dict(task.values)
        try:
            values = run(task, budget, seed)
        except Exception as failure:
            error = f"{type(failure).__name__}: {failure}"[:200]
        wall_s = time.perf_counter() - started
        report = {
            "task": task.name,
            "score": task.final_score(values),
            "calls": task.calls,
            "overhead_s": wall_s - task.rule_s - task.calls * plain_s,
            "error": error,
        }
        print(json.dumps(report))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
