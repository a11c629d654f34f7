"""What is known of each set: source, licence, size, types, where its file is pinned, and labels proven wrong."""

import hashlib
import tomllib
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from agent.formulation import Formulation
from benchmarks.datasets.records import Key
from benchmarks.errors import DatasetError

_HERE = Path(__file__).parent
HOST = "https://raw.githubusercontent.com"


class PinnedFile(BaseModel):
    """A file of a public repository at one commit; `sha256` is empty where nobody computed it yet."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    repository: str
    commit: str = Field(pattern=r"^[0-9a-f]{40}$")
    path: str
    sha256: str = Field("", pattern=r"^([0-9a-f]{64})?$")

    def url(self, host: str = HOST) -> str:
        """Where it is downloaded from."""
        return f"{host.rstrip('/')}/{self.repository}/{self.commit}/{self.path}"


class Correction(BaseModel):
    """A label that is wrong, with the right answer, why, and the formulation that proves it.

    `question` is `digest_of` the question, since ids differ between releases.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    set: str
    question: str
    label: Key
    answer: Key
    reason: str
    formulation: Formulation


class Card(BaseModel):
    """What is known of a set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    source: str
    licence: str
    types: str
    size: int | None = None
    notes: str = ""
    file: PinnedFile | None = None

    @property
    def way(self) -> str:
        """How to get the set, for the user."""
        if self.file is None:
            return f"get it from {self.source} and pass --data PATH"
        checksum = "" if self.file.sha256 else " --sha256 HEX"
        return f"run `optwright bench fetch {self.name}{checksum}`, or pass --data PATH"

    @property
    def corrections(self) -> dict[str, Correction]:
        """The labels that are proven wrong, by the digest of their question."""
        return {item.question: item for item in _corrections() if item.set == self.name}


def digest_of(question: str) -> str:
    """The question's identity across releases: 16 hexadecimal digits of its words in lower case."""
    return hashlib.sha256(" ".join(question.lower().split()).encode()).hexdigest()[:16]


def card(name: str) -> Card:
    """The card of a set.

    Raises:
        DatasetError: there is no such set; the text lists all.
    """
    cards = _cards()
    if name not in cards:
        raise DatasetError(f"there is no set {name!r}; known: {', '.join(cards)}")
    return cards[name]


def names() -> tuple[str, ...]:
    """The names of all sets."""
    return tuple(_cards())


@cache
def _cards() -> dict[str, Card]:
    table = tomllib.loads((_HERE / "cards.toml").read_text(encoding="utf-8"))
    return {name: Card.model_validate({"name": name, **fields}) for name, fields in table.items()}


@cache
def _corrections() -> tuple[Correction, ...]:
    lines = (_HERE / "corrections.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(Correction.model_validate_json(line) for line in lines)
