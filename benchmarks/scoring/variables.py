"""Whether all variables of a key are met, or the answer is another optimum of the same problem."""

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

from agent.data import load
from agent.errors import AgentError
from agent.formulation.instance import Instance, bind
from agent.formulation.violation import objective_value, violations
from benchmarks.answering import Answer
from benchmarks.datasets.records import Record
from benchmarks.scoring.score import TOLERANCE, agrees, is_right, judge

_FILLERS = frozenset(("the", "of", "to", "number", "amount", "in", "for", "a", "an", "how", "many", "units"))


def all_right(answer: Answer, record: Record) -> bool:
    """Whether the objective is right and every variable of the key is met.

    Each description of the key is paired with the variable whose name and meaning are nearest. Where values differ,
    the answer still counts if it is an alternative optimum: the key's own point, put into the formulation that we
    verified, satisfies every constraint and has the same objective.
    """
    if judge(answer, record) != "right" or answer.formulation is None:
        return False
    try:
        instance = bind(answer.formulation, load(list(record.data) or None))
    except AgentError:
        return False
    key, values = record.results, instance.keyed(answer.values)
    places = _paired(list(key), _places(instance))
    if len(places) < len(key):
        return False
    if all(is_right(values[name][index], key[text]) for text, (name, index) in places.items()):
        return True
    point = {name: dict(entries) for name, entries in values.items()}
    for text, (name, index) in places.items():
        point[name][index] = key[text]
    try:
        is_feasible = not violations(instance, point, TOLERANCE)
        return is_feasible and agrees("optimal", objective_value(instance, point), record.accepted)
    except AgentError:
        return False


Place = tuple[str, Any]


def _places(instance: Instance) -> dict[Place, str]:
    """Every single variable with the words that describe it."""
    return {
        (item.name, key): f"{item.name} {item.meaning} {key if key != () else ''}"
        for item in instance.formulation.variables
        for key in instance.keys(item.indices)
    }


def _paired(texts: list[str], places: Mapping[Place, str]) -> dict[str, Place]:
    """Each text with a place of its own, the most alike first."""
    ranked = sorted(
        (
            (-_likeness(text, words), text, str(place), place)
            for text in texts
            for place, words in places.items()
        ),
        key=lambda item: item[:3],
    )
    pairs: dict[str, Place] = {}
    for _, text, _, place in ranked:
        if text not in pairs and place not in pairs.values():
            pairs[text] = place
    return pairs


def _likeness(text: str, words: str) -> float:
    """How alike two descriptions are: shared words count most, then shared letters."""
    first, second = _words(text), _words(words)
    shared = len(first & second) / max(1, len(first))
    return shared + 0.1 * SequenceMatcher(None, " ".join(sorted(first)), " ".join(sorted(second))).ratio()


def _words(text: str) -> set[str]:
    return {word.rstrip("s") for word in re.findall(r"[a-z0-9]+", text.lower().replace("_", " "))} - _FILLERS
