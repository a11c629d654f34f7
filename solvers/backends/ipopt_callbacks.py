"""IPOPT in casadi's wheel on functions that live in this process, which it calls for values and derivatives.

Functions cannot travel to a worker process, so this runs where they are, and the deadline is looked at between the
steps alone.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import casadi
import numpy as np

from solvers.backends.ipopt import OUTCOMES, TOLERANCE
from solvers.numeric.nl.model import Floats
from solvers.numeric.outcome import Outcome

_INTERRUPTED = "NonIpopt_Exception_Thrown"


class Functions(NamedTuple):
    """f(x) and c(x) with derivatives, of n variables and m rows, by NumPy.

    Attributes:
        objective: f(x).
        gradient: (n,).
        rows: c(x), (m,).
        jacobian: (m, n).
        hessian: of weight * f + multipliers'c; takes x, the weight and the multipliers (m,): (n, n).
    """

    objective: Callable[[Floats], float]
    gradient: Callable[[Floats], Floats]
    rows: Callable[[Floats], Floats]
    jacobian: Callable[[Floats], Floats]
    hessian: Callable[[Floats, float, Floats], Floats]


class Limits(NamedTuple):
    """Of variables (n,) and rows (m,)."""

    lower: Floats
    upper: Floats
    row_lower: Floats
    row_upper: Floats


class Found(NamedTuple):
    """What one start led to: x (n,), and y (m,) as the change of f per unit of each row's limit."""

    x: Floats
    y: Floats
    outcome: Outcome
    iterations: int


def solve_functions(functions: Functions, limits: Limits, starts: Floats, deadline: float) -> list[Found]:
    """What IPOPT found from each start (B, n), one after the other; the limit where there was no time left.

    Args:
        functions: values and derivatives.
        limits: of variables and rows.
        starts: where to start.
        deadline: on `time.monotonic()`.

    Raises:
        Exception: whatever one of the functions raises.
    """
    m = len(limits.row_lower)
    ends = {"lbx": limits.lower, "ubx": limits.upper, "lbg": limits.row_lower, "ubg": limits.row_upper}
    found = []
    for start in starts:
        left = deadline - time.monotonic()
        if left <= 0:
            found.append(Found(start, np.zeros(m), Outcome.LIMIT, 0))
            continue
        calls = _Calls(functions, len(start), m)
        solver = calls.solver(left)
        solution = solver(x0=start, **(ends if m else {name: ends[name] for name in ("lbx", "ubx")}))
        statistics = solver.stats()
        calls.raise_failure(statistics["return_status"])
        x, prices = (np.array(solution[name], float).reshape(-1) for name in ("x", "lam_g"))
        outcome = OUTCOMES.get(statistics["return_status"], Outcome.STALLED)
        x = np.clip(x, limits.lower, limits.upper)  # IPOPT widens bounds by some 1e-8
        found.append(Found(x, -prices, outcome, int(statistics["iter_count"])))
    return found


class _Calls:
    """The functions as casadi calls them, and the first error that one of them raised."""

    def __init__(self, functions: Functions, n: int, m: int) -> None:
        dense = casadi.Sparsity.dense
        point, none = ("x", dense(n, 1)), ("p", dense(0, 1))
        value, gradient = ("f", dense(1, 1)), ("grad_f_x", dense(n, 1))
        rows, jacobian = ("g", dense(m, 1)), ("jac_g_x", dense(m, n))
        prices = [("lam_f", dense(1, 1)), ("lam_g", dense(m, 1))]
        hessian = ("triu_hess_gamma_x_x", casadi.Sparsity.upper(n))
        self._failure: BaseException | None = None
        self._n, self._m = n, m
        self._f = self._call("f", [point], [value], lambda x: [functions.objective(x)])
        self._g = self._call("g", [point], [rows], lambda x: [functions.rows(x)])
        self._derivatives = {
            "grad_f": self._call(
                "grad_f",
                [point, none],
                [value, gradient],
                lambda x, _: [functions.objective(x), functions.gradient(x)],
            ),
            "hess_lag": self._call(
                "hess_lag",
                [point, none, *prices],
                [hessian],
                lambda x, _, weight, y: [casadi.triu(casadi.DM(functions.hessian(x, float(weight[0]), y)))],
            ),
        }
        if m:
            self._derivatives["jac_g"] = self._call(
                "jac_g",
                [point, none],
                [rows, jacobian],
                lambda x, _: [functions.rows(x), functions.jacobian(x)],
            )

    def solver(self, time_limit_s: float) -> Any:
        """IPOPT with these functions."""
        x = casadi.MX.sym("x", self._n)
        problem = {"x": x, "f": self._f(x)} | ({"g": self._g(x)} if self._m else {})
        options = {
            **self._derivatives,
            "calc_lam_p": False,
            "no_nlp_grad": True,  # casadi would derive it by itself, which it cannot
            "show_eval_warnings": False,
            "print_time": False,
            "ipopt.sb": "yes",
            "ipopt.print_level": 0,
            "ipopt.tol": TOLERANCE,
            "ipopt.max_wall_time": time_limit_s,
        }
        return casadi.nlpsol("solver", "ipopt", problem, options)

    def raise_failure(self, status: str) -> None:
        """Raise what a function raised, which IPOPT takes for a point without a value; or the user's interrupt."""
        if self._failure is not None:
            raise self._failure
        if status == _INTERRUPTED:
            raise KeyboardInterrupt

    def _call(self, name: str, takes: list[Any], gives: list[Any], function: Callable[..., list[Any]]) -> Any:
        def guarded(*arguments: Floats) -> list[Any]:
            if self._failure is not None:
                raise RuntimeError("a function has failed before")
            try:
                return function(*arguments)
            except BaseException as error:
                self._failure = error
                raise

        return _Callback(name, takes, gives, guarded)


class _Callback(casadi.Callback):
    """A function of Python as one of casadi's; the names and sparsities of what it takes and gives are fixed."""

    def __init__(
        self, name: str, takes: Sequence[Any], gives: Sequence[Any], function: Callable[..., list[Any]]
    ) -> None:
        super().__init__()
        self._takes, self._gives, self._function = takes, gives, function
        self.construct(name, {})

    def get_n_in(self) -> int:
        """How many arguments."""
        return len(self._takes)

    def get_n_out(self) -> int:
        """How many results."""
        return len(self._gives)

    def get_name_in(self, place: int) -> str:
        """Of an argument."""
        return str(self._takes[place][0])

    def get_name_out(self, place: int) -> str:
        """Of a result."""
        return str(self._gives[place][0])

    def get_sparsity_in(self, place: int) -> Any:
        """Of an argument."""
        return self._takes[place][1]

    def get_sparsity_out(self, place: int) -> Any:
        """Of a result."""
        return self._gives[place][1]

    def eval(self, arguments: Sequence[Any]) -> list[Any]:
        """The results, from arguments as NumPy arrays."""
        return self._function(*(np.asarray(one, float).reshape(-1) for one in arguments))
