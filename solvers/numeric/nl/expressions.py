"""Expressions in prefix order to nodes of one graph, without recursion."""

from array import array

import numpy as np

from solvers.numeric.nl.limits import NLLimits
from solvers.numeric.nl.lines import Lines
from solvers.numeric.nl.model import Graph
from solvers.numeric.nl.operations import NUMBER, OPERATIONS, REFUSED, VARIABLE


class GraphBuilder:
    """Nodes as they are read; those of defined variables are shared by all that use them."""

    def __init__(self, lines: Lines, variables: int, definitions: int, limits: NLLimits) -> None:
        """An empty graph for `variables` variables and as many defined ones as the header says."""
        self._lines, self._limits = lines, limits
        self._variables, self._definitions = variables, definitions
        self._operation, self._variable = array("q"), array("q")
        self._number, self._starts, self._arguments = array("d"), array("q", [0]), array("q")
        self._of_variable: dict[int, int] = {}
        self._defined: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._operation)

    def add(self, operation: int, arguments: list[int], number: float = 0.0, variable: int = -1) -> int:
        """The place of a new node."""
        if len(self) >= self._limits.nodes:
            raise self._lines.error(f"its expressions have more than {self._limits.nodes} nodes, the limit")
        self._operation.append(operation)
        self._number.append(number)
        self._variable.append(variable)
        self._arguments.extend(arguments)
        self._starts.append(len(self._arguments))
        return len(self) - 1

    def variable(self, place: int) -> int:
        """The node of a variable, or of what a defined variable stands for."""
        if place >= self._variables:
            if place not in self._defined:
                raise self._lines.error(f"v{place} is used before it is defined")
            return self._defined[place]
        if place not in self._of_variable:
            self._of_variable[place] = self.add(VARIABLE, [], variable=place)
        return self._of_variable[place]

    def define(self, place: int, node: int) -> None:
        """A defined variable stands for a node from now on."""
        if not self._variables <= place < self._variables + self._definitions:
            raise self._lines.error(f"V{place} is none of the {self._definitions} defined variables declared")
        if place in self._defined:
            raise self._lines.error(f"V{place} is defined twice")
        self._defined[place] = node

    def read(self) -> int:
        """The node of the expression that begins at the next line."""
        waiting: list[tuple[int, int, list[int]]] = []
        while True:
            node = self._leaf_or_push(waiting)
            while node is not None:
                if not waiting:
                    return node
                operation, missing, found = waiting[-1]
                found.append(node)
                if len(found) < missing:
                    break
                waiting.pop()
                node = self.add(operation, found)

    def _leaf_or_push(self, waiting: list[tuple[int, int, list[int]]]) -> int | None:
        """The node of a number or variable; an operator waits for its arguments instead."""
        line = self._lines.next()
        kind, rest = line[:1], line[1:]
        if kind == "v":
            most = self._variables + self._definitions
            return self.variable(self._lines.whole(rest, most, "the place of a variable"))
        if kind in ("n", "s", "l"):
            return self.add(NUMBER, [], number=self._lines.real(rest))
        if kind != "o":
            raise self._lines.error(_NOT_TAKEN.get(kind, f"{line[:40]!r} is no part of an expression"))
        operation, count = self._operator(self._lines.whole(rest, what="an operator"))
        if len(waiting) >= self._limits.depth:
            raise self._lines.error(f"operators nest deeper than {self._limits.depth}, the limit")
        waiting.append((operation, count, []))
        return None

    def _operator(self, number: int) -> tuple[int, int]:
        found = OPERATIONS.get(number)
        if found is None:
            name = REFUSED.get(number)
            raise self._lines.error(
                f"the operator o{number} ({name}) is not taken" if name else f"there is no operator o{number}"
            )
        if found.arity is not None:
            return number, found.arity
        count = self._lines.whole(self._lines.next(), self._lines.left + 1, "the length of a list")
        if count == 0:
            raise self._lines.error(f"a list of {found.name} has no members")
        return number, count

    def graph(self) -> Graph:
        """The nodes read so far."""
        return Graph(
            np.array(self._operation, np.int64),
            np.array(self._number, float),
            np.array(self._variable, np.int64),
            np.array(self._starts, np.int64),
            np.array(self._arguments, np.int64),
        )


_NOT_TAKEN = {
    "f": "it calls an external function, which is code; these are not taken",
    "h": "texts in expressions are not taken",
    "": "an empty line stands where an expression must be",
}
