"""One layout for the problems of every set: what is asked, what counts as right, and what is wrong with the file."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from agent.formulation import Formulation

Outcome = Literal["infeasible", "unbounded", "unsure"]
Key = float | Outcome


class Record(BaseModel):
    """A problem with its key.

    Attributes:
        id: unique within its set.
        question: the problem in words.
        accepted: every answer that counts as right: objectives, or legal outcomes without one. "unsure" is the
            outcome of a text that leaves open what is meant. Empty where the set has no usable label.
        type: the set's own class of problem.
        results: the set's key for single variables, by their description; without the objective.
        data: files that belong to the question.
        formulation: one that gives the accepted answer, where there is proof.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    question: str
    accepted: tuple[Key, ...] = ()
    type: str = ""
    results: dict[str, float] = {}
    data: tuple[Path, ...] = ()
    formulation: Formulation | None = None

    @property
    def answer(self) -> Key | None:
        """The first accepted answer; None without a usable label."""
        return self.accepted[0] if self.accepted else None


class Flaw(BaseModel):
    """Something wrong with one entry of a file.

    Attributes:
        kind: "dropped" entries are not asked, "unlabelled" ones are asked but not scored, "renamed" ones had the
            id of an earlier entry.
        place: line, row or folder.
        id: of the record, where there is one.
        text: what is wrong.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["dropped", "unlabelled", "renamed"]
    place: str
    text: str
    id: str = ""

    def __str__(self) -> str:
        """One line for people."""
        name = f" ({self.id})" if self.id else ""
        return f"{self.place}{name}: {self.kind}: {self.text}"


@dataclass(frozen=True, slots=True)
class Dataset:
    """The problems of one file or folder in their order, with what was wrong there.

    Attributes:
        name: the set's name.
        path: where it was read.
        digest: SHA-256 of what was read, as hexadecimal digits.
    """

    name: str
    path: Path
    digest: str
    records: tuple[Record, ...]
    flaws: tuple[Flaw, ...]

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, position: int) -> Record:
        return self.records[position]

    @property
    def types(self) -> Counter[str]:
        """How many problems there are of each type."""
        return Counter(record.type for record in self.records)
