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

SKIPPED = {
    "HS25": "its sum of 99 powers is traced term by term, and XLA's compiler breaks off on it",
    "HS105": "its sum of 235 exponentials is traced term by term and takes minutes to compile",
}


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
        if name not in SKIPPED and (not only or name in only):
            yield found[name]


def solved(problem: Any, method: str, seconds: float) -> Line:
    """A problem from its own start, by the lanes alone."""
    start, unravel = ravel_pytree(problem.y0)
    rows, limits = None, None
    if hasattr(problem, "constraint"):
        counts = [ravel_pytree(part)[0].size for part in problem.constraint(problem.y0)]
        limits = (np.zeros(sum(counts)), np.repeat([0.0, np.inf], counts))

        def rows(x: Any) -> Any:
            return jnp.concatenate([ravel_pytree(part)[0] for part in problem.constraint(unravel(x))])

    stated_bounds = getattr(problem, "bounds", None)
    ends = (-np.inf, np.inf) if stated_bounds is None else [ravel_pytree(end)[0] for end in stated_bounds]
    begun = time.perf_counter()
    found = minimize(
        lambda x: problem.objective(unravel(x), problem.args),
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
    oracle = oracle_of_functions(lambda x: problem.objective(unravel(x), problem.args), rows)
    peer = solved_by_ipopt(oracle, Bounds(lower, upper, low, high), np.asarray(start, float))
    return Line(problem.name, sizes, None if stated is None else float(stated), found, peer, seconds)


def main() -> None:
    """Print one line a problem as it comes, and the shares."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--method", choices=("lanes", "augmented"), default="lanes")
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
