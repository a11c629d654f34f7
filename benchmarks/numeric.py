"""The numerical optimizer beside IPOPT and SciPy on this machine: ratios, rounds interleaved in one run.

    OPENBLAS_NUM_THREADS=1 PJRT_NPROC=1 python -m benchmarks.numeric [--rounds 3] [--starts 1024] [--only fits]

IPOPT is the one in casadi's wheel, called in this process with its derivatives built beforehand, serially, on the
first `--peers` of the same starts. A ratio is its time per solve that converged over ours; more than 1 means that ours
is faster. Times are minima over the rounds; compilation is left out of the warm ones and given on its own.
"""

import argparse
import math
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pyomo.environ as pyo
from scipy.optimize import curve_fit

from benchmarks.numeric_service import cold, http
from benchmarks.peers.ipopt import Ipopt, timed
from solvers.numeric import fit_curves, solution_map
from solvers.numeric.cache import ProgramCache
from solvers.numeric.compile import Data, oracle_of
from solvers.numeric.lanes import layout
from solvers.numeric.multistart import spread
from solvers.numeric.problem import problem_of
from solvers.numeric.process import usable_cores
from solvers.numeric.result import Result
from solvers.numeric.roads import solve_models
from solvers.numeric.source import Model, as_model

WARM_UPS = 30


class Subject(NamedTuple):
    """A family for many starts."""

    name: str
    model: pyo.ConcreteModel


def _model(count: int, bounds: tuple[float, float], goal: Callable[[Any], Any]) -> pyo.ConcreteModel:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(
        range(count), bounds=bounds, initialize=0.5 * sum(bounds) + 0.1 * (bounds[1] - bounds[0])
    )
    model.goal = pyo.Objective(expr=goal(model.x))
    return model


def subjects() -> list[Subject]:
    """Small nonconvex families."""
    from examples.numeric import haverly, hs71, hs93

    rastrigin = _model(
        10,
        (-5.12, 5.12),
        lambda x: sum((x[i] - 0.3) ** 2 - 10 * pyo.cos(2 * math.pi * (x[i] - 0.3)) + 10 for i in x),
    )
    ackley = _model(
        10,
        (-30, 30),
        lambda x: (
            -20 * pyo.exp(-0.2 * pyo.sqrt(sum((x[i] - 0.3) ** 2 for i in x) / 10))
            - pyo.exp(sum(pyo.cos(2 * math.pi * (x[i] - 0.3)) for i in x) / 10)
            + 20
            + math.e
        ),
    )
    return [
        Subject("HS71", hs71()),
        Subject("HS93", hs93()),
        Subject("Haverly pooling", haverly()),
        Subject("Rastrigin 10", rastrigin),
        Subject("Ackley 10", ackley),
    ]


def multistart(rounds: int, starts: int, peers: int) -> Iterator[str]:
    """Many starts of one small problem, per solve that converged."""
    return _raced(subjects(), rounds, starts, peers)


def seventy(rounds: int, starts: int, peers: int) -> Iterator[str]:
    """The same of problems with 70 variables or so, where dense linear algebra begins to cost."""
    from examples.numeric import haverly, swing_up

    pools = pyo.ConcreteModel()
    pools.pool = pyo.Block(range(10))
    for block in pools.pool.values():
        block.transfer_attributes_from(haverly())
        block.goal.deactivate()
    pools.total = pyo.Constraint(expr=sum(block.b for block in pools.pool.values()) <= 1_500)
    profit = sum(block.goal.expr for block in pools.pool.values())
    pools.goal = pyo.Objective(expr=profit, sense=pyo.maximize)
    chained = _model(
        70,
        (-2, 2),
        lambda x: sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(69)),
    )
    some = [Subject("ten pools", pools), Subject("Rosenbrock 70", chained), Subject("swing-up", swing_up(22))]
    return _raced(some, rounds, min(starts, 256), min(peers, 16))


