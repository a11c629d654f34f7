"""AlphaOPT's library.json and taxonomy.json: read and written without loss.

The format's own fields without a counterpart here (its number, iteration, occurrence) wait in `Insight.foreign`.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from library.exchange.contents import Contents, refused
from library.insight import DIAGNOSES, Definition, Evidence, Insight, Label, Provenance, Status

Tree = dict[str, dict[str, list[str]]]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    insight_id: int
    taxonomy: Annotated[Tree, Field(min_length=1)]
    condition: str
    explanation: str
    example: str = ""
    iteration: int | None = 0
    version: int = 1
    task_id: str | list[str] | None = None
    occurrence: int = 0
    distribution: dict[str, list[str]] = {}


class _Meaning(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    definition: str = ""
    condition: str = ""


def read_library(entries: list[JsonValue], source: str) -> Contents:
    """The insights of a library.json; published ones, so they are active.

    Raises:
        ExchangeError: an entry is wrong; names it.
    """
    insights = []
    for place, value in enumerate(entries, start=1):
        try:
            insights.append(_insight(_Entry.model_validate(value)))
        except ValidationError as error:
            raise refused(source, f"entry {place}", error) from None
    return Contents(tuple(insights))


def _insight(entry: _Entry) -> Insight:
    tasks = [entry.task_id] if isinstance(entry.task_id, str) else entry.task_id or []
    return Insight(
        id=f"alphaopt-{entry.insight_id}",
        labels=tuple(_labels(entry.taxonomy)),
        condition=entry.condition,
        explanation=entry.explanation,
        example=entry.example,
        status=Status.ACTIVE,
        provenance=Provenance(tasks=tuple(tasks), verified_by="AlphaOPT"),
        evidence=Evidence.model_validate(entry.distribution),
        foreign=entry.model_dump(include={"insight_id", "iteration", "version", "occurrence", "task_id"}),
    )


def _labels(tree: Tree) -> Iterator[Label]:
    for track, groups in tree.items():
        for group, names in groups.items():
            for name in names:
                yield Label(track=track, group=group, name=name)


def write_library(insights: Iterable[Insight]) -> str:
    """The library.json of these insights; those without a number of that format get the next free ones."""
    chosen = list(insights)
    taken = [n for i in chosen if isinstance(n := i.foreign.get("insight_id"), int)]
    fresh = iter(range(max(taken, default=0) + 1, max(taken, default=0) + len(chosen) + 1))
    entries = [
        _entry(i, n if isinstance(n := i.foreign.get("insight_id"), int) else next(fresh)) for i in chosen
    ]
    return json.dumps(entries, indent=2, ensure_ascii=False) + "\n"


def _entry(insight: Insight, number: int) -> dict[str, Any]:
    foreign, tasks = insight.foreign, list(insight.provenance.tasks)
    tree: Tree = {}
    for label in insight.labels:
        tree.setdefault(label.track, {}).setdefault(label.group, []).append(label.name)
    was, evidence = foreign.get("version"), insight.evidence.model_dump(mode="json")
    return {
        "insight_id": number,
        "taxonomy": tree,
        "condition": insight.condition,
        "explanation": insight.explanation,
        "example": insight.example,
        "iteration": foreign.get("iteration", 0),
        "version": insight.version if not isinstance(was, int) else was + max(0, insight.version - 1),
        "task_id": tasks[0] if isinstance(foreign.get("task_id"), str) and len(tasks) == 1 else tasks,
        "occurrence": foreign.get("occurrence", 0),
        "distribution": {name: evidence[name] for name in DIAGNOSES},
    }


def read_taxonomy(tree: dict[str, JsonValue], source: str) -> Contents:
    """The labels of a taxonomy.json with their meaning.

    Raises:
        ExchangeError: an entry is wrong; names it.
    """
    found = []
    for track, groups in tree.items():
        for group, names in _branches(groups, source, track):
            for name, value in _branches(names, source, f"{track} > {group}"):
                try:
                    meaning = _Meaning.model_validate(value)
                    label = Label(track=track, group=group, name=name)
                except ValidationError as error:
                    raise refused(source, f"{track} > {group} > {name}", error) from None
                found.append(Definition(label=label, **meaning.model_dump()))
    return Contents(taxonomy=tuple(found))


def _branches(value: JsonValue, source: str, where: str) -> Iterable[tuple[str, JsonValue]]:
    if not isinstance(value, dict):
        raise refused(source, where, "a taxonomy has three levels of names here")
    return value.items()


def write_taxonomy(definitions: Iterable[Definition]) -> str:
    """The taxonomy.json of the labels that have a meaning."""
    tree: dict[str, dict[str, dict[str, Any]]] = {}
    for one in definitions:
        if one.has_words:
            names = tree.setdefault(one.label.track, {}).setdefault(one.label.group, {})
            names[one.label.name] = {"definition": one.definition, "condition": one.condition}
    return json.dumps(tree, indent=2, ensure_ascii=False) + "\n"
