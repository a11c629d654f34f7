"""The job that runs an untrusted Pyomo program and hands over its model as plain data, unsolved.

Payload and result are JSON. The result is either what ``export`` gives or ``{"error": {...}}``. Nothing in
it is evidence of anything: the program could have written it itself.
"""

import contextlib
import inspect
import json
import re
import traceback
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

Answer = dict[str, Any]


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

    def answer(self) -> Answer:
        """The error as the job's whole answer."""
        return {"error": asdict(self)}


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


def _answer(source: str, data: dict[str, Any], model_name: str | None) -> Answer:
    if len(source) > SOURCE_LIMIT:
        message = f"the program has {len(source)} characters, the limit is {SOURCE_LIMIT}"
        return ProgramError("ModelError", message).answer()
    namespace: dict[str, Any] = {"__name__": "__main__", "data": data}
    solved: list[Answer] = []

    def on_solve(model: Any) -> None:
        if not solved:
            solved.append(_exported(model, source))

    failure: BaseException | None = None
    try:
        with instead_of_solvers(on_solve):
            with contextlib.suppress(SystemExit):
                exec(compile(source, _FILE, "exec"), namespace)
            if not solved:
                on_solve(_find_model(namespace, model_name))
    except SolveReached:
        pass
    except MemoryError:
        raise
    except BaseException as error:
        failure = error
        if _has_read_unsolved(error, source) and (models := _models(namespace)):
            on_solve(models[-1])
    return _with_failure(solved, failure, source)


def _with_failure(solved: list[Answer], failure: BaseException | None, source: str) -> Answer:
    """The model if one was reached, with what went wrong after it as a warning; otherwise what went wrong."""
    if failure is None:
        return solved[0]
    if not solved:
        return _describe(failure, source).answer()
    text = f"after building the model the program raised {type(failure).__name__}: {failure}"
    solved[0].get("warnings", []).append(text[:MESSAGE_LIMIT])
    return solved[0]


def _exported(model: Any, source: str) -> Answer:
    """The model as data, or the reason why it cannot be."""
    if not isinstance(model, pyo.ConcreteModel):
        message = f"solve() was given {type(model).__name__}, not a ConcreteModel"
        return ProgramError("ModelError", message).answer()
    try:
        return export(model)
    except MemoryError:
        raise
    except Exception as error:
        return _describe(error, source).answer()


def _find_model(namespace: dict[str, Any], model_name: str | None) -> Any:
    """The model that the program has built, or that one of its builder functions builds now.

    Raises:
        ExportError: There is none, or several; the text says how to name it.
    """
    wanted = model_name or "model"
    if isinstance(namespace.get(wanted), pyo.ConcreteModel):
        return namespace[wanted]
    if model_name is not None:
        raise ExportError(f"the program sets no variable {model_name!r} to a ConcreteModel")
    models = _models(namespace)
    if len(models) > 1:
        raise ExportError(f"the program builds {len(models)} models; call the final one `model`")
    if models:
        return models[0]
    for name in _BUILDERS:
        if callable(builder := namespace.get(name)):
            arguments = (namespace["data"],) if inspect.signature(builder).parameters else ()
            if isinstance(model := builder(*arguments), pyo.ConcreteModel):
                return model
    if any(isinstance(item, pyo.AbstractModel) for item in namespace.values()):
        raise ExportError("the program builds an AbstractModel only; build a ConcreteModel named `model`")
    raise ExportError("the program builds no ConcreteModel; assign one to the variable `model`")


def _models(namespace: dict[str, Any]) -> list[Any]:
    return list(
        {id(item): item for item in namespace.values() if isinstance(item, pyo.ConcreteModel)}.values()
    )


def _has_read_unsolved(error: BaseException, source: str) -> bool:
    """Whether the program merely asked for a value that only solving gives, with the model complete.

    The same error from within a component's rule, or before a later constraint, leaves the model half built.
    """
    if not isinstance(error, ValueError) or _UNSOLVED not in str(error):
        return False
    frames = {frame.name for frame in traceback.extract_tb(error.__traceback__)}
    rest = "".join(source.splitlines()[_line(error) or 0 :])
    return frames.isdisjoint({"construct", "add_component"}) and not re.search(
        "Constraint|Objective|Var", rest
    )


def _describe(error: BaseException, source: str) -> ProgramError:
    kind = "ModelError" if isinstance(error, ExportError) else type(error).__name__
    line = _line(error)
    lines = source.splitlines()
    source_line = lines[line - 1].strip()[:LINE_LIMIT] if line and line <= len(lines) else None
    return ProgramError(kind, str(error)[:MESSAGE_LIMIT], line, source_line)


def _line(error: BaseException) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == _FILE:
        return error.lineno
    own = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == _FILE]
    return own[-1] if own else None
