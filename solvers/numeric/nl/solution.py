"""AMPL's .sol files: what a solver hands back to the program that wrote the NL file."""

import math
from collections.abc import Sequence


def write_sol(
    message: str,
    options: Sequence[str],
    *,
    duals: Sequence[float],
    rows: int,
    values: Sequence[float],
    columns: int,
    code: int,
) -> str:
    """The text of a .sol file.

    Args:
        message: what people read about the outcome.
        options: the numbers of the NL file's first line.
        duals: of the rows; empty where there are none.
        rows: m.
        values: of the variables; empty without a point.
        columns: n.
        code: AMPL's solve_result_num: from 0 solved, 100 doubtful, 200 infeasible, 300 unbounded, 400 limit,
            500 failure.
    """
    told = [line for line in message.splitlines() if line.strip()]
    given = list(options[: int(options[0]) + 1]) if options else ["0"]
    sizes = map(str, (rows, len(duals), columns, len(values)))
    numbers = (_number(value) for values_of in (duals, values) for value in values_of)
    return "\n".join([*told, "", "Options", *given, *sizes, *numbers, f"objno 0 {code}", ""])


def _number(value: float) -> str:
    return repr(float(value)) if math.isfinite(value) else "0"
