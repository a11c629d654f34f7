"""What a run of the optimization consists of, as it stands in the journal."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from agent.workflow.traces import Trace, Words

Part = Literal["train", "validation", "test"]
Status = Literal["start", "adopted", "kept", "dropped", "repeated", "refused"]
Values = dict[str, Any]
"""JSON values of parameters, by name."""


class Record(BaseModel):
    """Immutable, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Candidate(Record):
    """One set of values for all parameters.

    Attributes:
        number: in the order of proposal; 0 is what the workflow came with.
        values: of all parameters.
        parent: the candidate that it was made from.
        origin: who proposed it, and why, in a line.
    """

    number: int
    values: Values
    parent: int | None = None
    origin: Words = ""


class Run(Record):
    """One run of the workflow by one candidate on one item.

    Attributes:
        candidate: its number.
        part: of the data.
        item: its place in the part.
        repeat: which of several runs on the same item; it decides the seed.
        score: higher is better; None where workflow or score failed.
        objectives: further scores by name.
        feedback: what the score says about the output, or what failed.
        item_text: the item, cut.
        output: of the workflow, cut.
        failure: "workflow", "score", "time", or empty.
        trace: of runs on the training part.
        seconds: wall time.
        calls: this run and the calls that it was charged with.
        tokens: of these.
        cost: of these, as far as it is known.
    """

    candidate: int
    part: Part
    item: int
    repeat: int = 0
    score: float | None = None
    objectives: dict[Words, float] = {}
    feedback: Words = ""
    item_text: Words = ""
    output: Words = ""
    failure: Literal["", "workflow", "score", "time"] = ""
    trace: Trace | None = None
    seconds: float = 0.0
    calls: int = 1
    tokens: int = 0
    cost: float = 0.0


class Proposal(Record):
    """What an optimizer said in one step.

    Attributes:
        step: counted from 0.
        parent: the candidate that it was asked to improve.
        values: checked values of the parameters that it changes; empty where there are none.
        reasoning: in its own words.
        faults: what was wrong with its replies, one after the other.
    """

    step: int
    parent: int
    values: Values = {}
    reasoning: Words = ""
    faults: tuple[Words, ...] = ()


class Verdict(Record):
    """What became of one step.

    Attributes:
        step: counted from 0; -1 is the start.
        candidate: its number; None where nothing was to be tried.
        status: adopted: the best so far; kept: a parent for later steps; dropped: no better on the minibatch, or
            hopeless; repeated: it was tried before; refused: the proposal could not be used.
        reason: in words, with the numbers.
        p_value: of the paired test, where there was one.
    """

    step: int
    candidate: int | None
    status: Status
    reason: Words
    p_value: float | None = None
