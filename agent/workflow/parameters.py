"""What an optimizer may change: nodes with a kind of values, and how they are made."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from agent.errors import WorkflowError
from agent.workflow import recording
from agent.workflow.kinds import MAX_TEXT_CHARS, Boolean, Choice, Json, Kind, Number, Text
from agent.workflow.nodes import Node


class Parameter(Node):
    """A node that optimizers may change; made by ``node(..., trainable=True)`` or a trainable bundle.

    Attributes:
        kind: what values it may take.
        constraint: what else it must fulfil, in words; optimizers are told so.
        initial: the value that it was made with.
    """

    __slots__ = ("constraint", "initial", "kind")

    def __init__(
        self, data: Any, kind: Kind, *, name: str = "", description: str = "", constraint: str = ""
    ) -> None:
        """Checks the value against its kind.

        Raises:
            WorkflowError: it does not fit.
        """
        super().__init__(_fitting(data, kind, name), name=name or "parameter", description=description)
        self.kind = kind
        self.constraint = constraint
        self.initial = self._data

    def value(self) -> Any:
        """The value in this context: the one on trial, or its own."""
        return recording.value_on_trial(self, self._data)

    def set(self, data: Any) -> None:
        """Nothing; the parameter has the value from now on.

        Raises:
            WorkflowError: the value does not fit its kind.
        """
        self._data = _fitting(data, self.kind, self.name)

    @property
    def encoded(self) -> Any:
        """Its own value as a JSON value."""
        return self.kind.encode(self._data)


def _fitting(data: Any, kind: Kind, name: str) -> Any:
    try:
        return kind.decode(kind.encode(data))
    except ValueError as error:
        raise WorkflowError(
            f"the value of the parameter {name or repr(data)[:60]} does not fit: {error}"
        ) from None


def node(
    value: Any,
    *,
    trainable: bool = False,
    constraint: Any = None,
    description: str = "",
    name: str = "",
) -> Node:
    """A node of a value; a trainable one is a ``Parameter``.

    Args:
        value: any value; of a trainable one, text, number, truth value or JSON.
        trainable: whether optimizers may change it.
        constraint: what values it may take: a ``Kind`` such as ``Number(0, 1)``, a pydantic model class, a list of
            options, a pair of bounds as a tuple, or words that optimizers are told. The kind otherwise follows
            from the value.
        description: what it means, for optimizers.
        name: by which optimizers and journals know it; default: the variable that holds it.

    Raises:
        WorkflowError: there is no kind for the value, or it does not fit its constraint.

    Example:
        >>> share = node(0.5, trainable=True, constraint=(0, 1), name="share")
        >>> (share + 1).data
        1.5
    """
    if not trainable:
        words = constraint if isinstance(constraint, str) else ""
        return Node(value, name=name, description=" ".join(filter(None, (description, words))))
    words = constraint if isinstance(constraint, str) else ""
    kind = _kind(value, None if words else constraint)
    return Parameter(value, kind, name=name, description=description, constraint=words)


def _kind(value: Any, constraint: Any) -> Kind:
    match constraint:
        case Kind():
            return constraint
        case type() if issubclass(constraint, BaseModel):
            return Json(constraint)
        case (int() | float() as low, int() | float() as high) if isinstance(constraint, tuple):
            return Number(low, high, is_integer=isinstance(value, int) and not isinstance(value, bool))
        case Sequence():
            return Choice(tuple(constraint))
        case None:
            return _kind_of(value)
    raise WorkflowError(
        f"{constraint!r:.80} is no constraint; give a Kind, a pydantic model, options or bounds"
    )


def _kind_of(value: Any) -> Kind:
    match value:
        case bool():
            return Boolean()
        case int() | float():
            return Number(is_integer=isinstance(value, int))
        case str():
            return Text(max(MAX_TEXT_CHARS, 2 * len(value)))
        case BaseModel():
            return Json(type(value))
        case list() | dict():
            return Json(type(value))
    raise WorkflowError(
        f"a {type(value).__name__} cannot be trained; give text, a number, true or false, or JSON"
    )
