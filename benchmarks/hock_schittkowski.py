"""The Hock-Schittkowski problems by the compiled lanes and by IPOPT: solved share and residuals.

    OPENBLAS_NUM_THREADS=1 python -m benchmarks.hock_schittkowski [--only HS71 HS93] [--method augmented]

The problems come from the package sif2jax, which is no dependency: `pip install sif2jax`; its import takes a minute.
A problem counts as solved where the violation is at most 1e-6 and the scaled first-order residual at most 1e-6; the
suite's own optimum stands beside it.
"""

import argparse
import re
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from benchmarks.peers.ipopt import Found, solved_by_ipopt
from solvers.numeric import Result, minimize
from solvers.numeric.compile import oracle_of_functions
from solvers.numeric.kernels.state import Bounds
from solvers.numeric.roads import LANES

_HEIGHTS = np.repeat(
    [95, *range(105, 225, 5), 230, 235, 240, 245, 250],
    [1, 1, 4, 4, 15, 15, 15, 13, 21, 12, 17, 4, 20, 8, 17, 8, 6, 6, 7, 4, 3, 3, 8, 1, 6, 5, 1, 7, 1, 2],
)
"""The 235 observations of HS105 (Hock and Schittkowski 1981, appendix A)."""


def _hs25(x: Any) -> Any:
    shares = 0.01 * np.arange(1, 100)
    points = 25.0 + (-50.0 * np.log(shares)) ** (2.0 / 3.0)
    return jnp.sum((jnp.exp(-((points - x[1]) ** x[2]) / x[0]) - shares) ** 2)


def _hs105(x: Any) -> Any:
    weights = jnp.stack([x[0], x[1], 1.0 - x[0] - x[1]]) / x[5:8]
    density = jnp.exp(-((_HEIGHTS[:, None] - x[2:5]) ** 2) / (2.0 * x[5:8] ** 2)) @ weights
    return -jnp.sum(jnp.log(density / np.sqrt(2.0 * np.pi)))


IN_ARRAYS = {"HS25": _hs25, "HS105": _hs105}
"""Objectives that the suite sums in a loop, which would be traced term by term and take minutes to compile."""


class Line(NamedTuple):
    """What came of one problem."""

    name: str
    sizes: tuple[int, int]
    stated: float | None
    found: Result
    ipopt: Found
    seconds: float

    @property
    def is_solved(self) -> bool:
        """Whether the point satisfies rows and first-order conditions."""
        return self.found.outcome.is_solved and self.found.violation <= 1e-6

    @property
    def is_stated(self) -> bool:
        """Whether the suite's own optimum was found, or a better one."""
        if self.stated is None:
            return False
        return self.is_solved and self.found.objective <= self.stated + 1e-4 * max(1.0, abs(self.stated))


def problems(only: list[str]) -> Iterator[Any]:
    """The suite's problems by number."""
    jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]
    import sif2jax

    found = {one.name: one for one in sif2jax.problems if re.fullmatch(r"HS\d+", one.name)}
    for name in sorted(found, key=lambda one: int(one[2:])):
        if not only or name in only:
            yield found[name]


def solved(problem: Any, method: str, seconds: float) -> Line:
    """A problem from its own start, by the lanes alone."""
    start, unravel = ravel_pytree(problem.y0)
    rows, limits = None, None
    parts = problem.constraint(problem.y0) if hasattr(problem, "constraint") else ()
    counts = [ravel_pytree(part)[0].size for part in parts]
    if sum(counts):
        limits = (np.zeros(sum(counts)), np.repeat([0.0, np.inf], counts))

        def rows(x: Any) -> Any:
            return jnp.concatenate([ravel_pytree(part)[0] for part in problem.constraint(unravel(x))])

    stated_bounds = getattr(problem, "bounds", None)
    ends = (-np.inf, np.inf) if stated_bounds is None else [ravel_pytree(end)[0] for end in stated_bounds]
    objective = IN_ARRAYS.get(problem.name, lambda x: problem.objective(unravel(x), problem.args))
    begun = time.perf_counter()
    found = minimize(
        objective,
        np.asarray(start, float).tolist(),
        rows=rows,
        bounds=(ends[0], ends[1]),
        row_bounds=limits,
        method=method,
        time_limit=seconds,
    )
    seconds = time.perf_counter() - begun
    stated = problem.expected_objective_value
    sizes = (len(start), 0 if limits is None else len(limits[0]))
    low, high = (np.zeros(0), np.zeros(0)) if limits is None else limits
    lower, upper = (np.broadcast_to(np.asarray(end, float), len(start)) for end in ends)
    oracle = oracle_of_functions(objective, rows)
    peer = solved_by_ipopt(oracle, Bounds(lower, upper, low, high), np.asarray(start, float))
    return Line(problem.name, sizes, None if stated is None else float(stated), found, peer, seconds)


def main() -> None:
    """Print one line a problem as it comes, and the shares."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--method", choices=LANES, default="lanes")
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    print(
        "| problem | n, m | lanes | objective | stated | violation | residual | sweeps | s | IPOPT | its violation |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    lines = []
    for problem in problems(given.only):
        line = solved(problem, given.method, given.seconds)
        lines.append(line)
        found = line.found
        print(
            f"| {line.name} | {line.sizes[0]}, {line.sizes[1]} | {found.outcome.name.lower()} "
            f"| {found.objective:.8g} | {line.stated} | {found.violation:.1e} | {found.error:.1e} "
            f"| {found.iterations} | {line.seconds:.1f} "
            f"| {f'{line.ipopt.objective:.8g}' if line.ipopt.is_solved else 'failed'} "
            f"| {line.ipopt.violation:.1e} |",
            flush=True,
        )
    print(f"\nSolved {sum(line.is_solved for line in lines)} of {len(lines)}, by IPOPT "
          f"{sum(line.ipopt.is_solved for line in lines)}, by one or the other "
          f"{sum(line.is_solved or line.ipopt.is_solved for line in lines)}; by the lanes "
          f"the stated optimum or better in {sum(line.is_stated for line in lines)} of "
          f"{sum(line.stated is not None for line in lines)}.")  # fmt: skip


if __name__ == "__main__":
    main()
