"""How the sets write a problem down: which field holds what. An entry says by its question's field whose it is."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from agent.formulation import Formulation
from benchmarks.datasets.labels import LabelError, keys_of, results_of
from benchmarks.datasets.reading import Entry
from benchmarks.datasets.records import Flaw, Key, Record


class Layout(NamedTuple):
    """The names of the fields, in the order in which they are looked for."""

    question: str
    answer: tuple[str, ...]
    id: tuple[str, ...]
    type: tuple[str, ...]


LAYOUTS = (
    Layout("en_question", ("en_answer",), ("id",), ("type", "difficulty", "problem_type")),
    Layout("question", ("answer", "en_answer"), ("id", "index"), ("type", "problem_class", "difficulty")),
    Layout("description", ("ground_truth", "answer", "solution"), ("task_id", "id", "index"), ("type",)),
)
"""MAMO, NL4OPT, OptMATH-Bench and IndustryOR; OptiBench, the OptiMind CSVs and plain files; LogiOR and NLP4LP."""


def records(entries: Iterator[Entry], folder: Path) -> tuple[tuple[Record, ...], tuple[Flaw, ...]]:
    """The records of all entries, and what is wrong with entries, labels and ids.

    Args:
        entries: in the order of the file.
        folder: what paths of data files are relative to.
    """
    found: dict[str, Record] = {}
    flaws: list[Flaw] = []
    for position, entry in enumerate(entries):
        if entry.fields is None:
            flaws.append(Flaw(kind="dropped", place=entry.place, text=entry.fault))
            continue
        try:
            record, fault = _record(entry.fields, str(position), folder)
        except (ValueError, RecursionError) as error:
            text = "its values are nested too deep" if isinstance(error, RecursionError) else str(error)
            flaws.append(Flaw(kind="dropped", place=entry.place, text=text))
            continue
        if record.id in found:
            flaws.append(_renamed(record, entry.place, found))
            record = record.model_copy(update={"id": flaws[-1].id})
        if fault:
            flaws.append(Flaw(kind="unlabelled", place=entry.place, id=record.id, text=fault))
        found[record.id] = record
    return tuple(found.values()), tuple(flaws)


def _renamed(record: Record, place: str, known: Mapping[str, Record]) -> Flaw:
    count = 2
    while f"{record.id}#{count}" in known:
        count += 1
    is_same = known[record.id].question == record.question
    text = f"the id {record.id!r} stands twice, {'with the same' if is_same else 'for another'} question"
    return Flaw(kind="renamed", place=place, id=f"{record.id}#{count}", text=text)


def _record(fields: Mapping[str, Any], position: str, folder: Path) -> tuple[Record, str]:
    """The record of an entry, and why its label cannot be scored; ValueError where there is no question."""
    _check_text(fields)
    fields = {str(name).lower(): value for name, value in fields.items()}
    layout = next((layout for layout in LAYOUTS if fields.get(layout.question)), None)
    if layout is None:
        names = ", ".join(map(str, fields)) or "none"
        raise ValueError(f"there is no question; its fields: {names[:200]}")
    question = fields[layout.question]
    if not isinstance(question, str) or not question.strip():
        raise ValueError(f"the field {layout.question} is no text")
    accepted, results, fault = _key(fields, layout)
    record = Record(
        id=str(_first(fields, layout.id, position)),
        question=question,
        accepted=accepted,
        results=results,
        type=_type(_first(fields, layout.type, "")),
        data=tuple(folder / name for name in _files(fields.get("data"))),
        formulation=_formulation(fields.get("formulation")),
    )
    return record, fault


def _check_text(fields: Mapping[str, Any]) -> None:
    try:
        json.dumps(fields, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"it holds the lone surrogate {error.object[error.start]!r}, which is no sign"
        ) from None


def _key(fields: Mapping[str, Any], layout: Layout) -> tuple[tuple[Key, ...], dict[str, float], str]:
    try:
        if "results" in fields:
            objective, results = results_of(fields["results"])
            return (objective,), results, ""
        label = _first(fields, layout.answer, None)
        if isinstance(label, Mapping):  # NLP4LP: {"objective": ..., "variables": ...}
            label = label.get("objective")
        return keys_of(label), {}, ""
    except LabelError as error:
        return (), {}, str(error)


def _first(fields: Mapping[str, Any], names: tuple[str, ...], default: Any) -> Any:
    return next((fields[name] for name in names if fields.get(name) not in (None, "")), default)


def _type(value: object) -> str:
    """One word or more for the class of problem; OptiMind writes lists of them as text."""
    text = str(value)
    return text.strip("[]").replace("'", "").replace('"', "") if text.startswith("[") else text


def _files(value: object) -> list[str]:
    """The names of data files; the one cell of a CSV names one."""
    names = [value] if isinstance(value, str) and value else value or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"the field data is {str(value)[:80]}, not the name of a file or a list of names")
    return names


def _formulation(value: object) -> Formulation | None:
    """A formulation of ours; LogiOR's field of this name is prose."""
    if not isinstance(value, Mapping):
        return None
    try:
        return Formulation.model_validate_json(json.dumps(value))
    except ValidationError as error:
        raise ValueError(f"the formulation is faulty: {error.errors()[0]['msg']}") from None
