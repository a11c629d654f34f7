"""The IPOPT in casadi's wheel as a peer: on a model's NL file, or on functions written with `jax.numpy`."""

import contextlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import casadi
import jax
import jax.numpy as jnp
import numpy as np

from solvers.numeric.compile import Oracle
from solvers.numeric.kernels.state import Bounds
from solvers.numeric.source import Model

QUIET: dict[str, Any] = {"ipopt.print_level": 0, "ipopt.sb": "yes", "print_time": False, "no_nlp_grad": True}


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and the result."""
    begun = time.perf_counter()
    result = call()
    return time.perf_counter() - begun, result


class Ipopt:
    """IPOPT with a model read once."""

    def __init__(self, model: Model) -> None:
        """Reads the model and builds its derivatives."""
        self._problem = casadi.NlpBuilder()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "model.nl"
            file.write_text(model.text)
            self._problem.import_nl(str(file))
        parts: dict[str, Any] = {
            "x": casadi.vertcat(*self._problem.x),
            "f": self._problem.f,
            "g": casadi.vertcat(*self._problem.g),
        }
        self._solver = casadi.nlpsol("solver", "ipopt", parts, QUIET)

    def converged(self, starts: np.ndarray) -> int:
        """How many starts it converges from, one after the other."""
        return sum(map(self.solve, starts))

    def solve(self, start: np.ndarray) -> bool:
        """Whether it converged from a start."""
        at = self._problem
        self._solver(x0=start, lbx=at.x_lb, ubx=at.x_ub, lbg=at.g_lb, ubg=at.g_ub)
        return bool(self._solver.stats()["success"])


class Found(NamedTuple):
    """Whether IPOPT converged, and to what."""

    is_solved: bool
    objective: float
    violation: float


class _Function(casadi.Callback):
    """A function of JAX as casadi calls it; shapes of inputs and outputs are (rows, columns)."""

    def __init__(self, name: str, call: Any, inputs: list[tuple[int, int]], outputs: list[tuple[int, int]]):
        casadi.Callback.__init__(self)
        self._call, self._inputs, self._outputs = jax.jit(call), inputs, outputs
        self._names = _NAMES[name]
        self.construct(name, {})

    def get_n_in(self) -> int:
        return len(self._inputs)

    def get_n_out(self) -> int:
        return len(self._outputs)

    def get_name_in(self, place: int) -> str:
        return self._names[0][place]

    def get_name_out(self, place: int) -> str:
        return self._names[1][place]

    def get_sparsity_in(self, place: int) -> Any:
        return casadi.Sparsity.dense(*self._inputs[place])

    def get_sparsity_out(self, place: int) -> Any:
        rows, columns = self._outputs[place]
        is_triangle = self._names[1][place].startswith("triu")
        return casadi.Sparsity.upper(rows) if is_triangle else casadi.Sparsity.dense(rows, columns)

    def eval(self, given: Any) -> list[Any]:
        parts = self._call(*(np.asarray(one, float).reshape(-1) for one in given))
        return [
            casadi.triu(casadi.DM(np.asarray(part)))
            if name.startswith("triu")
            else casadi.DM(np.asarray(part))
            for part, name in zip(parts, self._names[1], strict=True)
        ]


_NAMES = {
    "nlp": (["x", "p"], ["f", "g"]),
    "grad_f": (["x", "p"], ["f", "grad:f:x"]),
    "jac_g": (["x", "p"], ["g", "jac:g:x"]),
    "hess_lag": (["x", "p", "lam:f", "lam:g"], ["triu:hess:gamma:x:x"]),
}


def solved_by_ipopt(oracle: Oracle, bounds: Bounds, start: np.ndarray) -> Found:
    """What IPOPT finds with exact derivatives; warm times are not its own, since each call goes through Python."""
    n, m = len(start), len(bounds.row_lower)

    def outputs(x: Any) -> Any:
        return oracle.outputs((), x)

    def slopes(x: Any) -> Any:
        return oracle.jacobian((), x)

    def curvature(x: Any, _: Any, factor: Any, y: Any) -> Any:
        return (oracle.hessian((), x, jnp.concatenate((jnp.ravel(factor), y))),)

    point = [(n, 1), (0, 1)]
    functions: dict[str, Any] = {
        "nlp": _Function("nlp", lambda x, _: (outputs(x)[0], outputs(x)[1:]), point, [(1, 1), (m, 1)]),
        "grad_f": _Function("grad_f", lambda x, _: (outputs(x)[0], slopes(x)[0]), point, [(1, 1), (n, 1)]),
        "jac_g": _Function("jac_g", lambda x, _: (outputs(x)[1:], slopes(x)[1:]), point, [(m, 1), (m, n)]),
        "hess_lag": _Function("hess_lag", curvature, [*point, (1, 1), (m, 1)], [(n, n)]),
    }
    nlp = functions.pop("nlp")
    with jax.enable_x64(True):
        solver = casadi.nlpsol("solver", "ipopt", nlp, {**QUIET, **functions})
        with contextlib.suppress(RuntimeError):  # of a function without a value
            found = solver(
                x0=start, lbx=bounds.lower, ubx=bounds.upper, lbg=bounds.row_lower, ubg=bounds.row_upper
            )
            rows = np.asarray(found["g"], float).reshape(-1)
            excess = np.maximum(bounds.row_lower - rows, rows - bounds.row_upper).max(initial=0.0)
            return Found(bool(solver.stats()["success"]), float(found["f"]), float(max(excess, 0.0)))
    return Found(False, np.nan, np.inf)