def _raced(some: list[Subject], rounds: int, starts: int, peers: int) -> Iterator[str]:
    yield "IPOPT in one process; lanes shared by all that there is a core and a group of lanes for.\n"
    yield "| problem | n, m | lanes solve | IPOPT solves | ms per converged solve | ratio | first run s |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    ratios = []
    for subject in some:
        model = as_model(subject.model)
        parsed = model.parsed
        points = spread(parsed.start, parsed.lower, parsed.upper, starts, 0)
        processes = min(usable_cores(), layout(starts, parsed.variables + parsed.rows)[1])
        ipopt, lanes = Ipopt(model), partial(_by_lanes, model, points, ProgramCache(), processes)
        cold, first = timed(lanes)
        for _ in range(WARM_UPS):  # processes come to share a search once they have loaded its program
            if processes == 1 or f"shared by {processes} processes" in lanes().route:
                break
        ours, theirs, hits = [], [], 0
        for _ in range(rounds):
            ours.append(timed(lanes)[0] / max(1, first.solved))
            seconds, hits = timed(partial(ipopt.converged, points[:peers]))
            theirs.append(seconds / max(1, hits))
        ratios.append(min(theirs) / min(ours))
        yield (
            f"| {subject.name} | {parsed.variables}, {parsed.rows} | {first.solved / starts:.1%} "
            f"| {hits / peers:.1%} | {min(ours) * 1e3:.3f} | {ratios[-1]:.1f} | {cold:.1f} |"
        )
    yield f"\nBy the wall clock: geometric mean {math.exp(np.mean(np.log(ratios))):.1f}, least {min(ratios):.1f}."


def _by_lanes(model: Model, points: np.ndarray, cache: ProgramCache, processes: int) -> Result:
    """What the lanes find from all starts."""
    (found,) = solve_models(
        [model], [points], method="lanes", deadline=math.inf, cache=cache, processes=processes
    )
    return found


def routing(rounds: int, starts: int, peers: int) -> Iterator[str]:
    """The road that the router takes beside the best single one, programs compiled beforehand."""
    del peers
    from examples.numeric import haverly, hs71, swing_up

    yield "| job | routed s | lanes s | IPOPT s | routed over best |"
    yield "| --- | --- | --- | --- | --- |"
    cache = ProgramCache()
    for name, whole, count in (
        ("HS71, one start", hs71(), 1),
        (f"HS71, {starts} starts", hs71(), starts),
        (f"Haverly, {starts} starts", haverly(), starts),
        ("swing-up, n = 78, one start", swing_up(25), 1),
    ):
        model = as_model(whole)
        points = spread(model.parsed.start, model.parsed.lower, model.parsed.upper, count, 0)
        end = time.monotonic() + 3_600
        roads = {
            method: partial(solve_models, [model], [points], method=method, deadline=end, cache=cache)
            for method in ("auto", "lanes", "ipopt")
        }
        roads["lanes"]()
        times = {method: min(timed(road)[0] for _ in range(rounds)) for method, road in roads.items()}
        best = min(times["lanes"], times["ipopt"])
        yield (
            f"| {name} | {times['auto']:.3f} | {times['lanes']:.3f} | {times['ipopt']:.3f} "
            f"| {times['auto'] / best:.2f} |"
        )


def fits(rounds: int, starts: int, peers: int) -> Iterator[str]:
    """A thousand Hill curves of 40 points, free and with bounds, beside SciPy's `curve_fit` with our Jacobian."""
    del starts
    draw = np.random.default_rng(0)
    count, dose = 1_000, np.geomspace(0.05, 50, 40)
    truth = np.column_stack(
        (draw.uniform(1, 3, count), draw.uniform(0.5, 5, count), draw.uniform(0.8, 2, count))
    )

    def hill(t: Any, p: Any) -> Any:
        return p[0] * t ** p[2] / (p[1] ** p[2] + t ** p[2])

    observed = np.stack([hill(dose, row) for row in truth]) + draw.normal(0, 0.02, (count, len(dose)))
    with jax.enable_x64(True):
        slopes = jax.jit(jax.jacfwd(lambda p: hill(jnp.asarray(dose), p)))
        slopes(np.ones(3))
    yield "| fits | ms per fit | converged | ratio |"
    yield "| --- | --- | --- | --- |"
    for bounds in (None, (1e-3, 20.0)):

        def ours(bounds: Any = bounds) -> float:
            return float(fit_curves(hill, dose, observed, np.ones(3), bounds=bounds).is_solved.mean())

        def theirs(bounds: Any = bounds) -> None:
            with jax.enable_x64(True):
                for row in observed[:peers]:
                    curve_fit(
                        lambda t, *p: hill(t, p), dose, row, np.ones(3),
                        jac=lambda _, *p: np.asarray(slopes(np.array(p))),
                        bounds=(-np.inf, np.inf) if bounds is None else bounds,
                    )  # fmt: skip

        ours()
        pairs = [(timed(ours), timed(theirs)[0]) for _ in range(rounds)]
        mine = min(pair[0][0] for pair in pairs) / count
        ratio = min(pair[1] for pair in pairs) / peers / mine
        yield f"| {'free' if bounds is None else 'bounded'} | {mine * 1e3:.4f} | {pairs[0][0][1]:.1%} | {ratio:.1f} |"


