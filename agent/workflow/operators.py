"""Operators on nodes: each gives a node that remembers its operands."""

import operator
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.workflow.nodes import Node


def _binary(name: str, function: Callable[[Any, Any], Any]) -> "Callable[[Any, Any], Node]":
    def method(self: "Operators", other: Any) -> "Node":
        return self._applied(name, function, (self, other))

    return method


def _reflected(name: str, function: Callable[[Any, Any], Any]) -> "Callable[[Any, Any], Node]":
    def method(self: "Operators", other: Any) -> "Node":
        return self._applied(name, function, (other, self))

    return method


def _unary(name: str, function: Callable[[Any], Any]) -> "Callable[[Any], Node]":
    def method(self: "Operators") -> "Node":
        return self._applied(name, function, (self,))

    return method


class Operators:
    """What can be written with nodes as with their values.

    ``==`` is left out: it compares nodes themselves, so that they can be kept in sets and dictionaries.
    """

    __slots__ = ()

    if TYPE_CHECKING:
        data: Any

        def _applied(self, name: str, function: Callable[..., Any], operands: tuple[Any, ...]) -> "Node": ...

    __add__ = _binary("add", operator.add)
    __radd__ = _reflected("add", operator.add)
    __sub__ = _binary("subtract", operator.sub)
    __rsub__ = _reflected("subtract", operator.sub)
    __mul__ = _binary("multiply", operator.mul)
    __rmul__ = _reflected("multiply", operator.mul)
    __truediv__ = _binary("divide", operator.truediv)
    __rtruediv__ = _reflected("divide", operator.truediv)
    __floordiv__ = _binary("floor_divide", operator.floordiv)
    __rfloordiv__ = _reflected("floor_divide", operator.floordiv)
    __mod__ = _binary("modulo", operator.mod)
    __rmod__ = _reflected("modulo", operator.mod)
    __pow__ = _binary("power", operator.pow)
    __rpow__ = _reflected("power", operator.pow)
    __matmul__ = _binary("matrix_multiply", operator.matmul)
    __rmatmul__ = _reflected("matrix_multiply", operator.matmul)
    __and__ = _binary("bit_and", operator.and_)
    __rand__ = _reflected("bit_and", operator.and_)
    __or__ = _binary("bit_or", operator.or_)
    __ror__ = _reflected("bit_or", operator.or_)
    __xor__ = _binary("bit_xor", operator.xor)
    __rxor__ = _reflected("bit_xor", operator.xor)
    __lt__ = _binary("less", operator.lt)
    __le__ = _binary("less_or_equal", operator.le)
    __gt__ = _binary("greater", operator.gt)
    __ge__ = _binary("greater_or_equal", operator.ge)
    __getitem__ = _binary("item", operator.getitem)
    __neg__ = _unary("negative", operator.neg)
    __pos__ = _unary("positive", operator.pos)
    __abs__ = _unary("absolute", abs)
    __invert__ = _unary("invert", operator.invert)

    def __len__(self) -> int:
        return len(self.data)

    def __bool__(self) -> bool:
        return bool(self.data)

    def __contains__(self, value: object) -> bool:
        return value in self.data

    def __int__(self) -> int:
        return int(self.data)

    def __float__(self) -> float:
        return float(self.data)

    def __str__(self) -> str:
        return str(self.data)

    def __format__(self, specification: str) -> str:
        return format(self.data, specification)

    def __iter__(self) -> "Iterator[Node]":
        return (self[place] for place in (self.data if isinstance(self.data, dict) else range(len(self))))
