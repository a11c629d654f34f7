"""The parameters of a workflow, found where its code can reach them."""

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

from agent.errors import ModelReplyInvalid, WorkflowError
from agent.workflow.bundle import Bundle
from agent.workflow.parameters import Parameter
from agent.workflow.proposals import checked_values
from agent.workflow.records import Values

_UNNAMED = "parameter"


def parameters_of(workflow: Callable[..., Any]) -> dict[str, Parameter]:
    """The parameters that a workflow can reach, by name; one without a name gets that of its variable.

    Looked at are what an object's own method ``reachable`` gives, or else its attributes; a function's closure and
    the globals that it names, functions of the same module that it calls; and lists, tuples and dictionaries of such
    things. For a workflow that reaches its parameters in another way, give ``optimize`` the parameters.

    Raises:
        WorkflowError: there are none, or two have the same name.
    """
    found: dict[str, Parameter] = {}
    for name, parameter in _reachable("workflow", workflow, set()):
        if parameter in found.values():
            continue
        if parameter.name == _UNNAMED:
            parameter.name = name
        if parameter.name in found:
            raise WorkflowError(f"two parameters are named {parameter.name!r}; give them different names")
        found[parameter.name] = parameter
    if not found:
        raise WorkflowError(
            "the workflow has no parameters; make some with node(..., trainable=True) or @bundle(trainable=True), "
            "or name them with parameters="
        )
    return found


def named(parameters: "list[Parameter] | tuple[Parameter, ...]") -> dict[str, Parameter]:
    """Parameters by name.

    Raises:
        WorkflowError: two have the same name.
    """
    found = {parameter.name: parameter for parameter in parameters}
    if len(found) < len(parameters) or not found:
        raise WorkflowError("give at least one parameter, each with a name of its own: node(..., name=...)")
    return found


def restore(workflow: Callable[..., Any], values: Values) -> None:
    """Nothing; the workflow's parameters have the values that an optimization has found.

    Args:
        workflow: as it was given to ``optimize``.
        values: ``Result.values``, or what ``optwright tune --out`` wrote.

    Raises:
        WorkflowError: a value has no parameter, or does not fit it.
    """
    parameters = parameters_of(workflow)
    try:
        checked = checked_values(values, parameters)
    except ModelReplyInvalid as invalid:
        raise WorkflowError(f"the values do not belong to this workflow: {invalid}") from None
    for name, value in checked.items():
        parameters[name].set(parameters[name].kind.decode(value))


def _reachable(name: str, value: Any, seen: set[int]) -> Iterator[tuple[str, Parameter]]:
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, Parameter):
        yield name, value
        return
    for inner_name, inner in _inside(name, value):
        yield from _reachable(inner_name, inner, seen)


def _inside(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    match value:
        case _ if hasattr(type(value), "reachable"):
            yield from value.reachable()
        case Bundle():
            if value.parameter is not None:
                yield name, value.parameter
            yield "", inspect.unwrap(value)
        case functools.partial():
            yield from _by_place(name, (value.func, *value.args, *value.keywords.values()))
        case list() | tuple():
            yield from _by_place(name, value)
        case dict():
            yield from ((str(key), part) for key, part in value.items())
        case _ if inspect.ismethod(value):
            yield "", value.__self__
            yield "", value.__func__
        case _ if inspect.isfunction(value):
            yield from _of_function(value)
        case _ if _is_object(value):
            yield from vars(value).items()
            call = getattr(type(value), "__call__", None)  # noqa: B004 - the function itself is wanted
            if inspect.isfunction(call):
                yield "", call


def _by_place(name: str, parts: "list[Any] | tuple[Any, ...]") -> Iterator[tuple[str, Any]]:
    """The parts with names made from their place."""
    return ((f"{name}_{place}", part) for place, part in enumerate(parts))


def _of_function(function: Any) -> Iterator[tuple[str, Any]]:
    closed = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    yield from ((name, cell.cell_contents) for name, cell in closed if _is_filled(cell))
    module = function.__module__
    for name in _names(function.__code__):
        value = function.__globals__.get(name)
        if inspect.isfunction(value) and value.__module__ != module:
            continue  # of a library: what it reaches is not the workflow's
        yield name, value


def _names(code: Any) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if inspect.iscode(constant):
            yield from _names(constant)


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _is_object(value: Any) -> bool:
    return hasattr(value, "__dict__") and not isinstance(value, type) and not inspect.ismodule(value)
