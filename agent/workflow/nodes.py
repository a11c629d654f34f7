"""Values that remember where they came from.

A node's parents always have smaller serial numbers than the node, so that sorting by serial number is a topological
order and no traversal needs recursion.
"""

import itertools
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType
from typing import TYPE_CHECKING, Any

from agent.workflow import recording
from agent.workflow.operators import Operators

if TYPE_CHECKING:
    from agent.workflow.propagation import Propagation

MAX_ERROR_CHARS = 1_000
_NODE_OF_ERROR = "_workflow_node"
_serials = itertools.count()


@dataclass(frozen=True, slots=True)
class Operation:
    """What made a node.

    Attributes:
        name: of the function or operator.
        description: what it does, from its docstring.
        labels: names of its arguments, in order; empty for operators.
        code: of a Python function; None for operators.
    """

    name: str
    description: str = ""
    labels: tuple[str, ...] = ()
    code: CodeType | None = None


class Node(Operators):
    """A value, what made it, and of which other nodes.

    Attributes:
        name: for people and prompts; not unique.
        description: what it means.
        operation: what made it; None for a value that was given.
        arguments: what the operation was applied to, nodes and plain values.
        parents: the nodes among these, and those that were read on the way.
        error: why there is no value; empty where there is one.
    """

    __slots__ = ("_data", "arguments", "description", "error", "name", "operation", "parents", "serial")

    def __init__(
        self,
        data: Any,
        *,
        name: str = "",
        description: str = "",
        operation: Operation | None = None,
        arguments: tuple[Any, ...] = (),
        parents: "tuple[Node, ...]" = (),
        error: str = "",
    ) -> None:
        """A node is mostly made by ``node``, an operator or a bundled function."""
        self._data = data
        self.serial = next(_serials)
        self.name = name or (operation.name if operation else "value")
        self.description = description
        self.operation = operation
        self.arguments = arguments
        self.parents = parents
        self.error = error

    @property
    def data(self) -> Any:
        """The value; whoever records here learns that it was read."""
        recording.note(self)
        return self.value()

    def value(self) -> Any:
        """The value, unrecorded."""
        return self._data

    def backward(self, feedback: str) -> "Propagation":
        """The way from the parameters to this node, with what is said about it; see ``propagate``."""
        from agent.workflow.propagation import propagate

        return propagate({self: feedback})

    def _applied(self, name: str, function: Callable[..., Any], operands: tuple[Any, ...]) -> "Node":
        parents = tuple([operand for operand in operands if isinstance(operand, Node)])
        operation = _operation(name)
        try:
            data = function(
                *[operand.value() if isinstance(operand, Node) else operand for operand in operands]
            )
        except Exception as error:
            failed = Node(None, operation=operation, arguments=operands, parents=parents, error=told(error))
            blame(error, failed)
            raise
        return Node(data, operation=operation, arguments=operands, parents=parents)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}: {self.value()!r:.80}>"

    def __deepcopy__(self, memo: object) -> "Node":
        return self  # a node is its place in the graph; a copy would be another one


_operations: dict[str, Operation] = {}


def _operation(name: str) -> Operation:
    found = _operations.get(name)
    if found is None:
        found = _operations[name] = Operation(name)
    return found


def unwrapped(value: Any) -> Any:
    """The value with nodes in it, also inside lists, tuples and dictionaries, replaced by theirs."""
    if isinstance(value, Node):
        return value.value()
    if type(value) in (list, tuple):
        return type(value)(unwrapped(part) for part in value)
    if type(value) is dict:
        return {key: unwrapped(part) for key, part in value.items()}
    return value


def nodes_in(value: Any) -> Iterator[Node]:
    """The nodes in a value, as ``unwrapped`` finds them."""
    if isinstance(value, Node):
        yield value
    elif type(value) in (list, tuple):
        for part in value:
            yield from nodes_in(part)
    elif type(value) is dict:
        for part in value.values():
            yield from nodes_in(part)


def blame(error: BaseException, node: Node) -> None:
    """Writes down at which node an error arose; the innermost keeps the blame."""
    error.__dict__.setdefault(_NODE_OF_ERROR, node)


def node_of(error: BaseException) -> Node | None:
    """The node at which an error arose, if it arose at one."""
    found = error.__dict__.get(_NODE_OF_ERROR)
    return found if isinstance(found, Node) else None


def told(error: BaseException, code: CodeType | None = None) -> str:
    """The error in words, with the line of ``code`` that it came from, or the last line of all."""
    frames = traceback.extract_tb(error.__traceback__)
    if code is not None:
        own = [frame for frame in frames if frame.filename == code.co_filename and frame.name == code.co_name]
        frames = traceback.StackSummary(own or frames)
    place = ""
    if code is not None and frames:
        last = frames[-1]
        place = f" (line {last.lineno} in {last.name}: {last.line})" if last.line else ""
    try:
        words = str(error)
    except Exception as failure:  # a user's own type may fail at anything
        words = f"its own text cannot be had ({type(failure).__name__})"
    return f"{type(error).__name__}: {words}"[:MAX_ERROR_CHARS] + place
