"""A journal as people look at it: a table, one candidate in full, and the family tree as a picture."""

import json
from collections.abc import Sequence
from html import escape
from typing import Any

from agent.errors import WorkflowError
from agent.llm import Ledger
from agent.workflow.gate import mean
from agent.workflow.journal import Journal
from agent.workflow.records import Candidate, Run

_COLUMN, _ROW, _RADIUS = 120, 70, 18
_COLOURS = {
    "start": "#4c78a8",
    "adopted": "#54a24b",
    "kept": "#f2cf5b",
    "dropped": "#bab0ac",
    "repeated": "#bab0ac",
    "refused": "#e45756",
}


def table_text(journal: Journal) -> str:
    """One line a step: candidate, parent, status, scores and reason; then what it cost."""
    candidates = {candidate.number: candidate for candidate in journal.candidates()}
    lines = []
    for verdict in journal.verdicts():
        candidate = candidates.get(-1 if verdict.candidate is None else verdict.candidate)
        parent = "" if candidate is None or candidate.parent is None else f" from {candidate.parent}"
        who = "no candidate" if candidate is None else f"candidate {candidate.number}{parent}"
        lines.append(f"step {verdict.step + 1}: {verdict.status:8} {who}: {verdict.reason}")
    lines += account_lines(journal.ledger())
    lines.append(f"{journal.facts.get('elapsed_s', 0.0):.1f} s in all")
    return "\n".join(lines)


def accounts(ledger: Ledger) -> list[dict[str, Any]]:
    """What each role has spent with each model, as JSON values; runs of the workflow have no model."""
    return [
        {
            "role": role,
            "model": model,
            "calls": part.calls,
            "failed": part.failed,
            "prompt_tokens": part.prompt_tokens,
            "completion_tokens": part.completion_tokens,
            "seconds": part.seconds,
            "cost": part.cost,
        }
        for (role, model), part in ledger.accounts().items()
    ]


def account_lines(ledger: Ledger) -> list[str]:
    """The same for people, one line each."""
    lines = []
    for row in accounts(ledger):
        who = f"{row['role']} ({row['model']})" if row["model"] else row["role"]
        failed = f" ({row['failed']} failed)" if row["failed"] else ""
        text = f"{who}: {row['calls']:,} calls{failed}, {row['seconds']:.1f} s"
        if row["model"]:
            text += f", {row['prompt_tokens']:,} + {row['completion_tokens']:,} tokens"
        lines.append(text + (f", cost {row['cost']:.4g}" if row["cost"] else ""))
    return lines


def candidate_text(journal: Journal, number: int) -> str:
    """A candidate's values, where it came from, and each of its runs with score and feedback.

    Raises:
        WorkflowError: there is no such candidate.
    """
    candidates = journal.candidates()
    if number >= len(candidates):
        raise WorkflowError(f"there is no candidate {number}; the journal has 0 to {len(candidates) - 1}")
    candidate = candidates[number]
    parts = [f"candidate {number}, from {candidate.parent}: {candidate.origin}"]
    parts += [f"{name} = {_text(value)}" for name, value in candidate.values.items()]
    for run in journal.runs(number):
        score = run.failure or f"{run.score:.4g}"
        parts.append(f"{run.part} item {run.item}: {score}  {run.feedback}".rstrip())
    return "\n".join(parts)


def as_dict(journal: Journal) -> dict[str, Any]:
    """Everything in the journal as JSON values."""
    return {
        "facts": journal.facts,
        "candidates": [candidate.model_dump(mode="json") for candidate in journal.candidates()],
        "proposals": [proposal.model_dump(mode="json") for proposal in journal.proposals()],
        "verdicts": [verdict.model_dump(mode="json") for verdict in journal.verdicts()],
        "runs": [run.model_dump(mode="json") for run in journal.runs()],
        "ledger": journal.ledger().model_dump(mode="json"),
    }


def svg(journal: Journal) -> str:
    """The candidates as a tree, each below its parent, coloured by what became of it, as SVG."""
    candidates, verdicts, runs = journal.candidates(), journal.verdicts(), journal.runs()
    fates = {v.candidate: v.status for v in verdicts if v.candidate is not None and v.status != "repeated"}
    places = _places(candidates)
    width = _COLUMN * (1 + max((column for column, _ in places.values()), default=0))
    height = _ROW * (1 + max((row for _, row in places.values()), default=0))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="11" text-anchor="middle">'
    ]
    for candidate in candidates:
        if candidate.parent is not None:
            (x1, y1), (x2, y2) = _point(places[candidate.parent]), _point(places[candidate.number])
            parts.append(f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#888"/>')
    for candidate in candidates:
        x, y = _point(places[candidate.number])
        fate = fates.get(candidate.number, "dropped")
        about = escape(f"{fate}: {candidate.origin}"[:200])
        parts.append(
            f'<g><title>{about}</title><circle cx="{x}" cy="{y}" r="{_RADIUS}" fill="{_COLOURS[fate]}"/>'
            f'<text x="{x}" y="{y + 4}">{candidate.number}</text>'
            f'<text x="{x}" y="{y + _RADIUS + 12}">{_score(candidate, runs)}</text></g>'
        )
    return "\n".join([*parts, "</svg>", ""])


def _places(candidates: Sequence[Candidate]) -> dict[int, tuple[int, int]]:
    """Column and row of each candidate: a child stands one row below its parent, leaves side by side."""
    children: dict[int | None, list[int]] = {}
    for candidate in candidates:
        children.setdefault(candidate.parent, []).append(candidate.number)
    places: dict[int, tuple[int, int]] = {}
    column = 0
    waiting = [(number, 0) for number in reversed(children.get(None, []))]
    while waiting:
        number, row = waiting.pop()
        below = children.get(number, [])
        places[number] = (column, row)
        column += not below
        waiting += [(child, row + 1) for child in reversed(below)]
    return places


def _point(place: tuple[int, int]) -> tuple[int, int]:
    column, row = place
    return _COLUMN * column + _COLUMN // 2, _ROW * row + _RADIUS + 4


def _score(candidate: Candidate, runs: Sequence[Run]) -> str:
    """The mean score on the part that most candidates were compared on, as far as it is known."""
    own = [run for run in runs if run.candidate == candidate.number and run.part != "test"]
    chosen = [run for run in own if run.part == "validation"] or own
    scores = [run.score for run in chosen if run.score is not None]
    return f"{mean(scores):.4g}" if scores else "failed" if chosen else ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
