"""Seconds that recording and propagating take, by the number of recorded operations.

    python -m benchmarks.propagation [--sizes 1000,10000,100000] [--rounds 5]

A ten times larger graph should take about ten times as long. Two shapes are measured: a chain, and a wide layer of
operations that are summed up.
"""

import argparse
import statistics
import time
from collections.abc import Callable

from agent.workflow import Node, node, propagate


def chain(size: int) -> Node:
    """``size`` operations in a row on one parameter."""
    value: Node = node(0.0, trainable=True, name="start")
    for _ in range(size):
        value = value + 1.0
    return value


def layer(size: int) -> Node:
    """Half of ``size`` operations side by side on one parameter, summed up by the other half."""
    start = node(0.0, trainable=True, name="start")
    total: Node = start * 0.0
    for factor in range(size // 2):
        total = total + start * factor
    return total


def measure(build: Callable[[int], Node], size: int, rounds: int) -> tuple[float, float]:
    """Median seconds of recording and of propagating back to the parameter."""
    recorded, propagated = [], []
    for _ in range(rounds):
        started = time.perf_counter()
        output = build(size)
        middle = time.perf_counter()
        found = propagate({output: "too high"}).subgraph()
        propagated.append(time.perf_counter() - middle)
        recorded.append(middle - started)
        assert len(found.nodes) == size + 1 + (build is layer)  # else the figure means nothing
    return statistics.median(recorded), statistics.median(propagated)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    for build in (chain, layer):
        before = None
        for size in map(int, arguments.sizes.split(",")):
            recorded, propagated = measure(build, size, arguments.rounds)
            growth = f"   {propagated / before:5.1f} times the line above" if before else ""
            print(
                f"{build.__name__:6}{size:>8,} operations   recorded {1000 * recorded:8.2f} ms   "
                f"propagated {1000 * propagated:8.2f} ms{growth}"
            )
            before = propagated


if __name__ == "__main__":
    main()
