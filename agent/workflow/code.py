"""Code as a parameter: its source, and its calls in the sandbox."""

import inspect
import json
import textwrap
from collections.abc import Callable
from typing import Any

from agent.errors import ConfigError, WorkflowError

TIME_LIMIT_S = 10.0
MEMORY_LIMIT_BYTES = 2 * 1024**3


class CodeFailed(WorkflowError):
    """Code on trial raised, ran too long, or gave something that is no JSON value."""


def source_of(function: Callable[..., Any]) -> str:
    """The source of a function, without its decorators.

    Raises:
        WorkflowError: it has none, or is asynchronous.
    """
    name = function.__name__
    if inspect.iscoroutinefunction(function):
        raise WorkflowError(f"{name} is asynchronous and cannot be trained; train the synchronous part of it")
    try:
        lines = textwrap.dedent(inspect.getsource(function)).splitlines()
    except (OSError, TypeError):
        raise WorkflowError(f"{name} has no source code that could be trained; define it in a file") from None
    start = next((place for place, line in enumerate(lines) if line.startswith("def ")), None)
    if start is None:
        raise WorkflowError(f"{name} cannot be trained; define it with `def`")
    return "\n".join(lines[start:])


def call(source: str, name: str, *args: Any, **kwargs: Any) -> Any:
    """What a function gives that somebody else wrote; it runs in the sandbox and nowhere else.

    Args:
        source: Python source that defines it.
        name: of the function.
        args: JSON values.
        kwargs: JSON values.

    Raises:
        CodeFailed: it failed, or its arguments or result are no JSON values; the text names the line.
        ConfigError: this machine cannot hold untrusted code.
    """
    from agent import settings
    from solvers.sandbox import Policy, SandboxUnavailable, shared

    try:
        payload = json.dumps(
            {"source": source, "name": name, "args": args, "kwargs": kwargs}, allow_nan=False
        )
    except (TypeError, ValueError) as error:
        raise CodeFailed(f"{name} was called with something that is no JSON value: {error}") from None
    policy = Policy(time_limit_s=TIME_LIMIT_S, memory_limit_bytes=MEMORY_LIMIT_BYTES)
    try:
        sandbox = shared(allow_weak=settings.load().allow_weak_sandbox)
        outcome = sandbox.run("function", payload.encode(), policy)
    except SandboxUnavailable as error:
        raise ConfigError(f"code that an optimizer wrote cannot run here: {error}") from error
    if not outcome.is_ok:
        raise CodeFailed(f"{name}: {outcome.text}")
    answer = json.loads(outcome.result)
    if "error" in answer:
        raise CodeFailed(str(answer["error"]))
    return answer["value"]
