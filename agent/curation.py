"""Insights as people write and read them: checked where they are written, their evidence in words."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from agent.errors import UserError
from library.insight import DIAGNOSES, Insight, Label, Provenance, Status

_SHOWN_TASKS = 8


def written(condition: str, explanation: str, labels: Sequence[str], example: str = "") -> Insight:
    """A new insight by hand, active at once.

    Args:
        condition: when it applies, and when not.
        explanation: what to do then.
        labels: places in the taxonomy, each as TRACK > GROUP > NAME.
        example: a few lines that show it.

    Raises:
        UserError: a text is empty or too long, or a label has not three parts.
    """
    origin = Provenance(made_at=datetime.now(UTC), verified_by="written by hand")
    return _checked(
        {
            "labels": _labels(labels),
            "condition": condition,
            "explanation": explanation,
            "example": example,
            "status": Status.ACTIVE,
            "provenance": origin,
        }
    )


def edited(insight: Insight, labels: Sequence[str] | None = None, **texts: str) -> Insight:
    """The insight with other labels, or another condition, explanation or example.

    Raises:
        UserError: a text is empty or too long, or a label has not three parts.
    """
    given: dict[str, Any] = dict(texts)
    if labels is not None:
        given["labels"] = _labels(labels)
    return _checked({**dict(insight), **given})


def evidence(insight: Insight) -> Iterator[str]:
    """What was measured of an insight, and where it comes from, a sentence at a time."""
    found, origin = insight.evidence, insight.provenance
    yield f"{found.runs} paired runs on its tasks: helped {found.helped}, harmed {found.harmed}"
    yield f"{found.guard_runs} on others: helped {found.guard_helped}, harmed {found.guard_harmed}"
    for name in DIAGNOSES:
        if tasks := getattr(found, name):
            more = ", ..." if len(tasks) > _SHOWN_TASKS else ""
            yield f"{name} on {len(tasks)}: {', '.join(tasks[:_SHOWN_TASKS])}{more}"
    facts = [
        f"learned from {', '.join(origin.tasks)}" if origin.tasks else "",
        f"by {origin.model}" if origin.model else "",
        f"on {origin.made_at.date().isoformat()}" if origin.made_at else "",
        f"verified by {origin.verified_by}" if origin.verified_by else "",
        f"made of {', '.join(origin.parents)}" if origin.parents else "",
    ]
    yield "; ".join(fact for fact in facts if fact) or "its origin is not known"


def _labels(texts: Sequence[str]) -> tuple[Label, ...]:
    try:
        return tuple(map(Label.parse, texts))
    except ValidationError as error:
        raise UserError(f"a part of a label: {error.errors()[0]['msg']}") from None
    except ValueError as error:
        raise UserError(str(error)) from None


def _checked(fields: dict[str, Any]) -> Insight:
    try:
        return Insight.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
