"""The one interface of all optimizers: what they are told, and what they may answer.

An optimizer keeps nothing that it could not be told again: what was tried stands in the situation. So a run that was
interrupted goes on as if it had not been.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.errors import ModelReplyInvalid, WorkflowError
from agent.llm import Meter
from agent.workflow.parameters import Parameter
from agent.workflow.propagation import Propagation
from agent.workflow.proposals import Parsed, checked_values
from agent.workflow.records import Run, Values
from agent.workflow.traces import trace_of

if TYPE_CHECKING:
    from agent.workflow.search import Search


@dataclass(frozen=True, slots=True)
class Tried:
    """Values that were tried, and how they did.

    Attributes:
        values: of all parameters.
        score: mean score; None where it is not known.
        remark: what became of them.
    """

    values: Values
    score: float | None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """What an optimizer is told.

    Attributes:
        parameters: all that may be changed, by name.
        targets: those that should be changed now.
        values: present values of all parameters; what is proposed starts from here.
        evidence: runs with these values, with traces and feedback.
        history: what was tried, in order.
        meter: a language model with its budget; None where there is none.
        step: counted from 0; it decides every random choice.
    """

    parameters: Mapping[str, Parameter]
    targets: tuple[str, ...]
    values: Values
    evidence: Sequence[Run] = ()
    history: Sequence[Tried] = ()
    meter: Meter | None = None
    step: int = 0

    @property
    def changeable(self) -> dict[str, Parameter]:
        """The targets, by name."""
        return {name: self.parameters[name] for name in self.targets}

    def model(self, who: str) -> Meter:
        """The language model.

        Raises:
            WorkflowError: there is none.
        """
        if self.meter is None:
            raise WorkflowError(f"{who} asks a language model; give one with model=")
        return self.meter


class Optimizer(ABC):
    """Proposes better values from what runs have shown.

    ``optimize`` calls ``search``, which tries what ``propose`` says. Without it, ``step`` changes the parameters at
    once:

        >>> from agent.workflow import node
        >>> from agent.workflow.optimizers import Proposer
        >>> x = node(3.0, trainable=True, name="x")
        >>> Proposer(lambda situation: {"x": situation.values["x"] - 1}).step((x * x).backward("too high")).values
        {'x': 2.0}
        >>> x.data
        2.0
    """

    needs_evidence = True
    """Whether it reads runs, so that its parent is first run on a minibatch of the training part."""

    needs_model = False
    """Whether it asks a language model."""

    def __init__(self) -> None:
        """Remembers the steps made with ``step``."""
        self._steps: list[Tried] = []

    @property
    def name(self) -> str:
        """The name by which journals know it."""
        return type(self).__name__

    @abstractmethod
    def propose(self, situation: Situation) -> Parsed:
        """Checked new values for some of the targets; the parameters stay as they are.

        Raises:
            BudgetExceeded: a limit is reached.
            ModelUnavailable: the language model gave no answer.
        """

    def step(
        self, *propagations: Propagation, meter: Meter | None = None, score: float | None = None
    ) -> Parsed:
        """What was proposed; the parameters have these values from now on.

        Args:
            propagations: feedback on runs with the present values.
            meter: the language model to ask, for optimizers that do.
            score: of the present values, where it is known.
        """
        parameters = {found.name: found for each in propagations for found in each.parameters}
        values = {name: parameter.encoded for name, parameter in parameters.items()}
        runs = [
            Run(candidate=0, part="train", item=place, score=score, trace=trace_of(each))
            for place, each in enumerate(propagations)
        ]
        situation = Situation(
            parameters, tuple(parameters), values, runs, tuple(self._steps), meter, len(self._steps)
        )
        said = " ".join(text for each in propagations for text in each.feedback.values())
        self._steps.append(Tried(values, score, said))
        parsed = self.propose(situation)
        for name, value in parsed.values.items():
            parameters[name].set(parameters[name].kind.decode(value))
        return parsed

    def search(self, search: "Search") -> None:
        """Nothing; steps are made until the budget ends or nothing new is proposed."""
        search.climb()


class Proposer(Optimizer):
    """An optimizer made of a function of the situation that gives new values by name; they are checked as any."""

    def __init__(self, function: Callable[[Situation], Values], *, needs_evidence: bool = True) -> None:
        """Takes the function, and whether it reads runs."""
        super().__init__()
        self._function = function
        self.needs_evidence = needs_evidence

    def propose(self, situation: Situation) -> Parsed:
        """The function's values; nothing, with the reason, where they do not fit."""
        proposed: Any = self._function(situation)
        if not isinstance(proposed, Mapping):
            return Parsed(faults=(f"the proposer gave {proposed!r:.80}; it must give values by name",))
        try:
            return Parsed(values=checked_values(proposed, situation.parameters))
        except ModelReplyInvalid as invalid:
            return Parsed(faults=(str(invalid),))
