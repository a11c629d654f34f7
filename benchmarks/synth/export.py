"""The sets that attempts add up to: for evaluation, for the library, for fine-tuning; with a card that counts."""

import json
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.leakage import overlaps
from benchmarks.runs import replace_text
from benchmarks.synth.attempts import Attempt, Outcome, counts
from benchmarks.synth.chat import conversation
from benchmarks.synth.making import Plan

SAME_TASK = 0.8
"""Likeness, numbers aside, from which a later task repeats an earlier one."""


def export(folder: Path, plan: Plan, attempts: Iterable[Attempt]) -> dict[str, Any]:
    """The counts of a folder's sets, which are written beside the attempts.

    ``accepted.jsonl`` and ``hard.jsonl`` are read by `bench run jsonl`; ``library.jsonl`` holds questions with their
    formulations to learn from; ``chat.jsonl`` conversations that end with the right formulation, where the reply's
    form can say it; ``card.md`` says what there is and why attempts were rejected.
    """
    ordered = sorted(attempts, key=lambda attempt: attempt.number)
    kept, repeated = _deduplicated(
        [item for item in ordered if item.outcome in (Outcome.ACCEPTED, Outcome.HARD)]
    )
    accepted = [attempt for attempt in kept if attempt.outcome is Outcome.ACCEPTED]
    hard = [attempt for attempt in kept if attempt.outcome is Outcome.HARD]
    _write(folder / "accepted.jsonl", map(_problem, accepted))
    _write(folder / "hard.jsonl", map(_problem, hard))
    _write(folder / "library.jsonl", map(_lesson, accepted))
    chats = [
        conversation(item.question, item.formulation) for item in accepted if item.formulation is not None
    ]
    _write(folder / "chat.jsonl", filter(None, chats))
    summary = {
        "road": plan.road,
        "attempts": len(ordered),
        "accepted": len(accepted),
        "hard": len(hard),
        "duplicates": repeated,
        "conversations": sum(chat is not None for chat in chats),
        "accept_rate": len(accepted) / len(ordered) if ordered else 0.0,
        "types": dict(sorted(Counter(attempt.type for attempt in accepted).items())),
        "reasons": counts(ordered),
        "difficulty": {"accepted": _difficulty(accepted), "hard": _difficulty(hard)},
        "calls": sum(attempt.calls for attempt in ordered),
        "tokens": sum(attempt.tokens for attempt in ordered),
        "seconds": round(sum(attempt.seconds for attempt in ordered), 1),
    }
    replace_text(folder / "card.json", json.dumps(summary, indent=1) + "\n")
    replace_text(folder / "card.md", _card(plan, summary))
    return summary


def _deduplicated(attempts: Sequence[Attempt]) -> tuple[list[Attempt], int]:
    """The attempts without those whose words, numbers aside, an earlier one has."""
    texts = {str(attempt.number): attempt.question for attempt in attempts}
    repeats = {max(int(pair.first), int(pair.second)) for pair in overlaps(texts, texts, threshold=SAME_TASK)}
    return [attempt for attempt in attempts if attempt.number not in repeats], len(repeats)


def _problem(attempt: Attempt) -> dict[str, Any]:
    assert attempt.formulation is not None  # accepted and hard attempts have one
    return {
        "id": f"{attempt.road}-{attempt.number:05d}",
        "question": attempt.question,
        "answer": attempt.objective,
        "type": attempt.type,
        "formulation": attempt.formulation.model_dump(mode="json", exclude_defaults=True),
    }


def _lesson(attempt: Attempt) -> dict[str, Any]:
    fields = _problem(attempt)
    return {name: fields[name] for name in ("id", "question", "formulation")}


def _difficulty(attempts: Sequence[Attempt]) -> dict[str, Any]:
    """Quartiles of size and length, and how many of each class of model."""
    features = [attempt.features for attempt in attempts if attempt.features is not None]
    if len(features) < 2:
        return {}
    columns = {
        name: [getattr(item, name) for item in features] for name in ("variables", "constraints", "numbers")
    }
    columns["words"] = [len(attempt.question.split()) for attempt in attempts]
    spread = {name: statistics.quantiles(column, n=4, method="inclusive") for name, column in columns.items()}
    return {**spread, "classes": dict(Counter(item.model_class for item in features).most_common())}


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    replace_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def _card(plan: Plan, summary: dict[str, Any]) -> str:
    lines = [
        f"# Tasks made by the {plan.road} road",
        "",
        f"{summary['accepted']} accepted of {summary['attempts']} attempts ({summary['accept_rate']:.1%}), "
        f"{summary['hard']} hard, {summary['duplicates']} left out as repetitions.",
        "",
        "Every answer is the optimum of the formulation beside it, found by a solver and checked again. Accepted tasks "
        "were answered rightly from their words alone; hard ones were not, though a judge found their words complete.",
        "",
        f"Told and answered by: {plan.model or 'the model of the settings'}; {plan.samples} samples in the forward "
        f"pass; seed {plan.seed}.",
        "",
        *_table("Type", summary["types"]),
        *_table("How attempts ended", summary["reasons"]),
    ]
    for name, spread in summary["difficulty"].items():
        if spread:
            quartiles = {key: _quartiles(value) for key, value in spread.items() if key != "classes"}
            lines += _table(f"Difficulty of {name} tasks (quartiles)", quartiles)
            lines += _table(f"Classes of {name} tasks", spread["classes"])
    return "\n".join(lines) + "\n"


def _quartiles(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)


def _table(title: str, rows: dict[str, Any]) -> list[str]:
    return [f"| {title} | |", "| --- | --- |", *(f"| {key} | {value} |" for key, value in rows.items()), ""]
