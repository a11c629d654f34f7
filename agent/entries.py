"""Which entry of something indexed a change means: its key in the elements of the data."""

from collections.abc import Iterable
from typing import TypeVar, cast

from agent.changes import Change, DropConstraint, SetBound, SetLimit, SetNumber, find
from agent.errors import FormulationError
from agent.formulation.evaluate import Evaluator
from agent.formulation.instance import Instance, Key
from agent.formulation.model import Element

EntryChange = SetNumber | SetBound | SetLimit | DropConstraint
AnyChange = TypeVar("AnyChange", bound=Change)
_SHOWN = 8


def located(change: AnyChange, instance: Instance) -> AnyChange:
    """The change with its key in the elements of the data; a number may be told as text.

    Raises:
        FormulationError: there is no such entry; the text names some that there are.
    """
    if not isinstance(change, EntryChange) or not change.key:
        return change
    wanted = tuple(map(str, change.key))
    keys = entries(change, instance)
    found = next((key for key in keys if tuple(map(str, key)) == wanted), None)
    if found is None:
        raise FormulationError(f"`{element_of(change)}` has no entry {told(wanted)}; it has {some(keys)}")
    return cast(AnyChange, change.model_copy(update={"key": found}))


def entries(change: EntryChange, instance: Instance) -> list[tuple[Element, ...]]:
    """The keys of what the change is about, each as a tuple; of a constraint those of its rows.

    Raises:
        FormulationError: the formulation does not have it.
    """
    formulation = instance.formulation
    match change:
        case SetNumber(parameter=name):
            return parts(instance.keys(find(formulation.parameters, name, "parameter").indices))
        case SetBound(variable=name):
            return parts(instance.keys(find(formulation.variables, name, "variable").indices))
        case SetLimit(constraint=name) | DropConstraint(constraint=name):
            find(formulation.constraints, name, "constraint")
            return _rows(name, instance)


def parts(keys: Iterable[Key]) -> list[tuple[Element, ...]]:
    """Keys as tuples, also where they have one part."""
    return [key if isinstance(key, tuple) else (key,) for key in keys]


def element_of(change: EntryChange) -> str:
    """The name of what the change is about."""
    match change:
        case SetNumber(parameter=name) | SetBound(variable=name):
            return name
        case SetLimit(constraint=name) | DropConstraint(constraint=name):
            return name


def told(key: Iterable[Element]) -> str:
    """A key in words."""
    return f"`{', '.join(map(str, key))}`"


def some(keys: list[tuple[Element, ...]]) -> str:
    """The first few keys in words."""
    if keys in ([], [()]):
        return "no indices; leave the key out"
    more = f" and {len(keys) - _SHOWN:,} more" if len(keys) > _SHOWN else ""
    return ", ".join(map(told, keys[:_SHOWN])) + more


def _rows(name: str, instance: Instance) -> list[tuple[Element, ...]]:
    rule = next(rule for rule in instance.checked.rules if rule.name == name)
    targets = [target for loop in rule.loops for target in loop.targets]
    environments = Evaluator(instance, {}).loops(rule.loops)({})
    return [tuple(environment[target] for target in targets) for environment in environments]
