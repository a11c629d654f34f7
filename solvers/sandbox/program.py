"""The job that runs an untrusted Pyomo program and hands over its model as plain data, unsolved.

Payload and result are JSON. The result is either what ``export`` gives or ``{"error": {...}}``. Nothing in it is
evidence of anything: the program could have written it itself.
"""

import json
import math
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import pyomo.environ as pyo

from solvers.sandbox.export import export
from solvers.sandbox.expressions import ExportError
from solvers.sandbox.solver_double import SolveReached, instead_of_solvers

SOURCE_LIMIT = 200_000
MESSAGE_LIMIT = 500
LINE_LIMIT = 200

_FILE = "<program>"
_BUILDERS = ("build_model", "create_model")
_UNSOLVED = "No value for uninitialized"


@dataclass(frozen=True, slots=True)
class ProgramError:
    """What is wrong with a program, fit for a repair prompt.

    Attributes:
        type: The exception's name; ``ModelError`` where the program ran but gave no usable model.
        message: The exception's text, capped.
        line: The line of the program, counted from 1, if one is to blame.
        source_line: The text of that line, capped.
    """

    type: str
    message: str
    line: int | None = None
    source_line: str | None = None


def run(payload: bytes) -> bytes:
    """Runs the program and gives its model back.

    Args:
        payload: JSON with ``source``, ``data`` (tables by name, each a dictionary of columns), and optionally
            ``model_name``, the variable that holds the model.

    Returns:
        JSON: the model, or the error.
    """
    request = json.loads(payload)
    answer = _answer(request["source"], request.get("data", {}), request.get("model_name"))
    return json.dumps(answer, allow_nan=False).encode()


def _answer(source: str, data: dict[str, Any], model_name: str | None) -> dict[str, Any]:
    if len(source) > SOURCE_LIMIT:
        message = f"the program has {len(source)} characters, the limit is {SOURCE_LIMIT}"
        return {"error": asdict(ProgramError("ProgramTooLong", message))}
    namespace: dict[str, Any] = {"__name__": "__main__", "data": data}
    solved: list[dict[str, Any]] = []

    def on_solve(model: Any) -> None:
        if not solved:
            solved.append(_exported(model))

    warnings = []
    try:
        with instead_of_solvers(on_solve):
            exec(compile(source, _FILE, "exec"), namespace)
            if not solved:
                return _exported(_find_model(namespace, model_name))
    except SolveReached:
        pass
    except ExportError as error:
        return {"error": asdict(ProgramError("ModelError", str(error)[:MESSAGE_LIMIT]))}
    except MemoryError:
        raise
    except BaseException as error:
        if not solved and not _read_unsolved(error):
            return {"error": asdict(_describe(error, source))}
        warnings.append(f"After building the model the program raised {type(error).__name__}: {error}"[:MESSAGE_LIMIT])
    answer = solved[0] if solved else _exported_or_error(namespace, model_name)
    if "warnings" in answer:
        answer["warnings"] += warnings
    return answer


def _exported(model: Any) -> dict[str, Any]:
    """The model as data, or the reason why it cannot be; what a model's own code raises is no reason to crash."""
    if not isinstance(model, pyo.ConcreteModel | pyo.Block):
        message = f"solve() was given {type(model).__name__}, not a ConcreteModel"
        return {"error": asdict(ProgramError("ModelError", message))}
    try:
        return export(model)
    except ExportError as error:
        return {"error": asdict(ProgramError("ModelError", str(error)[:MESSAGE_LIMIT]))}
