"""A run as optimizers read it: the operations, their documentation and values, as texts of limited size."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from agent.workflow.nodes import Node
from agent.workflow.parameters import Parameter
from agent.workflow.propagation import Propagation

MAX_VALUE_CHARS = 600
MAX_LINES = 60
"""Of the operations of one run, half from each end: next to the parameters and next to the output."""
MAX_DOCUMENTATION_CHARS = 400


def _writable(value: object) -> object:
    """Text in which what UTF-8 cannot say (half a surrogate pair) is a question mark."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


Words = Annotated[str, BeforeValidator(_writable)]
"""Text from anywhere, fit to be kept and sent."""


class Trace(BaseModel):
    """One run's subgraph; the sections of OptoPrime's problem instance ("Trace is the Next AutoDiff", 2024).

    Attributes:
        parameters: names of the parameters that led to the output.
        code: one line an operation.
        documentation: what the operations do, by name.
        inputs: values that the operations were given, by name.
        others: values on the way, by name.
        outputs: values that feedback speaks about, by name.
        feedback: what is said, by name of the output.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    parameters: tuple[Words, ...] = ()
    code: tuple[Words, ...] = ()
    documentation: dict[Words, Words] = {}
    inputs: dict[Words, Words] = {}
    others: dict[Words, Words] = {}
    outputs: dict[Words, Words] = {}
    feedback: dict[Words, Words] = {}


def trace_of(propagation: Propagation, parameters: Mapping[Parameter, str] | None = None) -> Trace:
    """The trace of what feedback was propagated.

    Args:
        propagation: the recorded graph.
        parameters: those that may be changed, with the names that they are told by; default: all, by their own.
    """
    told = parameters or {found: found.name for found in propagation.parameters}
    names: dict[Node, str] = {parameter: name for parameter, name in told.items()}  # noqa: C416
    wanted = [parameter for parameter in propagation.parameters if parameter in names]
    if not wanted:
        said = {f"output_{place}": text for place, text in enumerate(propagation.feedback.values())}
        shown = {f"output_{place}": _shown(output) for place, output in enumerate(propagation.feedback)}
        return Trace(outputs=shown, feedback=said)
    graph = propagation.subgraph(*wanted)
    steps = _ends([found for found in graph.nodes if found.operation is not None])
    for found in (*graph.inputs, *steps, *graph.feedback):
        names.setdefault(found, f"{found.name}_{len(names)}")
    used = {parent for step in steps for parent in step.parents}
    return Trace(
        parameters=tuple(names[parameter] for parameter in wanted),
        code=tuple(_line(step, names) for step in steps),
        documentation={
            step.operation.name: step.operation.description[:MAX_DOCUMENTATION_CHARS]
            for step in steps
            if step.operation and step.operation.description
        },
        inputs=_values((found for found in graph.inputs if found in used), names),
        others=_values((step for step in steps if step not in graph.feedback), names),
        outputs=_values(graph.feedback, names),
        feedback={names[output]: text for output, text in graph.feedback.items()},
    )


def clipped(text: str, limit: int) -> str:
    """The text, without its middle where it is longer than ``limit`` characters."""
    if len(text) <= limit:
        return text
    half = max(1, (limit - 40) // 2)
    return f"{text[:half]} ... ({len(text) - 2 * half:,} characters left out) ... {text[-half:]}"


def _ends(steps: list[Node]) -> list[Node]:
    half = MAX_LINES // 2
    return steps if len(steps) <= MAX_LINES else [*steps[:half], *steps[-half:]]


def _values(nodes: Iterable[Node], names: Mapping[Node, str]) -> dict[str, str]:
    return {names[found]: _shown(found) for found in nodes}


def _shown(found: Node) -> str:
    return clipped(found.error or text_of(found.value()), MAX_VALUE_CHARS)


def _line(step: Node, names: Mapping[Node, str]) -> str:
    assert step.operation is not None  # steps are what operations made
    labels = step.operation.labels
    told = []
    direct = set()
    for place, argument in enumerate(step.arguments):
        label = f"{labels[place]}=" if place < len(labels) else ""
        if isinstance(argument, Node):
            direct.add(argument)
        told.append(
            label
            + (names.get(argument, argument.name) if isinstance(argument, Node) else text_of(argument)[:60])
        )
    told += [f"reads {names.get(parent, parent.name)}" for parent in step.parents if parent not in direct]
    return f"{names[step]} = {step.operation.name}({', '.join(told)})"


def text_of(value: Any) -> str:
    """The value's ``repr``, or that it has none."""
    try:
        return repr(value)
    except Exception as error:  # a user's own type may fail at anything
        return f"<{type(value).__name__}, whose repr fails: {type(error).__name__}>"
