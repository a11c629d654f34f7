"""Models as they come in: NL files, or Pyomo models written as such."""

import io
from pathlib import Path
from typing import Any, NamedTuple

from solvers.errors import ModelError
from solvers.numeric.nl import NLLimits, NLModel, parse_nl


class Model(NamedTuple):
    """A model as text, and as it was read."""

    text: str
    parsed: NLModel


def as_model(problem: Any, limits: NLLimits | None = None) -> Model:
    """The model of an NL file or of a Pyomo model, refused where it has whole variables.

    Raises:
        ModelError: it cannot be read, or has whole variables.
    """
    if isinstance(problem, Path) or (isinstance(problem, str) and "\n" not in problem):
        try:
            problem = Path(problem).read_bytes()
        except (OSError, ValueError) as error:
            raise ModelError(f"the NL file cannot be read: {error}") from None
    if not isinstance(problem, str | bytes):
        problem, _ = written(problem)
    parsed = parse_nl(problem, limits)
    if parsed.is_integer.any():
        raise ModelError(
            f"{int(parsed.is_integer.sum())} variables are whole; no continuous road takes them, and relaxing them "
            "would answer another question: take solvers.solve(model), which routes to SCIP, HiGHS or CP-SAT"
        )
    return Model(problem if isinstance(problem, str) else problem.decode(), parsed)


def written(model: Any) -> tuple[str, list[Any]]:
    """A Pyomo model as an NL file, and its variables in the file's order.

    Raises:
        ModelError: it cannot be written as one.
    """
    from pyomo.common.errors import PyomoException
    from pyomo.repn.plugins.nl_writer import NLWriter

    stream = io.StringIO()
    try:
        told = NLWriter().write(model, stream, linear_presolve=False, scale_model=False)
    except (ValueError, ArithmeticError, AttributeError, PyomoException) as error:
        raise ModelError(f"the model cannot be written as an NL file: {error}") from None
    return stream.getvalue(), list(told.variables)