def gradients(rounds: int, starts: int, peers: int) -> Iterator[str]:
    """The gradient of a validation loss by 50 penalties of a ridge regression, beside central differences."""
    del starts, peers
    draw = np.random.default_rng(1)
    x, w = draw.normal(size=(400, 50)), draw.normal(size=50)
    y = (x @ w + draw.normal(size=400) > 0).astype(float)
    with jax.enable_x64(True):
        train, test = (
            (jnp.asarray(x[:200]), jnp.asarray(y[:200])),
            (jnp.asarray(x[200:]), jnp.asarray(y[200:])),
        )

        def loss(weights: Any, data: Any) -> Any:
            margin = data[0] @ weights
            return jnp.mean(jnp.logaddexp(0.0, margin) - data[1] * margin)

        best = solution_map(lambda v, p: loss(v, train) + 0.5 * jnp.sum(jnp.exp(p) * v**2), jnp.zeros(50))
        outer = jax.jit(lambda p: loss(best(p), test))
        slope = jax.jit(jax.grad(lambda p: loss(best(p), test)))
        at = jnp.full(50, -2.0)

        def differences() -> np.ndarray:
            step = 1e-5
            return np.array([(outer(at + step * e) - outer(at - step * e)) / (2 * step) for e in np.eye(50)])

        exact, rough = np.asarray(slope(at)), differences()
        mine = min(timed(lambda: np.asarray(slope(at)))[0] for _ in range(rounds))
        other = min(timed(differences)[0] for _ in range(rounds))
    error = np.abs(exact - rough).max() / np.abs(exact).max()
    yield f"50 penalties: {other / mine:.0f} times as fast as central differences, {error:.0e} apart"


def compiling(rounds: int, starts: int, peers: int) -> Iterator[str]:
    """Compile time of values, Jacobian and Hessian as the model grows in a constant number of templates."""
    del rounds, starts, peers
    from examples.numeric import swing_up

    yield "| variables | rows | templates | compile s |"
    yield "| --- | --- | --- | --- |"
    for steps in (25, 100, 400):
        problem = problem_of(as_model(swing_up(steps)).parsed)
        oracle, data = oracle_of(problem.templates), Data(problem.indices, problem.numbers)
        with jax.enable_x64(True):

            def everything(data: Any, x: Any, weights: Any, oracle: Any = oracle) -> Any:
                return oracle.outputs(data, x), oracle.jacobian(data, x), oracle.hessian(data, x, weights)

            arguments = (data, problem.start, np.ones(problem.rows + 1))
            seconds, _ = timed(jax.jit(everything).lower(*arguments).compile)
        yield f"| {problem.variables} | {problem.rows} | {len(problem.templates)} | {seconds:.2f} |"


SECTIONS = {
    "multistart": multistart,
    "seventy": seventy,
    "routing": routing,
    "cold": cold,
    "fits": fits,
    "gradients": gradients,
    "compiling": compiling,
    "http": http,
}


def main() -> None:
    """Run the sections asked for and print what they find, in Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--starts", type=int, default=1_024)
    parser.add_argument("--peers", type=int, default=32)
    parser.add_argument("--only", nargs="*", choices=SECTIONS, default=list(SECTIONS))
    given = parser.parse_args()
    for name in given.only:
        print(f"\n## {name}\n", flush=True)
        for line in SECTIONS[name](given.rounds, given.starts, given.peers):
            print(line, flush=True)


if __name__ == "__main__":
    main()
