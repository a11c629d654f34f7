"""The side-car of a run: who reads which node, and which values are on trial. Values themselves stay plain.

Both live in context variables, so that each thread, task and graph node that inherits a context has its own, and
several candidates can be tried at the same time without touching the parameters.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.llm.ledger import Ledger
    from agent.workflow.nodes import Node

Reader = Callable[["Node"], object]
"""Told of each node whose value is read; must be quick and must not raise."""

_reader: ContextVar[Reader | None] = ContextVar("reader", default=None)
_trial: ContextVar[Mapping[Any, Any] | None] = ContextVar("trial", default=None)
_account: ContextVar[Callable[["Ledger"], None] | None] = ContextVar("account", default=None)


def note(node: "Node") -> None:
    """Nothing; whoever records here learns that the node was read."""
    reader = _reader.get()
    if reader is not None:
        reader(node)


@contextmanager
def reading(reader: Reader | None) -> Iterator[None]:
    """A block in which ``reader`` is told of each node that is read; ``None`` records nothing."""
    token = _reader.set(reader)
    try:
        yield
    finally:
        _reader.reset(token)


@contextmanager
def trying(values: Mapping[Any, Any]) -> Iterator[None]:
    """A block in which parameters have other values; the parameters themselves are not changed.

    Args:
        values: by parameter; one that is not named keeps its value.
    """
    token = _trial.set(values)
    try:
        yield
    finally:
        _trial.reset(token)


def value_on_trial(parameter: object, otherwise: Any) -> Any:
    """The parameter's value in this context."""
    trial = _trial.get()
    return otherwise if trial is None else trial.get(parameter, otherwise)


@contextmanager
def accounting(account: Callable[["Ledger"], None]) -> Iterator[None]:
    """A block whose ``charge`` goes to ``account``."""
    token = _account.set(account)
    try:
        yield
    finally:
        _account.reset(token)


def charge(ledger: "Ledger") -> None:
    """Puts calls that a workflow made by itself on the account of the run that tries it, if there is one.

    Example:
        >>> from agent.llm import Ledger
        >>> charge(Ledger())  # outside a run there is no account
    """
    account = _account.get()
    if account is not None:
        account(ledger)
