"""From what is said about outputs back to the parameters: the smallest graph that leads from one to the other.

Both passes visit each recorded operation once and use no recursion; the order is that of serial numbers. The cost is
linear in the number of operations, but for the sort, which runs over numbers that are nearly in order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter

from agent.workflow.nodes import Node
from agent.workflow.parameters import Parameter


@dataclass(frozen=True)
class Subgraph:
    """The nodes between parameters and outputs.

    Attributes:
        nodes: those that depend on the parameters and that an output depends on, the parameters first; in the order
            in which they were made.
        inputs: other nodes that these were directly made of.
        feedback: what was said about the outputs that the parameters reach.
    """

    nodes: tuple[Node, ...]
    inputs: tuple[Node, ...]
    feedback: Mapping[Node, str]


@dataclass(frozen=True)
class Propagation:
    """Feedback on outputs, and all that led to them.

    Attributes:
        feedback: what is said about each output; different outputs may get different feedback.
        nodes: the outputs and everything that they were made of, in the order in which it was made.
    """

    feedback: Mapping[Node, str]
    nodes: tuple[Node, ...]

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters that led to an output."""
        return tuple(node for node in self.nodes if isinstance(node, Parameter))

    def subgraph(self, *parameters: Parameter) -> Subgraph:
        """The smallest graph that leads from some parameters to the outputs.

        Args:
            parameters: from where; default: from all.
        """
        reached: set[Node] = set(parameters or self.parameters)
        for node in self.nodes:
            if not reached.isdisjoint(node.parents):
                reached.add(node)
        nodes = tuple([node for node in self.nodes if node in reached])
        beside = dict.fromkeys([parent for node in nodes for parent in node.parents if parent not in reached])
        said = {output: text for output, text in self.feedback.items() if output in reached}
        return Subgraph(nodes, tuple(beside), said)


def propagate(feedback: Mapping[Node, str]) -> Propagation:
    """What led to some outputs, with what is said about each of them.

    Args:
        feedback: a text for each output.

    Example:
        >>> from agent.workflow import node
        >>> x = node(2.0, trainable=True, name="x")
        >>> low, high = x - 1, x + 1
        >>> found = propagate({low: "too low", high: "fine"})
        >>> [parameter.name for parameter in found.parameters]
        ['x']
    """
    return Propagation(dict(feedback), tuple(sorted(_ancestors(feedback), key=attrgetter("serial"))))


def _ancestors(outputs: Iterable[Node]) -> set[Node]:
    found = set(outputs)
    open_nodes = list(found)
    while open_nodes:
        for parent in open_nodes.pop().parents:
            if parent not in found:
                found.add(parent)
                open_nodes.append(parent)
    return found
