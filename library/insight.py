"""One insight: when something applies, what to do then, where it comes from and what was measured of it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from library.protocol import Track

MAX_TEXT = 4000
CODE_TRACK = "Code Implementation"


class Frozen(BaseModel):
    """Immutable, no unknown keys, no infinite numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=r"^[^>\n]+$"),
]
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT, pattern=r"\S")]


class Status(StrEnum):
    """Whether an insight is offered: candidates have not proved themselves, retired ones are kept as history."""

    CANDIDATE = "candidate"
    ACTIVE = "active"
    RETIRED = "retired"


class Label(Frozen):
    """A place in the taxonomy, such as General Formulation > Variable Definition > Integrality."""

    track: Name
    group: Name
    name: Name

    def __str__(self) -> str:
        return f"{self.track} > {self.group} > {self.name}"

    @classmethod
    def parse(cls, text: str) -> "Label":
        """The label that `str` writes.

        Raises:
            ValueError: there are not three parts.
        """
        parts = [part.strip() for part in text.split(">")]
        if len(parts) != 3:
            raise ValueError(f"the label {text!r} has {len(parts)} parts; write TRACK > GROUP > NAME")
        return cls(track=parts[0], group=parts[1], name=parts[2])


class Definition(Frozen):
    """What a label means and when it applies."""

    label: Label
    definition: Text = ""
    condition: Text = ""

    @property
    def has_words(self) -> bool:
        """Whether somebody has said what it means."""
        return bool(self.definition or self.condition)


class Provenance(Frozen):
    """Where an insight comes from.

    Attributes:
        tasks: ids of the tasks it was learned from.
        fingerprints: of their questions, by which they are recognized elsewhere; see `library.tasks.fingerprint`.
        model: name of the language model that worded it.
        made_at: when, in UTC.
        verified_by: what vouches for it, such as "5 paired runs on its task"; empty for hand-written ones.
        parents: ids of the insights it was merged or split from.
    """

    tasks: tuple[str, ...] = ()
    fingerprints: tuple[str, ...] = ()
    model: str = ""
    made_at: datetime | None = None
    verified_by: str = ""
    parents: tuple[str, ...] = ()


class Evidence(Frozen):
    """What paired runs with and without the insight gave, and how it fared on tasks, by task id.

    Attributes:
        runs: pairs run on source tasks; `helped` and `harmed` of them went right only with, only without it.
        guard_runs: pairs run on tasks that it should leave alone, and how those went.
        positive: tasks where it was retrieved and made the difference.
        negative: tasks where it was retrieved and led astray.
        unretrieved: tasks where it was missed and proved to help.
        irrelevant: tasks where it was retrieved without effect.
        invalid: tasks where it applied and did not help.
    """

    runs: int = Field(0, ge=0)
    helped: int = Field(0, ge=0)
    harmed: int = Field(0, ge=0)
    guard_runs: int = Field(0, ge=0)
    guard_helped: int = Field(0, ge=0)
    guard_harmed: int = Field(0, ge=0)
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    unretrieved: tuple[str, ...] = ()
    irrelevant: tuple[str, ...] = ()
    invalid: tuple[str, ...] = ()


Diagnosis = Literal["positive", "negative", "unretrieved", "irrelevant", "invalid"]
DIAGNOSES: tuple[Diagnosis, ...] = ("positive", "negative", "unretrieved", "irrelevant", "invalid")


class Insight(Frozen):
    """A piece of know-how with its history.

    Attributes:
        id: given by the store, and kept for good.
        labels: its places in the taxonomy; the first decides at which step it is offered.
        condition: when it applies and when not, in words that are found by the problems it is for.
        explanation: what to do then, and which mistake that avoids.
        example: a few lines that show it; may be empty.
        version: counts the changes; 0 for an insight that is in no store yet.
        foreign: fields of a foreign format that have no counterpart here, kept for the way back.
    """

    id: Annotated[str, StringConstraints(pattern=r"^[\w.:-]{0,64}$")] = ""
    labels: Annotated[tuple[Label, ...], Field(min_length=1)]
    condition: Sentence
    explanation: Sentence
    example: Text = ""
    status: Status = Status.CANDIDATE
    version: int = Field(0, ge=0)
    provenance: Provenance = Provenance()
    evidence: Evidence = Evidence()
    foreign: dict[str, JsonValue] = {}

    @property
    def track(self) -> Track:
        """The step that it advises: the formulation, or a program."""
        return "code" if self.labels[0].track == CODE_TRACK else "formulation"

    @property
    def title(self) -> str:
        """The last part of its first label and the beginning of its condition, for lists."""
        first_line = self.condition.splitlines()[0]
        return f"{self.labels[0].name}: {first_line if len(first_line) < 90 else first_line[:87] + '...'}"
