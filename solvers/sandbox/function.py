"""The job that calls an untrusted Python function with JSON values and hands over its JSON result.

Payload and result are JSON. The result is ``{"value": ...}`` or ``{"error": text}``; nothing in it is evidence of
anything, since the function could have written it itself.
"""

import json
import traceback
from typing import Any

MESSAGE_LIMIT = 500
LINE_LIMIT = 200
_FILE = "<function>"


def run(payload: bytes) -> bytes:
    """Calls the function.

    Args:
        payload: JSON with ``source``, ``name`` of the function, ``args`` and ``kwargs``.

    Returns:
        JSON: its value, or what went wrong.
    """
    request = json.loads(payload)
    try:
        value = _called(request["source"], request["name"], request["args"], request["kwargs"])
        return json.dumps({"value": value}, allow_nan=False).encode()
    except MemoryError:
        raise
    except BaseException as error:
        return json.dumps({"error": _told(error, request["source"])}).encode()


def _called(source: str, name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    namespace: dict[str, Any] = {"__name__": "function"}
    exec(compile(source, _FILE, "exec"), namespace)
    return namespace[name](*args, **kwargs)


def _told(error: BaseException, source: str) -> str:
    own = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == _FILE]
    line = error.lineno if isinstance(error, SyntaxError) else own[-1] if own else None
    text = f"{type(error).__name__}: {error}"[:MESSAGE_LIMIT]
    lines = source.splitlines()
    if line and line <= len(lines):
        text += f" (line {line}: {lines[line - 1].strip()[:LINE_LIMIT]})"
    return text
