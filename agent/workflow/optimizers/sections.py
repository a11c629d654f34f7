"""Parts of prompts that several optimizers share, each of limited size."""

import json
from collections.abc import Iterable, Mapping, Sequence

from agent.prompts import fenced
from agent.workflow.optimizers.protocol import Situation, Tried
from agent.workflow.records import Run
from agent.workflow.traces import clipped

MAX_SECTION_CHARS = 6_000
MAX_RUNS = 6
MAX_REMARK_CHARS = 300


def variables(situation: Situation) -> str:
    """The present values of the targets, fenced."""
    return _section(
        "variables", (f"{name} = {_json(situation.values[name])}" for name in situation.targets), 3
    )


def constraints(situation: Situation) -> str:
    """What the targets may be and mean, fenced."""
    lines = []
    for name, parameter in situation.changeable.items():
        about = "; ".join(filter(None, (str(parameter.kind), parameter.constraint, parameter.description)))
        lines.append(f"{name}: {about}")
    return _section("constraints", lines)


def graph(situation: Situation) -> str:
    """Code and documentation of the runs, fenced; taken from the first run that reached the most operations."""
    traces = [run.trace for run in situation.evidence if run.trace is not None]
    if not traces:
        return ""
    fullest = max(traces, key=lambda trace: len(trace.code))
    about = (f"[{name}] {text}" for name, text in fullest.documentation.items())
    return "\n".join([_section("code", fullest.code), _section("documentation", about)])


def runs(situation: Situation) -> str:
    """Inputs, other values, outputs and feedback of each run, fenced; the worst first."""
    ranked = sorted(situation.evidence, key=lambda run: (run.score is not None, run.score or 0.0))
    limit = MAX_SECTION_CHARS // max(1, min(MAX_RUNS, len(ranked)))
    return "\n".join(fenced("run", clipped(_run(run), limit)) for run in ranked[:MAX_RUNS])


def memory(tried: Sequence[Tried], targets: Sequence[str], size: int) -> str:
    """The last values of the targets with their scores, fenced; nothing where nothing was tried."""
    lines = []
    for entry in tried[-size:]:
        values = {name: entry.values[name] for name in targets if name in entry.values}
        score = "unknown" if entry.score is None else f"{entry.score:.6g}"
        lines.append(f"score {score}: {_json(values)} {clipped(entry.remark, MAX_REMARK_CHARS)}".rstrip())
    return _section("memory", lines)


def _run(run: Run) -> str:
    score = "failed" if run.score is None else f"{run.score:.6g}"
    parts = [f"score: {score}"]
    if run.item_text:
        parts.append(f"item: {run.item_text}")
    if run.trace is not None:
        for name, values in (("inputs", run.trace.inputs), ("others", run.trace.others)):
            parts += [f"{name}:", *_assignments(values)] if values else []
        parts += ["outputs:", *_assignments(run.trace.outputs)]
        parts += [f"feedback on {name}: {text}" for name, text in run.trace.feedback.items() if text]
    return "\n".join(parts)


def _assignments(values: Mapping[str, str]) -> Iterable[str]:
    return (f"  {name} = {value}" for name, value in values.items())


def _section(tag: str, lines: Iterable[str], factor: int = 1) -> str:
    text = "\n".join(lines)
    return fenced(tag, clipped(text, factor * MAX_SECTION_CHARS)) if text else ""


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
