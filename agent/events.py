"""What a run tells while it goes on."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


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
