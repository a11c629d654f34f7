"""Functions whose calls are recorded, and whose own code may be a parameter."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, overload

from agent.workflow import code, recording
from agent.workflow.kinds import Code
from agent.workflow.nodes import Node, Operation, blame, nodes_in, told, unwrapped
from agent.workflow.parameters import Parameter


class Bundle:
    """A function that takes nodes or plain values and gives a node; see ``bundle``.

    Attributes:
        parameter: the function's code as a parameter, if it is trainable.
    """

    def __init__(self, function: Callable[..., Any], *, trainable: bool, description: str) -> None:
        """Wraps the function; it is read from its file only where it is trainable."""
        functools.update_wrapper(self, function)
        self._function = function
        self._signature = inspect.signature(function)
        self._is_async = inspect.iscoroutinefunction(function)
        about = description or inspect.getdoc(function) or ""
        labels = tuple(self._signature.parameters)
        self.operation = Operation(function.__name__, about, labels, function.__code__)
        self.parameter: Parameter | None = None
        if trainable:
            source, kind = code.source_of(function), Code(function.__name__, labels)
            self.parameter = Parameter(source, kind, name=function.__name__, description=about)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """A node with the function's result, or an awaitable of one where the function is asynchronous."""
        if self._is_async:
            return self._acall(args, kwargs)
        reads: list[Node] = []
        try:
            with recording.reading(reads.append):
                data = self._body()(*unwrapped(args), **unwrapped(kwargs))
        except Exception as error:
            self._blame(error, args, kwargs, reads)
            raise
        return self._made(data, args, kwargs, reads)

    def __get__(self, owner: object, kind: type | None = None) -> Callable[..., Any]:
        """The bundle as a method of ``owner``."""
        return self if owner is None else functools.partial(self, owner)

    async def _acall(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Node:
        reads: list[Node] = []
        try:
            with recording.reading(reads.append):
                data = await self._function(*unwrapped(args), **unwrapped(kwargs))
        except Exception as error:
            self._blame(error, args, kwargs, reads)
            raise
        return self._made(data, args, kwargs, reads)

    def _body(self) -> Callable[..., Any]:
        """The function itself, or the code on trial in the sandbox."""
        if self.parameter is None:
            return self._function
        source = self.parameter.data
        if source == self.parameter.initial:
            return self._function
        return functools.partial(code.call, source, self._function.__name__)

    def _made(self, data: Any, args: tuple[Any, ...], kwargs: dict[str, Any], reads: list[Node]) -> Node:
        arguments, parents = self._ancestry(args, kwargs, reads)
        if isinstance(data, Node):
            parents, data = (*parents, data), data.value()
        return Node(data, operation=self.operation, arguments=arguments, parents=parents)

    def _blame(
        self, error: Exception, args: tuple[Any, ...], kwargs: dict[str, Any], reads: list[Node]
    ) -> None:
        arguments, parents = self._ancestry(args, kwargs, reads)
        text = told(error, self.operation.code)
        failed = Node(None, operation=self.operation, arguments=arguments, parents=parents, error=text)
        blame(error, failed)

    def _ancestry(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], reads: list[Node]
    ) -> tuple[tuple[Any, ...], tuple[Node, ...]]:
        try:
            bound = self._signature.bind(*args, **kwargs).arguments
            arguments = tuple(bound.get(label) for label in self.operation.labels)
        except TypeError:  # a call that does not fit the signature; the error tells it
            arguments = (*args, *kwargs.values())
        return arguments, tuple(dict.fromkeys([*nodes_in((args, kwargs)), *reads]))


@overload
def bundle(function: Callable[..., Any], /) -> Bundle: ...


@overload
def bundle(*, trainable: bool = ..., description: str = ...) -> Callable[[Callable[..., Any]], Bundle]: ...


def bundle(
    function: Callable[..., Any] | None = None, /, *, trainable: bool = False, description: str = ""
) -> Bundle | Callable[[Callable[..., Any]], Bundle]:
    """A function whose calls are recorded as single operations; a decorator, with or without arguments.

    It may be called with nodes and plain values, gets plain values, and gives a node. Nodes that it reads by itself
    (``prompt.data``) count as arguments too. An error keeps its type and tells its node and line.

    Args:
        function: what to wrap; synchronous or asynchronous.
        trainable: whether its code is a parameter. Your own code runs in this process; code that an optimizer wrote
            runs in the sandbox, so arguments and result must then be JSON values.
        description: what it does, for optimizers; default: its docstring.

    Raises:
        WorkflowError: it is trainable, but asynchronous or without source code.

    Example:
        >>> @bundle
        ... def double(x):
        ...     return 2 * x
        >>> double(3).data
        6
    """

    def wrap(inner: Callable[..., Any]) -> Bundle:
        return Bundle(inner, trainable=trainable, description=description)

    return wrap if function is None else wrap(function)
