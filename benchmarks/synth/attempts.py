"""What came of one attempt to make a task, and the counts over all attempts."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

from agent.formulation import Formulation
from benchmarks.answering import Frozen

Road = Literal["optmath", "resocratic"]


class Outcome(StrEnum):
    """What an attempt is good for.

    Accepted tasks were answered rightly from their words alone. Hard ones were not, though the words are judged to
    state the formulation completely.
    """

    ACCEPTED = "accepted"
    HARD = "hard"
    REJECTED = "rejected"
    ERROR = "error"


class Features(Frozen):
    """How difficult a formulation looks; `numbers` are those that its words must state."""

    model_class: str
    variables: int
    constraints: int
    numbers: int


class Attempt(Frozen):
    """One attempt.

    Attributes:
        number: attempts of the same seed and number are the same but for what the language model says.
        type: of the seed generator, or the kind of ReSocratic demonstration.
        size: of the seed.
        reason: why it ended so; a short phrase that can be counted. `detail` says more.
        question: the task in words; empty where it did not come so far.
        objective: the verified optimum of the formulation.
        answered: the objective that the forward pass found.
    """

    number: int
    road: Road
    type: str
    size: int
    outcome: Outcome
    reason: str
    detail: str = ""
    question: str = ""
    formulation: Formulation | None = None
    objective: float | None = None
    answered: float | None = None
    features: Features | None = None
    calls: int = 0
    tokens: int = 0
    seconds: float = 0.0

    def with_seed(self, formulation: Formulation, objective: float, features: Features) -> "Attempt":
        """The attempt with what its task is told from."""
        return self.model_copy(
            update={"formulation": formulation, "objective": objective, "features": features}
        )


def counts(attempts: Iterable[Attempt]) -> dict[str, int]:
    """How often attempts ended for which reason, the commonest first."""
    found = Counter(f"{attempt.outcome.value}: {attempt.reason}" for attempt in attempts)
    return dict(found.most_common())
