"""The command ``optwright-nl``: an AMPL-style solver, so that any program that writes NL files can drive it.

``optwright-nl model.nl -AMPL [time_limit=60] [starts=100] [seed=0] [method=auto]`` writes ``model.sol`` beside it.
"""

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from solvers.errors import SolversError
from solvers.numeric.best import result_of
from solvers.numeric.errors import NLError
from solvers.numeric.ipopt import knows, solve_by_ipopt
from solvers.numeric.multistart import spread
from solvers.numeric.nl import NLModel, parse_nl, write_sol
from solvers.numeric.outcome import Outcome
from solvers.numeric.process import shared_worker, usable_cores
from solvers.numeric.router import route
from solvers.numeric.wire import Options, Solved, Task, solved_of

USAGE = (
    "usage: optwright-nl model.nl [-AMPL] [time_limit=60] [starts=1] [seed=0] [method=auto|lanes|ipopt|...]"
)
_CODES = {
    Outcome.SOLVED: 0,
    Outcome.ACCEPTABLE: 100,
    Outcome.INFEASIBLE: 200,
    Outcome.UNBOUNDED: 300,
    Outcome.LIMIT: 400,
}
_FAILED = 500
_FIELDS = {"time_limit": ("time_limit_s", float), "starts": ("starts", int), "seed": ("seed", int)}


def main() -> None:
    """What the console script runs; the exit code is 0 where a .sol file was written."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Solve the file that the arguments name, and write the solution file; 0 if that was done."""
    words = [word for word in arguments if word != "-AMPL"]
    if not words or words[0].startswith("-"):
        print(USAGE, file=sys.stderr)
        return 2
    file = Path(words[0] if words[0].endswith(".nl") else f"{words[0]}.nl")
    model = None
    try:
        options = _options(words[1:])
        text = file.read_text(encoding="utf-8")
        model = parse_nl(text)
        solved = _solve(text, model, options)
    except (SolversError, ValueError, OSError) as error:
        if isinstance(error, OSError | NLError) or model is None:
            print(f"optwright-nl: {error}", file=sys.stderr)
            return 1
        return _write(file, model, f"Optwright: {error}", None, _FAILED)
    message = f"Optwright: {solved.message}\n{solved.route}; objective {solved.objective:.12g}"
    return _write(file, model, message, solved, _CODES.get(Outcome[solved.outcome.upper()], _FAILED))


def _options(words: Sequence[str]) -> Options:
    given: dict[str, object] = {}
    for word in words:
        name, _, value = word.partition("=")
        if name == "method":
            given[name] = value
        elif name in _FIELDS:
            field, kind = _FIELDS[name]
            try:
                given[field] = kind(value)
            except ValueError:
                raise ValueError(f"the option {name} takes a number, not {value!r}") from None
        else:
            raise ValueError(f"there is no option {word!r}; {USAGE}")
    try:
        return Options.model_validate(given)
    except ValidationError as error:
        (first, *_) = error.errors()
        raise ValueError(f"the option {first['loc'][0]} is wrong: {first['msg']}") from None


def _solve(text: str, model: NLModel, options: Options) -> Solved:
    """By IPOPT from here, or by the lanes in their worker, as the router says."""
    if model.is_integer.any():
        raise ValueError(
            f"{int(model.is_integer.sum())} variables are whole; no continuous method takes them"
        )
    has_ipopt = find_spec("casadi") is not None
    chosen = route(model.variables, options.starts, has_ipopt=has_ipopt, is_known_to_ipopt=knows(model))
    if options.method == "ipopt" or (options.method == "auto" and chosen.road == "ipopt"):
        points = spread(model.start, model.lower, model.upper, options.starts, options.seed)
        summary = solve_by_ipopt(text, model, points, time_limit_s=options.time_limit_s)
        return solved_of(result_of(model, summary, chosen.reason))
    (found,) = shared_worker().run(Task(models=[text], options=[options], processes=usable_cores()))
    return found


def _write(file: Path, model: NLModel, message: str, solved: Solved | None, code: int) -> int:
    has_point = solved is not None and np.isfinite(solved.x).all()
    text = write_sol(
        message,
        model.options,
        duals=solved.y if solved is not None and has_point else (),
        rows=model.rows,
        values=solved.x if solved is not None and has_point else (),
        columns=model.variables,
        code=code,
    )
    try:
        file.with_suffix(".sol").write_text(text)
    except OSError as error:
        print(f"optwright-nl: the solution cannot be written: {error}\n{message}", file=sys.stderr)
        return 1
    print(message)
    return 0
