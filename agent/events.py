"""What a run tells while it goes on."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from agent.formulation.model import Formulation

_WORDS = {
    "intake": "reading the question",
    "retrieve": "asking the experience library",
    "formulate": "writing the formulation",
    "build": "building the model",
    "solve": "solving",
    "verify": "checking the answer",
    "decide": "weighing the candidates",
    "explain": "putting it into words",
    "learn": "taking note",
}


class NodeEvent(BaseModel):
    """A node started or finished.

    Attributes:
        node: intake, retrieve, formulate, build, solve, verify, decide, explain or learn.
        kind: started or finished.
        seconds: how long it took, once finished.
        note: what a person watching wants to know; may be empty.
    """

    model_config = ConfigDict(frozen=True)

    node: str
    kind: Literal["started", "finished"]
    seconds: float = 0.0
    note: str = ""

    @property
    def words(self) -> str:
        """What the node does, for a person watching."""
        return _WORDS.get(self.node, self.node)


class Proposal(BaseModel):
    """A run has stopped until one of these formulations, or another, is confirmed as what is meant."""

    model_config = ConfigDict(frozen=True)

    formulations: tuple[Formulation, ...]
